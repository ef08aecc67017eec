"""How far the reconstructed face is from the clean one (specification, §2).

:meth:`fer_lib.models.feratt.FERAtt.target` gives what it should be.
"""

import torch
from torch import Tensor

from ...errors import require

#: Form and weight of the error in the two states of the public code.
ATTENTION = {"2018": ("mse", 2.0), "2019": ("tanh", 5.0)}
FORMS = ("mse", "tanh")
HIGHEST = 30.0  # mean squared errors above count as this, without gradient


def attention_error(reconstruction: Tensor, target: Tensor, form: str) -> Tensor:
    """Error, a scalar without weight, of `reconstruction` against `target`, both (N, 3, H, W) float.

    ``"mse"``: the mean squared error, clamped at 30. ``"tanh"``: mean tanh(3|d|), at most 1; the public code writes
    (e^6|d| − 1)/(e^6|d| + 1), which is the same and overflows.

    Raises:
        InputError: another form, or shapes that differ.
    """
    require(form in FORMS, f"form {form!r} of the attention error, expected one of {', '.join(FORMS)}")
    require(
        reconstruction.shape == target.shape,
        f"reconstruction of shape {tuple(reconstruction.shape)}, expected that of its target, {tuple(target.shape)}",
    )
    difference = reconstruction.to(target.dtype) - target
    if form == "mse":
        return difference.square().mean().clamp(max=HIGHEST)
    return torch.tanh(3 * difference.abs()).mean()
