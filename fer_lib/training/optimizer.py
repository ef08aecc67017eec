"""Adam as published, with its own step size for the localization network where that is asked for."""

import torch
from torch import nn

from ..models.reference_names import LOCALIZATION
from .config import TrainConfig


def make_optimizer(model: nn.Module, config: TrainConfig, device: torch.device) -> torch.optim.Adam:
    """β (0.9, 0.999), no weight decay, no schedule.

    With a ``localization_lr_factor`` other than 1 the parameters of ``localization`` and ``fc_loc``
    form a group of their own; networks without a transformer have none and are trained as ever.
    """
    groups = [{"params": list(model.parameters())}]
    if config.localization_lr_factor != 1:
        named = dict(model.named_parameters())
        localization = [value for name, value in named.items() if name.startswith(LOCALIZATION)]
        others = [value for name, value in named.items() if not name.startswith(LOCALIZATION)]
        groups = [{"params": others}]
        if localization:
            groups.append({"params": localization, "lr": config.learning_rate * config.localization_lr_factor})
    return torch.optim.Adam(groups, lr=config.learning_rate, fused=device.type in ("cpu", "cuda"))
