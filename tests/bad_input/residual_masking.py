"""The residual masking network and its checkpoints."""

import torch

from fer_lib.models import create_model
from fer_lib.training.checkpoints import load_weights

from . import case


@case("masking-mode")
def _(place):
    return lambda: create_model("residual_masking_slim", num_classes=7, mask_mode="m+1")


@case("masking-depths")
def _(place):
    return lambda: create_model("residual_masking_slim", num_classes=7, mask_depths=(5, 3, 2, 1))


@case("weights-copies")
def _(place):
    model = create_model("residual_masking_slim", num_classes=7)
    name = "mask1.conv3.downsample.0.weight"
    odd = {name: torch.zeros(8, 16, 1, 1), "mask1.downsample3.0.weight": torch.ones(8, 16, 1, 1)}
    torch.save({"net": odd, "lr": 1e-4}, place.root / "resmasking")
    return lambda: load_weights(model, "resmasking")
