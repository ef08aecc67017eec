"""Adam for M models at once: rows of matrices, each with a step count of its own."""

from collections.abc import Iterable, Sequence
from math import log

import torch
from torch import Tensor, nn

from ..config import TrainConfig
from ..optimizer import adam_settings

BETA1, BETA2, EPSILON = 0.9, 0.999, 1e-8


def rates_and_decays(
    model: nn.Module, config: TrainConfig, device: torch.device, dtype: torch.dtype
) -> tuple[Tensor, Tensor | None]:
    """Learning rate of every number in the parameters, (P,), 0 for frozen ones, and its coupled weight decay, (P,),
    None where nothing decays; see :func:`fer_lib.training.optimizer.adam_settings`."""
    settings, named = adam_settings(model, config), dict(model.named_parameters())

    def row(values: Iterable[float]) -> Tensor:
        sizes = torch.tensor([value.numel() for value in named.values()])
        return torch.tensor(list(values), dtype=torch.float64).repeat_interleave(sizes).to(device, dtype)

    rates = row(settings[name][0] if value.requires_grad else 0.0 for name, value in named.items())
    decays = row(settings[name][1] for name in named)
    return rates, decays if decays.any() else None


def adam(
    gradient: Tensor,
    parameters: Tensor,
    average: Tensor,
    square: Tensor,
    steps: Tensor,
    rates: Tensor,
    decays: Tensor | None = None,
    factors: Tensor | float = 1.0,
) -> Sequence[Tensor]:
    """One step of Kingma & Ba (2015) as ``torch.optim.Adam`` takes it, without changing its arguments.

    Args:
        gradient, parameters, average, square: (M, P); the moments start at zero.
        steps: (M,), taken so far.
        rates: (P,).
        decays: (P,), coupled weight decay; None: 0.
        factors: (M, 1), of the rates.

    Returns:
        the new parameters, average, square and steps.
    """
    steps = steps + 1
    if decays is not None:
        gradient = torch.addcmul(gradient, parameters, decays)
    average = torch.lerp(average, gradient, 1 - BETA1)
    square = torch.addcmul(square * BETA2, gradient, gradient, value=1 - BETA2)
    # 1 − βᵗ; written so, the first steps of β₂ would lose four of float32's seven digits
    correction1 = -torch.expm1(steps * log(BETA1))[:, None]
    correction2 = -torch.expm1(steps * log(BETA2))[:, None]
    denominator = (square.sqrt() / correction2.sqrt()).add_(EPSILON)
    return parameters - rates / (correction1 / factors) * average / denominator, average, square, steps
