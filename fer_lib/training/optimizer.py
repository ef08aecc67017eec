"""Adam as published; what its parameters learn by where switches set some of them apart."""

import torch
from torch import nn

from ..models.reference_names import LOCALIZATION
from .config import TrainConfig
from .losses import penalised_parameters


def adam_settings(model: nn.Module, config: TrainConfig) -> dict[str, tuple[float, float]]:
    """(learning rate, coupled weight decay) of every parameter of `model`, by name.

    ``localization`` and ``fc_loc`` have a learning rate of their own with a ``localization_lr_factor`` other than 1;
    networks without a transformer have no such layers.

    Adam's coupled decay d adds d·w to the gradient, so 2λ is the gradient of a loss that gains λ·Σw²: the penalty
    costs no step of its own, and reported losses stay the cross-entropy. (AdamW decays otherwise.)

    Raises:
        InputError: a penalty is asked for and the network names no layers for it.
    """
    penalised = penalised_parameters(model, config)
    return {
        name: (
            config.learning_rate * (config.localization_lr_factor if name.startswith(LOCALIZATION) else 1.0),
            config.weight_decay + (2 * config.penalty if name in penalised else 0.0),
        )
        for name, _ in model.named_parameters()
    }


def make_optimizer(model: nn.Module, config: TrainConfig, device: torch.device) -> torch.optim.Adam:
    """β (0.9, 0.999), by :func:`adam_settings`; parameters of equal settings form a group."""
    groups: dict[tuple[float, float], list[nn.Parameter]] = {}
    named = dict(model.named_parameters())
    for name, settings in adam_settings(model, config).items():
        groups.setdefault(settings, []).append(named[name])
    return torch.optim.Adam(
        [{"params": group, "lr": rate, "weight_decay": decay} for (rate, decay), group in groups.items()],
        fused=device.type in ("cpu", "cuda"),
    )
