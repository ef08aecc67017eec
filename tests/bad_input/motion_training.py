"""Training with motion priors."""

import numpy as np

from fer_lib.training import Experiment, TrainConfig
from fer_lib.training.motion import MotionConfig, MotionTask, cross_validate_motion, trained_generator

from . import case


def training(place, model="fmpn_slim", side=48, folds=2, motion=None, **recipe):
    count = np.arange(12)
    experiment = Experiment(
        place.root / "run", model, np.zeros((12, side, side), np.uint8), None, count % 3, ("a", "b", "c"), count % 2,
        count, count.astype(str),
    )  # fmt: skip
    masks, motion = (
        np.zeros((folds, 3, 20, 20), np.uint8),
        {"mask_epochs": 2, "mask_decay": 1, "decay": 1} | (motion or {}),
    )

    def train():
        task = MotionTask(experiment, TrainConfig(**{"epochs": 2, **recipe}), MotionConfig(**motion), masks)
        cross_validate_motion([task])

    return train


@case("motion-mask-decay")
def _(place):
    return training(place, motion={"mask_epochs": 20, "mask_decay": 50})


@case("motion-decay")
def _(place):
    return training(place, epochs=20, motion={"decay": 50})


@case("motion-preset")
def _(place):
    return training(place, motion={"loss_preset": "notes"})


@case("motion-switch")
def _(place):
    return training(place, mixup=0.2)


@case("motion-folds")
def _(place):
    return training(place, folds=3)


@case("motion-frames")
def _(place):
    return training(place)


@case("motion-network")
def _(place):
    return training(place, model="simple_cnn")


@case("motion-no-run")
def _(place):
    return lambda: trained_generator("runs/mine", 0)
