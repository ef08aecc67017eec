"""Adam for M models at once: rows of matrices, each with a step count of its own."""

from collections.abc import Sequence
from math import log

import torch
from torch import Tensor, nn

from ...models.reference_names import LOCALIZATION
from ..config import TrainConfig

BETA1, BETA2, EPSILON = 0.9, 0.999, 1e-8


def step_lengths(model: nn.Module, config: TrainConfig, device: torch.device, dtype: torch.dtype) -> Tensor:
    """Learning rate of every parameter, (P,), 0 for frozen ones; see
    :func:`fer_lib.training.optimizer.make_optimizer`."""
    rates = []
    for name, value in model.named_parameters():
        factor = config.localization_lr_factor if name.startswith(LOCALIZATION) else 1.0
        rate = config.learning_rate * factor if value.requires_grad else 0.0
        rates.append(torch.full((value.numel(),), rate, dtype=torch.float64))
    return torch.cat(rates).to(device, dtype)


def adam(
    gradient: Tensor, parameters: Tensor, average: Tensor, square: Tensor, steps: Tensor, rates: Tensor
) -> Sequence[Tensor]:
    """One step of Kingma & Ba (2015) as ``torch.optim.Adam`` takes it, without changing its arguments.

    Args:
        gradient, parameters, average, square: (M, P); the moments start at zero.
        steps: (M,), taken so far.
        rates: (P,).

    Returns:
        the new parameters, average, square and steps.
    """
    steps = steps + 1
    average = torch.lerp(average, gradient, 1 - BETA1)
    square = torch.addcmul(square * BETA2, gradient, gradient, value=1 - BETA2)
    # 1 − βᵗ; written so, the first steps of β₂ would lose four of float32's seven digits
    correction1 = -torch.expm1(steps * log(BETA1))[:, None]
    correction2 = -torch.expm1(steps * log(BETA2))[:, None]
    denominator = (square.sqrt() / correction2.sqrt()).add_(EPSILON)
    return parameters - rates / correction1 * average / denominator, average, square, steps
