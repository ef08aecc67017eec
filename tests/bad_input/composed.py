"""Training on compositions."""

import numpy as np

from fer_lib.training import Experiment, TrainConfig
from fer_lib.training.composed import Backgrounds, ComposedConfig, ComposedTask, cross_validate_composed

from . import case


def training(place, squares=12, composed=None, **recipe):
    count = np.arange(12)
    images = np.full((12, 64, 64), 90, np.uint8)
    names = count.astype(str)
    experiment = Experiment(
        place.root / "run", "preact_slim", images, None, count % 3, ("a", "b", "c"), count % 2, count, names,
    )  # fmt: skip

    def train():
        config = TrainConfig(**{"epochs": 2, "class_weighted": False, "device": "cpu", **recipe})
        behind = Backgrounds(*(np.zeros((2, 128, 128), np.uint8),) * 3)
        task = ComposedTask(
            experiment, config, ComposedConfig(**(composed or {})), images[:squares], images[:squares], behind
        )
        cross_validate_composed([task])

    return train


@case("composed-switch")
def _(place):
    return training(place, mixup=0.2)


@case("composed-schedules")
def _(place):
    return training(place, composed={"decay_every": 10}, schedule="one_cycle")


@case("composed-noise")
def _(place):
    return training(place, composed={"noise": [0.1, 20]})


@case("composed-rows")
def _(place):
    return training(place, squares=11)
