"""Cleaning of face masks by mathematical morphology, many at once on any device."""

import torch
import torch.nn.functional as F
from torch import Tensor


def cleaned(masks: Tensor, kernel: int) -> Tensor:
    """Masks closed, eroded and without holes: gaps and frayed edges go, and so does a rim `kernel` // 2 pixels wide.

    Args:
        masks: bool (N, H, W); beyond the border there is no face.
        kernel: side of the square window in pixels, odd; 1 changes nothing but holes.
    """
    return filled(eroded(eroded(dilated(masks, kernel), kernel, keep=0), kernel))


def dilated(masks: Tensor, kernel: int) -> Tensor:
    """(N, H, W) → (N, H + 2r, W + 2r), r = `kernel` // 2: everything within the window of a set pixel, also beyond the
    border, so that a closing does not depend on where a face was cut."""
    reach = kernel // 2
    padded = F.pad(masks.float().unsqueeze(1), (2 * reach,) * 4)
    return _most(padded, kernel).squeeze(1) > 0.5


def eroded(masks: Tensor, kernel: int, keep: int | None = None) -> Tensor:
    """Pixels whose whole window is set; what is beyond the border is not.

    Args:
        keep: 0 undoes the enlargement of :func:`dilated`: (N, H, W) → (N, H − 2r, W − 2r). None keeps the size.
    """
    reach = kernel // 2
    empty = (~masks).float().unsqueeze(1)
    if keep is None:
        empty = F.pad(empty, (reach,) * 4, value=1.0)
    return _most(empty, kernel).squeeze(1) < 0.5


def filled(masks: Tensor) -> Tensor:
    """Masks with their holes: all that the border cannot reach in steps to the four neighbours.

    What sees the border along its row or column is outside at once, which is all there is for most faces; for the
    others the outside grows until it does not.
    """
    outside = torch.zeros_like(masks)
    for axis in (1, 2):
        for seen in (masks, masks.flip(axis)):
            free = seen.cumsum(axis, dtype=torch.int32) == 0
            outside |= free if seen is masks else free.flip(axis)
    hidden = torch.nonzero((~masks & ~outside).flatten(1).any(1)).flatten()
    while len(hidden):
        before = outside[hidden]
        reached = F.pad(before.float().unsqueeze(1), (1, 1, 1, 1))
        beside = torch.maximum(
            F.max_pool2d(reached[..., 1:-1], (3, 1), stride=1), F.max_pool2d(reached[..., 1:-1, :], (1, 3), stride=1)
        )
        grown = (beside.squeeze(1) > 0.5) & ~masks[hidden]
        outside[hidden] = grown
        hidden = hidden[(grown != before).flatten(1).any(1)]
    return ~outside


def _most(values: Tensor, kernel: int) -> Tensor:
    """Largest value of every whole window, (N, 1, H, W) → (N, 1, H − 2r, W − 2r); a square is a row of columns."""
    return F.max_pool2d(F.max_pool2d(values, (kernel, 1), stride=1), (1, kernel), stride=1)
