"""Convolutional block attention (Woo, Park, Lee and Kweon, ECCV 2018; arXiv 1807.06521)."""

import torch
from torch import Tensor, nn

from .backbone import Backbone
from .backbones import RESNET_GROUPS
from .pretrained import load_imagenet, require_weights
from .registry import register_model


class ChannelGate(nn.Module):
    """One factor in (0, 1) for each channel of (N, C, H, W): σ(MLP(mean) + MLP(maximum)), of all positions."""

    def __init__(self, channels: int, reduction: int = 16):
        super().__init__()
        self.mlp = nn.Sequential(
            nn.Linear(channels, channels // reduction), nn.ReLU(), nn.Linear(channels // reduction, channels)
        )

    def forward(self, x: Tensor) -> Tensor:
        logits = self.mlp(x.mean((2, 3))) + self.mlp(x.amax((2, 3)))
        return x * torch.sigmoid(logits)[:, :, None, None]


class SpatialGate(nn.Module):
    """One factor in (0, 1) for each position of (N, C, H, W): σ(BN(7 × 7 convolution of [maximum, mean])), of all
    channels."""

    def __init__(self):
        super().__init__()
        self.conv = nn.Conv2d(2, 1, kernel_size=7, padding=3, bias=False)
        self.norm = nn.BatchNorm2d(1)

    def forward(self, x: Tensor) -> Tensor:
        pooled = torch.cat([x.amax(1, keepdim=True), x.mean(1, keepdim=True)], dim=1)
        return x * torch.sigmoid(self.norm(self.conv(pooled)))


class CBAM(nn.Sequential):
    """The channel gate, then the spatial one."""

    def __init__(self, channels: int):
        super().__init__()
        self.channel, self.spatial = ChannelGate(channels), SpatialGate()


@register_model("cbam_resnet50")
def cbam_resnet50(
    num_classes: int, weights: str | None = None, image_size: int | None = 224, normalize: str = "none"
) -> Backbone:
    """ResNet-50 with both gates at the end of every residual branch; 26,054,967 parameters with seven classes.

    Args:
        weights: None or ``"imagenet"``: the body from torchvision's ResNet-50, gates and head fresh. Weights of the
            whole network, gates included, are not among torchvision's.
        image_size, normalize: of :class:`~fer_lib.models.image_input.ImageInput`.
    """
    return _cbam_resnet("resnet50", num_classes, weights, image_size, normalize)


@register_model("cbam_resnet34")
def cbam_resnet34(
    num_classes: int, weights: str | None = None, image_size: int | None = 224, normalize: str = "none"
) -> Backbone:
    """ResNet-34 with both gates at the end of every residual branch; 21,451,059 parameters with seven classes.

    Options are those of :func:`cbam_resnet50`.
    """
    return _cbam_resnet("resnet34", num_classes, weights, image_size, normalize)


def _cbam_resnet(body: str, num_classes: int, weights: str | None, image_size: int | None, normalize: str) -> Backbone:
    from torchvision.models import ResNet

    from .cbam_units import CBAMBasicBlock, CBAMBottleneck

    require_weights(weights)
    network = ResNet(CBAMBottleneck if body == "resnet50" else CBAMBasicBlock, [3, 4, 6, 3], num_classes)
    if weights == "imagenet":
        gates = [name for name, module in network.named_modules() if isinstance(module, CBAM)]
        load_imagenet(network, body, fresh=("fc", *gates))
    return Backbone(network, image_size, normalize, layer_groups=RESNET_GROUPS, tap="layer4")
