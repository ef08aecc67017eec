"""Explaining what networks answer."""

import numpy as np
from torch import nn

from fer_lib.evaluation.explain.activations import masking_maps
from fer_lib.evaluation.explain.concentration import concentration
from fer_lib.evaluation.explain.grad_cam import grad_cam, guided_gradients
from fer_lib.evaluation.explain.occlusion import occlusion_maps
from fer_lib.models import create_model
from fer_lib.studies.explained_runs import ExplanationParameters, chosen

from . import case


def covered(name: str, **changes):
    """A case of occlusion maps of two images."""

    @case(name)
    def arrange(place):
        arrays = {"images": np.zeros((2, 48, 48), np.uint8), "labels": [0, 1]}
        return lambda: occlusion_maps(create_model("simple_cnn", num_classes=3), **{**arrays, **changes})


covered("occlusion-fill", fill="black")
covered("occlusion-size", size=49)
covered("occlusion-stride", size=8, stride=9)
covered("occlusion-rows", labels=[0, 1, 2])


@case("concentration-groups")
def _(place):
    maps, masks = np.ones((3, 4, 4)), np.ones((3, 4, 4), bool)
    return lambda: concentration(maps, masks, None, np.array(["s1"] * 3))


@case("explain-source-missing")
def _(place):
    study = ExplanationParameters.check({"profile": "mine", "sources": ["04_deep_emotion"]})
    return lambda: chosen(study)


IMAGES = np.zeros((2, 48, 48), np.uint8)


@case("grad-cam-tap")
def _(place):
    return lambda: grad_cam(create_model("simple_cnn", num_classes=3), IMAGES, taps=["lats"])


@case("grad-cam-class")
def _(place):
    return lambda: grad_cam(create_model("simple_cnn", num_classes=3), IMAGES, 3)


@case("grad-cam-no-relu")
def _(place):
    model = nn.Sequential(nn.Conv2d(1, 2, 3), nn.SiLU(), nn.AdaptiveAvgPool2d(1), nn.Flatten())
    return lambda: guided_gradients(model, IMAGES)


@case("masking-no-mask")
def _(place):
    return lambda: masking_maps(create_model("simple_cnn", num_classes=3), IMAGES)
