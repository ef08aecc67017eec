"""Loss of the joint stage (specification, §6)."""

import torch.nn.functional as F
from torch import Tensor

#: λ of the mask's error beside a cross-entropy of weight 1: of the public code, and of what is noted of the paper.
PRESETS = {"code": 0.1, "paper": 10.0}


def mask_error(mask: Tensor, target: Tensor) -> Tensor:
    """Mean squared error, a scalar, of masks in (0, 1) against targets in [0, 1], both (N, 1, H, W)."""
    return F.mse_loss(mask.to(target.dtype), target)


def joint_loss(cross_entropy: Tensor, error: Tensor | None, preset: str) -> Tensor:
    """Cross-entropy + λ · mask error; the cross-entropy alone where no mask is predicted."""
    return cross_entropy if error is None else cross_entropy + PRESETS[preset] * error
