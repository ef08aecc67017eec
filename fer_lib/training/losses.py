"""Losses, their weights and their penalty."""

from collections.abc import Mapping

import numpy as np
from torch import Tensor, nn

from ..errors import require
from .config import TrainConfig


def class_weights(labels: np.ndarray, num_classes: int) -> np.ndarray:
    """w_c = min_k n_k / n_c, float32 (num_classes,): the rarest class weighs 1.

    FER-2013 polarity gives about (1.000, 0.690, 0.371) for neutral, positive, negative.

    Raises:
        InputError: a class has no training sample.
    """
    counts = np.bincount(labels, minlength=num_classes)
    require(counts.min() > 0, f"class {int(counts.argmin())} has no training sample; class weights need one of each")
    return (counts.min() / counts).astype(np.float32)


def penalised_parameters(model: nn.Module, config: TrainConfig) -> tuple[str, ...]:
    """Names of the parameters that ``config.penalty`` holds down: weights, and biases where so asked, of the layers
    in ``model.penalised`` (names of modules); none without a penalty.

    Raises:
        InputError: there is a penalty, and the network names no layers.
    """
    if config.penalty == 0:
        return ()
    layers = getattr(model, "penalised", ())
    require(
        len(layers) > 0,
        f"penalty = {config.penalty}, but {type(model).__name__} names no penalised layers; expected penalty 0",
    )
    wanted = ("weight", "bias") if config.penalty_bias else ("weight",)
    return tuple(
        f"{layer}.{name}"
        for layer in layers
        for name, _ in model.get_submodule(layer).named_parameters(recurse=False)
        if name in wanted
    )


def penalty(parameters: Mapping[str, Tensor], penalised: tuple[str, ...], config: TrainConfig) -> dict[str, float]:
    """``{"penalty": λ·Σw²}`` over the `penalised` of a network's `parameters`; empty where there are none."""
    if not penalised:
        return {}
    return {"penalty": config.penalty * sum(parameters[name].square().sum().item() for name in penalised)}
