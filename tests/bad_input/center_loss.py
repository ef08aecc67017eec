"""Training with centre loss."""

import numpy as np

from fer_lib.models import create_model
from fer_lib.training import Experiment, TrainConfig
from fer_lib.training.center_loss import CenterConfig
from fer_lib.training.center_runs import train_center_loss

from . import case


def training(place, model="center_slim", **options):
    count = np.arange(12)
    experiment = Experiment(
        place.root / "run", model, np.zeros((12, 48, 48), np.uint8), None, count % 3, ("a", "b", "c"), count % 2, count,
        count.astype(str),
    )  # fmt: skip
    return lambda: train_center_loss([experiment], TrainConfig(epochs=10, **options), [CenterConfig()], 0)


@case("center-never")
def _(place):
    return training(place)


@case("center-network")
def _(place):
    return training(place, "simple_cnn")


@case("center-activation")
def _(place):
    return lambda: create_model("center_slim", num_classes=7, activation="relo")
