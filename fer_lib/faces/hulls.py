"""Where a face is, from its 68 landmarks: their convex hull; and faces cut to lie upright in a square."""

import numpy as np

from ..errors import InputError
from .similarity import aligned, moved_points

INNER_CORNERS = (39, 42)  # of the eyes, left in the image first
MARGIN = 0.2  # around the landmarks, in distances of the inner corners


def hull_masks(points: np.ndarray, height: int, width: int) -> np.ndarray:
    """Faces as the convex hulls of their points.

    Along a row of pixels a hull is one interval, which ends on two of its edges: these are found for all rows and faces
    at once.

    Args:
        points: float (N, P, 2) pixels, x right, y down, centre of the top-left pixel at (0, 0).
        height, width: of the masks.

    Returns:
        uint8 (N, height, width), 255 where a pixel's centre lies in the hull; empty for rows with NaN.
    """
    masks = np.zeros((len(points), height, width), np.uint8)
    known = np.flatnonzero(np.isfinite(points).all(axis=(1, 2)))
    if len(known) == 0:
        return masks
    corner = _corners(np.asarray(points[known], np.float32)).astype(np.float64)
    after = np.roll(corner, -1, axis=1)
    (x, y), (x1, y1) = (np.moveaxis(ends, 2, 0)[..., None] for ends in (corner, after))  # (N, C, 1) each
    rows, columns = np.arange(height), np.arange(width)
    crosses = (np.minimum(y, y1) <= rows) & (rows <= np.maximum(y, y1)) & (y != y1)  # (N, C, height)
    at = x + (rows - y) * (x1 - x) / np.where(y != y1, y1 - y, 1)
    left = np.where(crosses, at, np.inf).min(1)[..., None]
    right = np.where(crosses, at, -np.inf).max(1)[..., None]
    masks[known] = ((left <= columns) & (columns <= right)) * np.uint8(255)
    return masks


def _corners(points: np.ndarray) -> np.ndarray:
    """Corners of each hull in order, float32 (N, C, 2), the last repeated where a hull has fewer than others."""
    import cv2

    hulls = [cv2.convexHull(one)[:, 0] for one in points]
    corners = np.empty((len(hulls), max(map(len, hulls)), 2), np.float32)
    for row, hull in zip(corners, hulls, strict=True):
        row[: len(hull)], row[len(hull) :] = hull, hull[-1]
    return corners


def upright_faces(images: np.ndarray, points: np.ndarray, size: int) -> tuple[np.ndarray, np.ndarray]:
    """Faces cut out for compositions, as FERAtt's public code of 2019 does: turned until the inner corners of the eyes
    are level, cut around the landmarks with a margin of :data:`MARGIN`, padded to a square, resized.

    The public code also lifts grey values by 0.2 and blackens what is outside, since it takes every pixel that is not
    black for the face. Here the mask says where the face is, and the picture goes on around it.

    Args:
        images: uint8 (N, H, W).
        points: float (N, 68, 2) pixels.
        size: side of the squares in pixels.

    Returns:
        Faces and their masks (:func:`hull_masks`), uint8 (N, size, size) both.

    Raises:
        InputError: a face without landmarks.
    """
    for row in np.flatnonzero(~np.isfinite(points).all(axis=(1, 2)))[:1]:
        raise InputError(f"image {row} to be cut: no landmarks, expected {points.shape[1]} points")
    matrices = upright_matrices(points, size)
    return aligned(images, matrices, size), hull_masks(moved_points(points, matrices), size, size)


def upright_matrices(points: np.ndarray, size: int) -> np.ndarray:
    """Where :func:`upright_faces` brings pictures: float64 (N, 2, 3), pixels of a picture → pixels of the square; NaN
    for rows with NaN and where both inner corners are one point."""
    points = np.asarray(points, np.float64)
    across = points[:, INNER_CORNERS[1]] - points[:, INNER_CORNERS[0]]
    distance = np.linalg.norm(across, axis=1)
    cos, sin = (across / np.where(distance > 0, distance, np.nan)[:, None]).T
    turn = np.stack([np.stack([cos, sin], -1), np.stack([-sin, cos], -1)], 1)
    turned = points @ turn.transpose(0, 2, 1)
    low, high = turned.min(1), turned.max(1)
    side = (high - low).max(1) + 2 * MARGIN * distance
    scale = (size / side)[:, None, None]
    offset = (size - 1) / 2 - scale[:, 0] * (low + high) / 2
    return np.concatenate([scale * turn, offset[:, :, None]], 2)
