"""Resizing as MSI-Net's authors do it with TensorFlow 1: ``resize_area`` and ``resize_bicubic`` with aligned corners.

TensorFlow rounds the offsets of the bicubic kernel to 1/1024 of a pixel, torch does not: up to a quarter of a grey
level on noise.
"""

from functools import cache

import numpy as np
import torch
import torch.nn.functional as F
from torch import Tensor


def scaled(size: tuple[int, int], ratio: float) -> tuple[int, int]:
    """Height and width times `ratio`, rounded (halves to the even number), at least 1."""
    return max(1, round(size[0] * ratio)), max(1, round(size[1] * ratio))


def resize(pictures: Tensor, size: tuple[int, int]) -> Tensor:
    """Pictures of another size: averaged over areas where a side shrinks, bicubic (a = −0.75) otherwise; then cut off
    at 0 and 255.

    Corners are aligned: pixel i of n' lies at i · (n − 1) / (n' − 1) of n. The area that it averages starts there and
    is as long as that step; beyond the border the last pixel is repeated.

    Args:
        pictures: float (N, C, H, W) in 0…255.
        size: (height, width).

    Returns:
        float (N, C, height, width) in 0…255
    """
    sides = tuple(zip(pictures.shape[2:], size, strict=True))
    if any(before > after for before, after in sides):
        rows, columns = (area_matrix(before, after).to(pictures) for before, after in sides)
        resized = rows @ pictures @ columns.T
    else:
        resized = F.interpolate(pictures, size=size, mode="bicubic", align_corners=True)
    return resized.clamp(0, 255)


@cache
def area_matrix(before: int, after: int) -> Tensor:
    """float64 (after, before): row i averages what lies between i · step and (i + 1) · step of a line of pixels."""
    if before == 1:
        return torch.ones(after, 1, dtype=torch.float64)
    step = (before - 1) / (after - 1) if after > 1 else before
    start = np.arange(after)[:, None] * step
    pixel = np.arange(before + int(np.ceil(step)))
    shares = np.clip(np.minimum(pixel + 1, start + step) - np.maximum(pixel, start), 0, 1) / step
    shares[:, before - 1] += shares[:, before:].sum(axis=1)
    return torch.from_numpy(shares[:, :before])
