"""Places of the face that a map may lie on, from 68 landmarks."""

import numpy as np

from ...faces.regions import REGIONS

#: What a part is, and how far its skin reaches from its landmarks in inter-ocular distances (outer eye corners).
PARTS: dict[str, tuple[tuple[str, ...], float]] = {
    "brows": (("right_brow", "left_brow"), 0.12),
    "eyes": (("right_eye", "left_eye"), 0.12),
    "nose": (("nose",), 0.12),
    "mouth": (("mouth",), 0.12),
}


def part_masks(points: np.ndarray, size: int) -> dict[str, np.ndarray]:
    """Pixels within a part's reach of its landmarks, bool (N, size, size) each; NaN rows have none.

    Args:
        points: (N, 68, 2) pixels.
    """
    grid = np.arange(size, dtype=np.float32)
    ocular = np.linalg.norm(points[:, 36] - points[:, 45], axis=-1)
    masks = {}
    for part, (regions, reach) in PARTS.items():
        near = np.zeros((len(points), size, size), bool)
        for x, y in np.concatenate([points[:, REGIONS[region]] for region in regions], axis=1).transpose(1, 2, 0):
            distance = (grid[None, None] - x[:, None, None]) ** 2 + (grid[None, :, None] - y[:, None, None]) ** 2
            near |= distance <= (reach * ocular[:, None, None]) ** 2
        masks[part] = near
    return masks


def hull_masks(points: np.ndarray, size: int) -> np.ndarray:
    """Pixels inside the convex hull of each face's landmarks, bool (N, size, size); NaN rows have none."""
    from scipy.spatial import ConvexHull

    y, x = np.mgrid[:size, :size]
    inside = np.zeros((len(points), size, size), bool)
    for row in np.flatnonzero(np.isfinite(points).all((1, 2))):
        a, b, c = ConvexHull(points[row]).equations.T[..., None, None]
        inside[row] = (a * x + b * y + c <= 1e-6).all(0)
    return inside
