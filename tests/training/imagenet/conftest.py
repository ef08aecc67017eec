"""Folders of tiny photographs."""

import numpy as np
import pytest
from PIL import Image

from fer_lib.training.imagenet import ImageNetConfig

CLASSES = ("beach", "forest", "night")
TRAIN, VAL = (9, 8, 8), (3, 2, 2)


def write_photographs(folder, train=TRAIN, val=VAL, classes=CLASSES):
    """24 × 20 pixels of noise, in a colour for each class; counts are per class."""
    random = np.random.default_rng(0)
    for part, counts in (("train", train), ("val", val)):
        for k, (name, count) in enumerate(zip(classes, counts, strict=True)):
            (folder / part / name).mkdir(parents=True)
            for i in range(count):
                pixels = random.integers(0, 100, (20, 24, 3), dtype=np.uint8)
                pixels[..., k] += 120
                Image.fromarray(pixels).save(folder / part / name / f"{i}.png")
    return folder


def quick(**changes):
    """A recipe of seconds: 16 pixels, batches of 8, read in this process."""
    defaults = {
        "model": "residual_masking_slim", "epochs": 2, "batch_size": 8, "learning_rate": 0.02, "decay_every": 1,
        "image_size": 16, "resize": 18, "precision": "fp32", "device": "cpu", "workers": 0,
    }  # fmt: skip
    return ImageNetConfig(**{**defaults, **changes})


@pytest.fixture(scope="session")
def photographs(tmp_path_factory):
    return write_photographs(tmp_path_factory.mktemp("photographs") / "scenes")
