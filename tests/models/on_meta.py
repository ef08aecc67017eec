"""Networks without values, for what names, shapes and connections tell."""

from functools import cache

import torch
from torch import nn

from fer_lib.models import create_model

#: More than two million parameters each, up to 1.9 billion: drawing their values takes seconds, and so does a step of
#: training, so that they are built on torch's meta device alone where all registered networks are tested. What
#: needs values is tested in files of their own, on relatives that are narrower or see smaller images.
LARGE = (
    *("resnet18", "resnet34", "resnet50", "resnet101", "resnet152", "vgg19", "googlenet", "inception_v3"),
    *("densenet121", "efficientnet_b2b", "cbam_resnet34", "cbam_resnet50", "bam_resnet50", "residual_masking"),
    *("vgg_compact", "center_resnet18", "residual_masking50", "fmpn", "preact_resnet18", "feratt_2018", "feratt_2019"),
)
#: Of 7.5 GB: built on the meta device and nowhere else.
HUGE = ("residual_masking50",)


@cache
def on_meta(name: str, num_classes: int = 3, **options) -> nn.Module:
    """A network of shapes: it takes and gives tensors of torch's meta device. Shared, so leave it as it is."""
    with torch.device("meta"):
        return create_model(name, num_classes=num_classes, **options)


@cache
def msinet_on_meta() -> nn.Module:
    """MSI-Net, which is no classifier, likewise."""
    with torch.device("meta"):
        return create_model("msinet")
