"""Maps of many images in one: averages per group, and faces brought to one place before averaging."""

import numpy as np
import torch
import torch.nn.functional as F

from ..warp_truth import to_normalised, to_pixels


def group_means(values: np.ndarray, groups: np.ndarray, count: int) -> np.ndarray:
    """Mean of the rows of each group, pixel by pixel over what is no NaN, float32 (count, H, W).

    Args:
        values: (N, H, W); groups: int (N,) in 0 … count − 1, −1 for none. A group without rows is NaN.
    """
    flat = np.asarray(values, np.float32).reshape(len(values), -1)
    known = np.isfinite(flat)
    member = (np.arange(count)[:, None] == groups).astype(np.float32)
    number = member @ known.astype(np.float32)
    total = member @ np.where(known, flat, 0)
    means = np.divide(total, number, out=np.full_like(total, np.nan), where=number > 0)
    return means.reshape(count, *values.shape[1:])


def to_mean_shape(points: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """The similarity transforms that bring each face's landmarks closest to the mean of all (least squares: Umeyama,
    IEEE PAMI 13(4):376, 1991; in the plane turn and scale are one complex factor).

    Args:
        points: (N, P, 2) pixels; NaN rows have no transform and do not count.

    Returns:
        complex (N, 2): factor a and shift b of w = a·z + b, z = x + iy, NaN for NaN rows; and the mean (P, 2).
    """
    z = points[..., 0] + 1j * points[..., 1]
    known = np.isfinite(z).all(1)
    mean = z[known].mean(0)
    centred, goal = z[known] - z[known].mean(1, keepdims=True), mean - mean.mean()
    transforms = np.full((len(z), 2), np.nan, complex)
    transforms[known, 0] = (centred.conj() @ goal) / (np.abs(centred) ** 2).sum(1)
    transforms[known, 1] = mean.mean() - transforms[known, 0] * z[known].mean(1)
    return transforms, np.stack([mean.real, mean.imag], axis=1)


def aligned(values: np.ndarray, transforms: np.ndarray) -> np.ndarray:
    """Images or maps moved by `transforms`, bilinearly, float32 (N, H, W); NaN where they come from outside.

    Args:
        values: (N, H, W), square; transforms: complex (N, 2), of :func:`to_mean_shape`.
    """
    size = values.shape[1]
    y, x = np.mgrid[:size, :size]
    factor, shift = transforms.T[:, :, None, None]
    # which place of the image comes to lie on each pixel
    source = (x + 1j * y - shift) * (1 / np.where(np.isnan(factor), 1, factor))
    grid = to_normalised(np.stack([source.real, source.imag], axis=-1), size)
    outside = ~(np.abs(grid) <= 1).all(-1)  # NaN is outside too
    places = torch.from_numpy(np.where(outside[..., None], 0, grid).astype(np.float32))
    pixels = torch.from_numpy(np.asarray(values, np.float32))[:, None]
    moved = F.grid_sample(pixels, places, padding_mode="border", align_corners=False)[:, 0].numpy()
    return np.where(outside, np.float32(np.nan), moved)


def outlines(theta: np.ndarray, size: int) -> np.ndarray:
    """The frame of what each warp shows, drawn in the image: corners from the top left round and back, pixels.

    A warp of feature maps has the same frame: θ acts on coordinates that are −1 and 1 at the edges of either.

    Args:
        theta: (N, 2, 3); size: side of the image.

    Returns:
        float (N, 5, 2).
    """
    corners = np.array([[-1, -1], [1, -1], [1, 1], [-1, 1], [-1, -1]], float)
    return to_pixels(corners @ theta[:, :, :2].transpose(0, 2, 1) + theta[:, None, :, 2], size)
