"""What later systems check themselves against: face boxes, regions of action units, motion of a pair."""

from dataclasses import replace

import numpy as np

from .action_units import AU_COLUMN, AUS, PROTOTYPES
from .parameters import Parameters
from .renderer import render

# Landmarks around which each action unit shows, and the reach of its skin in inter-ocular distances.
_BROWS = tuple(range(17, 27))
_EYES = tuple(range(36, 48))
_MOUTH = tuple(range(48, 68))
_CORNERS = (48, 54, 60, 64)
AU_REGIONS: dict[int, tuple[tuple[int, ...], float]] = {
    1: ((20, 21, 22, 23), 0.16),
    2: ((17, 18, 19, 24, 25, 26), 0.15),
    4: (_BROWS + (27,), 0.12),
    5: ((37, 38, 43, 44), 0.10),
    6: ((36, 40, 41, 45, 46, 47), 0.18),
    7: (_EYES, 0.07),
    9: ((21, 22, 27, 28, 31, 35), 0.14),
    10: ((31, 35, 49, 50, 51, 52, 53), 0.12),
    12: (_CORNERS, 0.20),
    14: (_CORNERS, 0.14),
    15: (_CORNERS, 0.16),
    16: ((55, 56, 57, 58, 59), 0.12),
    17: ((7, 8, 9, 56, 57, 58), 0.16),
    20: (_CORNERS, 0.18),
    23: (_MOUTH, 0.08),
    24: (_MOUTH, 0.08),
    25: (_MOUTH, 0.08),
    26: (_MOUTH + (6, 7, 8, 9, 10), 0.12),
}

# dlib's boxes against the inner 51 points, fitted to its detections on these faces: the box's side in root mean
# square distances of the points from their mean, and how far its middle lies below that mean, in sides.
BOX_SIDE = 3.28
BOX_DROP = -0.007


def face_box(points: np.ndarray) -> np.ndarray:
    """The square dlib's frontal detector would draw, float32 (N, 4): left, top, right, bottom in pixels.

    Args:
        points: (N, 68, 2) pixels.
    """
    inner = points[:, 17:]
    centre = inner.mean(1)
    side = np.sqrt(((inner - centre[:, None]) ** 2).sum(-1).mean(1)) * BOX_SIDE
    middle = centre + side[:, None] * np.array([0.0, BOX_DROP], np.float32)
    half = side[:, None] / 2
    return np.concatenate([middle - half, middle + half], 1).astype(np.float32)


def au_region_masks(points: np.ndarray, size: int, softness: float = 0.0) -> np.ndarray:
    """Where each action unit shows, uint8 (N, units, size, size), 255 inside; columns as ``action_units.AUS``.

    A region is what lies within an action unit's reach of its landmarks.

    Args:
        points: (N, 68, 2) pixels; NaN rows give empty masks.
        softness: > 0 gives a Gaussian fall-off of that many reaches instead of an edge.
    """
    grid = np.arange(size, dtype=np.float32)
    ocular = np.linalg.norm(points[:, 36] - points[:, 45], axis=-1)[:, None, None]
    masks = np.zeros((len(points), len(AUS), size, size), np.uint8)
    # (N, size, size) per landmark, shared by the units that use it.
    near = {}
    for k in sorted({k for members, _ in AU_REGIONS.values() for k in members}):
        dx = (grid[None, None, :] - points[:, k, 0, None, None]) / ocular
        dy = (grid[None, :, None] - points[:, k, 1, None, None]) / ocular
        near[k] = dx * dx + dy * dy
    for column, au in enumerate(AUS):
        members, reach = AU_REGIONS[au]
        closest = np.fmin.reduce([near[k] for k in members])
        if softness > 0:
            beyond = np.maximum(np.sqrt(closest) / reach - 1, 0) / softness
            strength = np.nan_to_num(np.exp(-0.5 * beyond * beyond))
            masks[:, column] = (strength * 255 + 0.5).astype(np.uint8)
        else:
            masks[:, column] = (closest <= reach * reach) * np.uint8(255)
    return masks


def class_region_masks(points: np.ndarray, size: int, classes: tuple[str, ...], *, at_least: float = 0.0) -> np.ndarray:
    """Union of the regions of a class's action units, uint8 (N, classes, size, size); neutral is empty.

    Args:
        at_least: units of a smaller mean intensity at full expression are left out; 0.9 leaves the one to four
            that lead.
    """
    units = au_region_masks(points, size)
    masks = np.zeros((len(points), len(classes), size, size), np.uint8)
    for row, name in enumerate(classes):
        columns = [AU_COLUMN[au] for au, intensity in PROTOTYPES[name].items() if intensity >= at_least]
        if columns:
            masks[:, row] = units[:, columns].max(1)
    return masks


def motion(parameters: Parameters, size: int = 48) -> np.ndarray:
    """True change of every picture against its neutral twin, uint8 (N, size, size) in grey levels.

    Both are drawn without noise and occluders; the twin is the same picture with all action units at rest.
    """
    at_rest = replace(parameters, action_units=np.zeros_like(parameters.action_units))
    moved, still = (
        render(p, size, noise=False, occluders=False).images.astype(np.int16) for p in (parameters, at_rest)
    )
    return np.abs(moved - still).astype(np.uint8)


def motion_masks(parameters: Parameters, size: int = 48, threshold: float = 0.06) -> np.ndarray:
    """True moving region of every picture, uint8 (N, size, size), 255 = moves; see :func:`motion`.

    Args:
        threshold: smallest change that counts, white = 1.
    """
    return (motion(parameters, size) > threshold * 255) * np.uint8(255)
