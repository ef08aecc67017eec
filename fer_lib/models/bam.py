"""Bottleneck attention (Park, Woo, Lee and Kweon, BMVC 2018; arXiv 1807.06514)."""

from collections import OrderedDict

import torch
from torch import Tensor, nn

from ..errors import require
from .backbone import Backbone, torchvision_backbone
from .backbones import RESNET_GROUPS
from .registry import register_model

COMBINE = ("multiply", "add")


def require_combine(combine: str) -> None:
    """Raise InputError for a value that is not in :data:`COMBINE`."""
    require(combine in COMBINE, f"combine {combine!r}, expected one of {', '.join(COMBINE)}")


class BAM(nn.Module):
    """A factor in (1, 2) for every channel and position of (N, C, H, W): 1 + σ(c ∘ s).

    c, one number for each channel, comes from the mean of all positions through two linear layers; s, one for each
    position, from four convolutions, of which two look 4 pixels far.

    Args:
        channels: C.
        combine: what ∘ is: ``"multiply"``, as in the authors' code; ``"add"``, as in the paper's equation 2.
        reduction: C by the width inside.
    """

    def __init__(self, channels: int, combine: str = "multiply", reduction: int = 16):
        super().__init__()
        require_combine(combine)
        self.combine, width = combine, channels // reduction
        self.channel = nn.Sequential(
            nn.Linear(channels, width), nn.BatchNorm1d(width), nn.ReLU(), nn.Linear(width, channels)
        )
        self.spatial = nn.Sequential(
            nn.Conv2d(channels, width, kernel_size=1), nn.BatchNorm2d(width), nn.ReLU(),
            nn.Conv2d(width, width, kernel_size=3, padding=4, dilation=4), nn.BatchNorm2d(width), nn.ReLU(),
            nn.Conv2d(width, width, kernel_size=3, padding=4, dilation=4), nn.BatchNorm2d(width), nn.ReLU(),
            nn.Conv2d(width, 1, kernel_size=1),
        )  # fmt: skip

    def forward(self, x: Tensor) -> Tensor:
        channel, spatial = self.channel(x.mean((2, 3)))[:, :, None, None], self.spatial(x)
        logits = channel * spatial if self.combine == "multiply" else channel + spatial
        return x * (1 + torch.sigmoid(logits))


@register_model("bam_resnet50")
def bam_resnet50(
    num_classes: int,
    weights: str | None = None,
    image_size: int | None = 224,
    normalize: str = "none",
    combine: str = "multiply",
) -> Backbone:
    """ResNet-50 with a module before each of stages 2, 3 and 4; 23,880,442 parameters with seven classes.

    Args:
        weights: None or ``"imagenet"``: the body from torchvision's ResNet-50, modules and head fresh. Weights of
            the whole network, modules included, are not among torchvision's.
        image_size, normalize: of :class:`~fer_lib.models.image_input.ImageInput`.
        combine: of :class:`BAM`.
    """
    require_combine(combine)  # before a body of 23 million values is drawn or read
    model = torchvision_backbone(
        "resnet50", num_classes, weights, image_size, normalize, layer_groups=RESNET_GROUPS, tap="layer4"
    )
    for stage, channels in (("layer2", 256), ("layer3", 512), ("layer4", 1024)):
        # a stage stays a row of units, numbered as torchvision numbers them: the module goes in front under a name
        units = getattr(model.network, stage)
        named = OrderedDict([("bam", BAM(channels, combine)), *units.named_children()])
        setattr(model.network, stage, nn.Sequential(named))
    return model
