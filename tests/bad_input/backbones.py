"""Networks made for photographs, and their weights."""

import torch

from fer_lib.models import create_model

from . import case


def built(name, **options):
    """Without values: what is wrong is told before any are drawn."""
    with torch.device("meta"):
        return create_model(name, num_classes=7, **options)


@case("backbone-weights")
def _(place):
    return lambda: built("resnet34", weights="imagnet")


@case("backbone-weights-missing")
def _(place):
    place.patch.setenv("TORCH_HOME", str(place.root / "torch"))
    return lambda: create_model("resnet34", num_classes=7, weights="imagenet")


@case("backbone-weights-damaged")
def _(place):
    place.patch.setenv("TORCH_HOME", str(place.root / "torch"))
    place.write("data/weights/resnet34-b627a593.pth", b"half a file")
    return lambda: create_model("resnet34", num_classes=7, weights="imagenet")


@case("backbone-image-size")
def _(place):
    return lambda: built("inception_v3", image_size=48)


@case("backbone-combine")
def _(place):
    return lambda: built("bam_resnet50", combine="sum")
