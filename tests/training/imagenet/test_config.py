"""The recipe: torchvision's by default, and what it builds."""

import pytest

from fer_lib.errors import InputError
from fer_lib.training.imagenet import ImageNetConfig


def test_the_standard_recipe():
    recipe = ImageNetConfig()
    assert [recipe.rate(epoch) for epoch in (1, 30, 31, 60, 61, 90)] == pytest.approx(
        [0.1, 0.1, 0.01, 0.01, 1e-3, 1e-3]
    )
    assert recipe.identity() == {
        "epochs": 90, "batch_size": 256, "accumulate": 1, "learning_rate": 0.1, "momentum": 0.9, "weight_decay": 1e-4,
        "decay_every": 30, "image_size": 224, "resize": 256, "seed": 2020, "precision": "auto", "compile": False,
        "sync_batch_norm": False,
    }  # fmt: skip


@pytest.mark.parametrize(
    ("config", "built_with"),
    [
        (ImageNetConfig("residual_masking"), {"normalize": "imagenet"}),
        (ImageNetConfig("resnet18", image_size=64), {"normalize": "imagenet", "image_size": 64}),
        (ImageNetConfig("inception_v3", image_size=299, resize=342), {"normalize": "imagenet"}),
        (ImageNetConfig("residual_masking_slim"), {}),
        (ImageNetConfig("cbam_resnet50", (("normalize", "none"),)), {"normalize": "none"}),
        (ImageNetConfig("residual_masking", (("head", "linear"),)), {"normalize": "imagenet", "head": "linear"}),
    ],
)
def test_networks_normalise_as_imagenet_does_where_they_can(config, built_with):
    assert config.options() == built_with
    config.require_takes_photographs(10)


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"batch_size": 0}, "batch_size = 0, expected at least 1"),
        ({"learning_rate": 0.0}, "learning_rate = 0.0, expected a positive number"),
        ({"momentum": 1.0}, "momentum = 1.0, expected 0 or above and less than 1"),
        ({"weight_decay": -1.0}, "weight_decay = -1.0, expected a number from 0"),
        ({"resize": 200}, "resize = 200, expected at least the image_size 224"),
        ({"precision": "half"}, "precision 'half', expected one of"),
        ({"workers": -1}, "workers = -1, expected a number from 0"),
        ({"seed": -1}, "seed = -1, expected a whole number from 0"),
    ],
)
def test_what_cannot_be_meant_is_refused(changes, sentence):
    with pytest.raises(InputError, match=sentence):
        ImageNetConfig(**changes)


def test_a_batch_is_dealt_out_evenly():
    assert ImageNetConfig(batch_size=256).share(4) == 64
    with pytest.raises(InputError, match="batch_size = 3 for 4 processes, expected at least one image for each"):
        ImageNetConfig(batch_size=3).share(4)
    with pytest.raises(InputError, match="batch_size = 256 for 3 processes, expected a multiple of these"):
        ImageNetConfig(batch_size=256).share(3)


@pytest.mark.parametrize("model", ["simple_cnn", "deep_emotion"])
def test_networks_for_grey_faces_are_refused(model):
    with pytest.raises(InputError, match=f"model {model!r} takes grey faces, expected one for photographs"):
        ImageNetConfig(model).require_takes_photographs(10)
