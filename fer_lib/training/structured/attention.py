"""How far the reconstructed face is from the clean one (specification, §2).

The two states of the public code differ in loss and in units: "2018" reconstructs in units of CIFAR-10's mean and
standard deviation, in which the empty background is 0, "2019" in [0, 1].
"""

import torch
from torch import Tensor

from ...errors import require

CIFAR10_MEAN = (0.4914, 0.4822, 0.4465)
CIFAR10_STD = (0.2023, 0.1994, 0.2010)
HIGHEST = 30.0  # mean squared errors above count as this, without gradient


def attention_loss(reconstruction: Tensor, target: Tensor, preset: str) -> Tensor:
    """Weighted error, a scalar, of `reconstruction` against `target`, both (N, 3, H, W) float in the preset's units.

    ``"2018"``: 2 · mean squared error, which is clamped at 30. ``"2019"``: 5 · mean tanh(3|d|), at most 5; the public
    code writes (e^6|d| − 1)/(e^6|d| + 1), which is the same and overflows.

    Raises:
        InputError: another preset, or shapes that differ.
    """
    _require_preset(preset)
    require(
        reconstruction.shape == target.shape,
        f"reconstruction of shape {tuple(reconstruction.shape)}, expected that of its target, {tuple(target.shape)}",
    )
    difference = reconstruction.to(target.dtype) - target
    if preset == "2018":
        return 2 * difference.square().mean().clamp(max=HIGHEST)
    return 5 * torch.tanh(3 * difference.abs()).mean()


def reconstruction_target(face: Tensor, mask: Tensor, preset: str) -> Tensor:
    """What the reconstruction should be, (N, 3, H, W) in the preset's units.

    Args:
        face: (N, 1 or 3, H, W) float in [0, 1], the clean face; for ``"2019"`` on black, as it is the target itself.
        mask: (N, 1, H, W) in [0, 1], 1 where the face is; ``"2018"`` alone looks at it.

    Raises:
        InputError: another preset.
    """
    _require_preset(preset)
    face = face.expand(-1, 3, -1, -1)
    if preset == "2019":
        return face
    mean, deviation = (face.new_tensor(values)[:, None, None] for values in (CIFAR10_MEAN, CIFAR10_STD))
    return (face - mean) / deviation * mask


def _require_preset(preset: str) -> None:
    require(preset in ("2018", "2019"), f"preset {preset!r}, expected one of 2018, 2019")
