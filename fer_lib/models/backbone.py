"""A network made for photographs, as this study calls its networks: behind an input layer, with a head of its own."""

from torch import Tensor, nn

from ..errors import require
from .image_input import ImageInput
from .pretrained import load_imagenet, require_weights


class Backbone(nn.Module):
    """`network` behind :class:`~fer_lib.models.image_input.ImageInput`.

    Args:
        network: (N, 3, h, w) → (N, num_classes) logits.
        image_size, normalize: of the input layer.
        layer_groups: names of modules of `network` in groups, the head first
            (:func:`~fer_lib.models.layer_groups.layer_groups`).
        tap: the module of `network` whose output is the last convolutional map.
        min_size: the smallest image, in pixels on a side, from which `network` computes anything.

    Shapes:
        image: (N, 1 or 3, H, W) float in [-1, 1]
        returns: (N, num_classes) logits

    Attributes:
        taps: ``"last"``: where Grad-CAM looks, a module by name.

    Raises:
        InputError: an option of the input layer, or an image that is smaller than `min_size`.
    """

    takes_guidance = False

    def __init__(
        self,
        network: nn.Module,
        image_size: int | None,
        normalize: str,
        *,
        layer_groups: tuple[tuple[str, ...], ...],
        tap: str,
        min_size: int = 1,
    ):
        super().__init__()
        self.min_size = min_size
        self.image_input = ImageInput(image_size, normalize)
        if image_size is not None:
            self._require_size(image_size)
        self.network = network
        self.layer_groups = tuple(tuple(f"network.{name}" for name in group) for group in layer_groups)
        self.taps = {"last": f"network.{tap}"}

    def forward(self, image: Tensor) -> Tensor:
        pixels = self.image_input(image)
        self._require_size(min(pixels.shape[-2:]))
        return self.network(pixels)

    def _require_size(self, pixels: int) -> None:
        require(
            pixels >= self.min_size,
            f"an image side of {pixels} pixels, expected at least {self.min_size}: a smaller image is pooled away "
            "before the head; set image_size",
        )


def torchvision_backbone(
    name: str,
    num_classes: int,
    weights: str | None,
    image_size: int | None,
    normalize: str,
    *,
    layer_groups: tuple[tuple[str, ...], ...],
    tap: str,
    std: float | None = None,
    **options,
) -> Backbone:
    """The torchvision network `name` with a fresh head; `options` are torchvision's.

    Args:
        std: draw the weights of convolutions and linear layers from N(0, std²); None, torchvision initialises them.
            Its GoogLeNet and Inception cut that distribution 200 and 20 standard deviations out, which needs a look at
            values that tensors do not have where costs are counted.
        weights: None, all layers start at random; ``"imagenet"``, all but the head are read
            from a local file (:mod:`fer_lib.models.pretrained`).

    Raises:
        InputError: another value of `weights`, no such file, or what :class:`Backbone` raises.
    """
    from torchvision.models import get_model_builder, get_model_weights

    require_weights(weights)
    network = get_model_builder(name)(weights=None, num_classes=num_classes, **options)
    if std is not None:
        for layer in network.modules():
            if isinstance(layer, nn.Conv2d | nn.Linear):
                nn.init.normal_(layer.weight, std=std)
    if weights == "imagenet":
        load_imagenet(network, name, fresh=layer_groups[0])
    min_size = max(get_model_weights(name).IMAGENET1K_V1.meta["min_size"])
    return Backbone(network, image_size, normalize, layer_groups=layer_groups, tap=tap, min_size=min_size)
