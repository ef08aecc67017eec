"""Networks with a layer of few features in front of the logits: what centre loss pulls together, and what is plotted.

Wen, Zhang, Li and Qiao, "A Discriminative Feature Learning Approach for Deep Face Recognition", ECCV 2016; the layer as
the centre-loss script of residual masking has it (``phamquiluan/ResidualMaskingNetwork``; specification, §6).
"""

from torch import Tensor, nn

from ..errors import require
from .backbones import resnet18
from .layer_groups import layer_groups
from .registry import register_model
from .residual_masking import ResidualMaskingSlim

ACTIVATIONS = ("relu", "none")


class FeatureLayer(nn.Module):
    """`network` without its head, a linear layer to d features, and a linear layer from them to the logits.

    Args:
        network: (N, C, H, W) → (N, num_classes), whose head (the first of its layer groups) is one linear layer.
        num_classes: number of logits.
        feature_size: d; 2 can be plotted as they are, and cost accuracy.
        activation: of the features, ``"relu"`` (reference) or ``"none"``. Two features behind a ReLU often die: from
            then on they are 0 for every image, and nothing is learned through them.

    Shapes:
        image: as `network` takes it
        returns: (N, num_classes) logits

    Raises:
        InputError: a feature size below 1, or another activation.
    """

    takes_guidance = False

    def __init__(self, network: nn.Module, num_classes: int, feature_size: int, activation: str):
        super().__init__()
        require(
            type(feature_size) is int and feature_size >= 1,
            f"feature_size is {feature_size!r}, expected a whole number from 1",
        )
        require(activation in ACTIVATIONS, f"activation {activation!r}, expected one of {', '.join(ACTIVATIONS)}")
        ((head,), *below) = layer_groups(network)
        inputs = network.get_submodule(head).in_features
        network.set_submodule(head, nn.Identity())
        self.network = network
        layer = nn.Linear(inputs, feature_size)
        self.feature = nn.Sequential(layer, nn.ReLU()) if activation == "relu" else nn.Sequential(layer)
        self.head = nn.Linear(feature_size, num_classes)
        self.layer_groups = (("head",), ("feature",), *(tuple(f"network.{name}" for name in group) for group in below))
        self.taps = {"last": f"network.{network.taps['last']}"}

    def features(self, image: Tensor) -> Tensor:
        """(N, feature_size): what centre loss looks at; ``head`` makes logits of it."""
        return self.feature(self.network(image))

    def forward(self, image: Tensor) -> Tensor:
        return self.head(self.features(image))


@register_model("center_resnet18")
def center_resnet18(
    num_classes: int,
    feature_size: int = 2,
    activation: str = "relu",
    weights: str | None = None,
    image_size: int | None = 224,
    normalize: str = "none",
) -> FeatureLayer:
    """The reference's network for centre loss: ResNet-18, 11,177,559 parameters with seven classes and two features.

    Args:
        feature_size: 2 for plots (the reference's); 512 for accuracy. activation: of :class:`FeatureLayer`.
        weights, image_size, normalize: of ``resnet18``; the layers behind the pooled features are always fresh.
    """
    network = resnet18(num_classes, weights, image_size, normalize)
    return FeatureLayer(network, num_classes, feature_size, activation)


@register_model("center_slim")
def center_slim(num_classes: int, feature_size: int = 2, activation: str = "relu") -> FeatureLayer:
    """Not the reference's network, but one for CPUs: 78,463 parameters with seven classes and two features.

    It sees 48 × 48 pixels as they are. Its body is the trunk of ``residual_masking_slim``, without masks.

    Args:
        feature_size, activation: as in :func:`center_resnet18`.
    """
    network = ResidualMaskingSlim(num_classes, head="linear", mask_mode="off")
    return FeatureLayer(network, num_classes, feature_size, activation)
