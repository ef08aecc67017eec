"""The optimizer; what its parameters learn by where switches set some of them apart."""

import torch
from torch import nn

from ..errors import require
from ..models.reference_names import LOCALIZATION
from .config import TrainConfig
from .losses import penalised_parameters

MOMENTUM = 0.9
#: Optimizers whose weight decay is the gradient of a penalty.
COUPLED = ("adam", "sgd")


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


def make_optimizer(model: nn.Module, config: TrainConfig, device: torch.device) -> torch.optim.Optimizer:
    """What ``config.optimizer`` names, by :func:`adam_settings`; parameters of equal settings form a group. The Adams
    have β (0.9, 0.999).

    Raises:
        InputError: a penalty with an optimizer whose decay is not the gradient of one.
    """
    require(
        config.penalty == 0 or config.optimizer in COUPLED,
        f"penalty = {config.penalty} with optimizer {config.optimizer!r}, whose decay is decoupled from the gradient; "
        f"expected one of {', '.join(COUPLED)}",
    )
    groups: dict[tuple[float, float], list[nn.Parameter]] = {}
    named = dict(model.named_parameters())
    for name, settings in adam_settings(model, config).items():
        groups.setdefault(settings, []).append(named[name])
    settings = [{"params": group, "lr": rate, "weight_decay": decay} for (rate, decay), group in groups.items()]
    fused = device.type in ("cpu", "cuda")
    if config.optimizer == "radam":
        return torch.optim.RAdam(settings, decoupled_weight_decay=True)  # has no fused kernel
    if config.optimizer == "sgd":
        return torch.optim.SGD(settings, lr=config.learning_rate, momentum=MOMENTUM, nesterov=True, fused=fused)
    return {"adam": torch.optim.Adam, "adamw": torch.optim.AdamW}[config.optimizer](settings, fused=fused)
