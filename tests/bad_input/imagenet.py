"""Training on a folder of photographs, in one process or several."""

import json
from pathlib import Path

import numpy as np
from PIL import Image

from fer_lib.training.imagenet import ImageNetConfig, training
from fer_lib.training.imagenet.folders import Photographs

from . import case, fer

QUICK = ("--epochs", "1", "--batch-size", "2", "--image-size", "16", "--resize", "16", "--device", "cpu")


def photographs(place, train=("beach", "night"), val=("beach", "night")):
    """Two grey squares a class."""
    for part, classes in (("train", train), ("val", val)):
        for name in classes:
            for i in range(2):
                place.write(f"scenes/{part}/{name}/{i}.png", "")
                Image.fromarray(np.full((16, 16, 3), 100, np.uint8)).save(f"scenes/{part}/{name}/{i}.png")


def trained(model="residual_masking_slim", *words):
    return fer("train", "imagenet", "scenes", "--model", model, "--out", "runs/mine", *QUICK, *words)


@case("imagenet-folder")
def _(place):
    return trained


@case("imagenet-part")
def _(place):
    photographs(place, val=())
    return trained


@case("imagenet-empty-class")
def _(place):
    photographs(place)
    for i in range(2):
        (place.root / f"scenes/val/night/{i}.png").unlink()
    return trained


@case("imagenet-classes")
def _(place):
    photographs(place, val=("beach", "forest"))
    return trained


@case("imagenet-unreadable")
def _(place):
    photographs(place)
    place.write("scenes/train/night/1.png", "no photograph")
    config = ImageNetConfig(image_size=16, resize=16)
    return lambda: str(Photographs(Path("scenes"), "train", config)[(3, 1)])


@case("imagenet-model")
def _(place):
    photographs(place)
    return lambda: trained("simple_cnn")


@case("imagenet-configuration")
def _(place):
    photographs(place)
    fields = {"training": {"batch_size": 256}}
    place.write("runs/mine/config.json", json.dumps(fields))
    place.patch.setattr(training, "_recorded", lambda *_: {"training": {"batch_size": 2}})
    return trained


@case("processes-batch")
def _(place):
    return lambda: ImageNetConfig(batch_size=2).share(4)


@case("processes-alone")
def _(place):
    place.patch.setenv("WORLD_SIZE", "4")
    for name in ("RANK", "LOCAL_RANK", "MASTER_ADDR", "MASTER_PORT"):
        place.patch.delenv(name, raising=False)
    return trained
