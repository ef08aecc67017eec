"""Pre-activation ResNet-18 for images of 32 × 32 pixels (He et al., *Identity Mappings in Deep Residual Networks*, ECCV
2016, arXiv 1603.05027), as the code of FERAtt has it (``pedrodiamel/ferattention``, MIT): its classifier, and the
baseline that it is compared with.
"""

import torch.nn.functional as F
from torch import Tensor, nn

from ..errors import require
from .frame import to_colour
from .registry import register_model

#: Strides of the four stages.
STRIDES = (1, 2, 2, 2)


class PreActBlock(nn.Module):
    """conv(ReLU(norm(conv(ReLU(norm(x)))))) beside a shortcut, 3 × 3, without anything behind the sum.

    Where size or width change, the shortcut is a 1 × 1 convolution of ReLU(norm(x)), else x.

    Shapes:
        x: (N, inputs, H, W)
        returns: (N, outputs, ⌈H / stride⌉, ⌈W / stride⌉)
    """

    def __init__(self, inputs: int, outputs: int, stride: int = 1):
        super().__init__()
        self.bn1 = nn.BatchNorm2d(inputs)
        self.conv1 = nn.Conv2d(inputs, outputs, kernel_size=3, stride=stride, padding=1, bias=False)
        self.bn2 = nn.BatchNorm2d(outputs)
        self.conv2 = nn.Conv2d(outputs, outputs, kernel_size=3, padding=1, bias=False)
        changes = stride != 1 or inputs != outputs
        self.shortcut = nn.Conv2d(inputs, outputs, kernel_size=1, stride=stride, bias=False) if changes else None

    def forward(self, x: Tensor) -> Tensor:
        activated = F.relu(self.bn1(x))
        shortcut = x if self.shortcut is None else self.shortcut(activated)
        return self.conv2(F.relu(self.bn2(self.conv1(activated)))) + shortcut


class PreActResNet(nn.Module):
    """Four stages of :class:`PreActBlock`, global average pooling, an embedding z if asked for, and a linear head.

    Args:
        num_classes: number of logits.
        embedding: values of z, a linear layer of the pooled features with no non-linearity between it and the head;
            None: the head sees the pooled features.
        final_norm: batch norm and ReLU behind the last stage, as the paper has them; the reference has none (a quirk).
        pool_to: pixels on the shorter side: larger images are averaged over squares of pixels where these fit, and
            resized where they do not; smaller ones, and with None all, are taken as they are.
        width: channels of the first stage, doubled by each that follows.
        blocks: of each stage.

    Shapes:
        image: (N, 1 or 3, H, W) float
        returns: (N, num_classes) logits

    Attributes:
        taps: ``"stage 1"`` … ``"stage 4"``, and ``"last"``, which is what global pooling averages.

    Raises:
        InputError: an embedding or size below 1, or an image of other channels.
    """

    takes_guidance = False

    def __init__(
        self,
        num_classes: int,
        embedding: int | None = None,
        final_norm: bool = False,
        pool_to: int | None = 32,
        width: int = 64,
        blocks: tuple[int, int, int, int] = (2, 2, 2, 2),
    ):
        super().__init__()
        for option, value in (("embedding", embedding), ("pool_to", pool_to)):
            require(
                value is None or (type(value) is int and value >= 1),
                f"{option} is {value!r}, expected a whole number from 1, or None",
            )
        self.pool_to = pool_to
        widths = [width << k for k in range(4)]
        self.conv1 = nn.Conv2d(3, width, kernel_size=3, padding=1, bias=False)
        for k, inputs in enumerate((width, *widths[:-1])):
            rest = (PreActBlock(widths[k], widths[k]) for _ in range(blocks[k] - 1))
            stage = nn.Sequential(PreActBlock(inputs, widths[k], STRIDES[k]), *rest)
            self.add_module(f"layer{k + 1}", stage)
        self.norm = nn.Sequential(nn.BatchNorm2d(widths[-1]), nn.ReLU()) if final_norm else nn.Identity()
        self.embedding = nn.Identity() if embedding is None else nn.Linear(widths[-1], embedding)
        self.head = nn.Linear(embedding or widths[-1], num_classes)
        between = (("embedding",),) if embedding else ()
        self.layer_groups = (("head",), *between, ("norm", "layer4"), ("layer3",), ("layer2",), ("layer1", "conv1"))
        self.taps = {f"stage {k}": f"layer{k}" for k in range(1, 5)} | {"last": "norm"}

    def forward(self, image: Tensor) -> Tensor:
        return self.head(self.embed(image))

    def embed(self, image: Tensor) -> Tensor:
        """z (N, embedding), or without an embedding the pooled features (N, 8 · width); ``head`` makes logits of it."""
        x = self.conv1(pooled(to_colour(image), self.pool_to))
        x = self.norm(self.layer4(self.layer3(self.layer2(self.layer1(x)))))
        return self.embedding(x.mean((2, 3)))


def pooled(image: Tensor, side: int | None) -> Tensor:
    """(N, C, H, W) with `side` pixels on its shorter side if that is longer, else as it is."""
    height, width = image.shape[-2:]
    shorter = min(height, width)
    if side is None or shorter <= side:
        return image
    factor, rest = divmod(shorter, side)
    if rest == height % factor == width % factor == 0:
        return F.avg_pool2d(image, factor)
    size = [round(length * side / shorter) for length in (height, width)]
    return F.interpolate(image, size, mode="bilinear", align_corners=False, antialias=True)


@register_model("preact_resnet18")
def preact_resnet18(
    num_classes: int, embedding: int | None = None, final_norm: bool = False, pool_to: int | None = 32
) -> PreActResNet:
    """11,169,607 parameters with seven classes, 11,170,120 with eight; 0.56 billion multiply–accumulates.

    Args:
        embedding, final_norm, pool_to: of :class:`PreActResNet`. An embedding of 64 adds 29,696 parameters with seven
            classes.
    """
    return PreActResNet(num_classes, embedding, final_norm, pool_to)


@register_model("preact_slim")
def preact_slim(
    num_classes: int, embedding: int | None = None, final_norm: bool = False, pool_to: int | None = 32
) -> PreActResNet:
    """Not the published baseline: one of its kind for CPUs, the classifier of ``feratt_slim`` alone.

    A quarter of the published width and one block in each stage: 307,735 parameters with seven classes, 16.2 million
    multiply–accumulates. Its results say nothing about those of :func:`preact_resnet18`.

    Args:
        embedding, final_norm, pool_to: of :class:`PreActResNet`.
    """
    return PreActResNet(num_classes, embedding, final_norm, pool_to, width=16, blocks=(1, 1, 1, 1))
