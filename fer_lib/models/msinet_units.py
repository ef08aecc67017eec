"""What TensorFlow 1 computes otherwise than torch, for MSI-Net."""

import torch
import torch.nn.functional as F
from torch import Tensor

#: Keeps a map without range from being divided by 0 (reference).
EPSILON = 1e-7


def pool_same(x: Tensor) -> Tensor:
    """Maximum of 2 × 2 at stride 1 with the size kept: TensorFlow's "same" pads below and to the right alone.

    Args:
        x: (N, C, H, W), not negative, so that a padding of zeros is never the maximum.

    Returns:
        (N, C, H, W)
    """
    return F.max_pool2d(F.pad(x, (0, 1, 0, 1)), kernel_size=2, stride=1)


def double(x: Tensor) -> Tensor:
    """Twice as high and wide, bilinear as in TensorFlow 1: output i lies at i/2 of the input.

    Even outputs copy x[k], odd ones average x[k] and x[k + 1], and the last is x[k] again. ``F.interpolate`` places
    pixels otherwise, whatever its `align_corners`.

    Args:
        x: (N, C, H, W)

    Returns:
        (N, C, 2H, 2W)
    """
    right = torch.cat([x[..., 1:], x[..., -1:]], dim=3)
    x = torch.stack([x, (x + right) / 2], dim=4).flatten(3)
    below = torch.cat([x[..., 1:, :], x[..., -1:, :]], dim=2)
    return torch.stack([x, (x + below) / 2], dim=3).flatten(2, 3)


def min_max(maps: Tensor) -> Tensor:
    """Each map less its minimum, by its maximum then, to which 1e-7 is added.

    Args:
        maps: (N, 1, H, W)

    Returns:
        (N, 1, H, W) in [0, 1]; 0 throughout where a map has no range.
    """
    above = maps - maps.amin((1, 2, 3), keepdim=True)
    return above / (EPSILON + above.amax((1, 2, 3), keepdim=True))
