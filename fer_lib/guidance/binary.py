"""The binary landmark mask: facial parts as filled hulls, white on black (Luna-Jiménez et al. 2021)."""

import numpy as np

from ..faces.regions import REGIONS
from .no_face import fill_no_face
from .registry import register_guidance

#: In the order the reference draws them; all are white, so only their union shows.
HULLS = ("mouth", "inner_mouth", "right_brow", "left_brow", "right_eye", "left_eye", "nose")
WHITE = 255
JAW_THICKNESS = 2


def draw_parts(points: np.ndarray, height: int, width: int, jaw: bool = True) -> np.ndarray:
    """Draw facial parts on black canvases.

    Filled convex hulls of mouth, inner mouth, brows, eyes and nose; then the jaw as an open
    8-connected polyline through points 0–16, two pixels thick. Points are rounded to the nearest
    pixel first, because the reference stored whole numbers; parts outside the canvas are cut off.

    Args:
        points: float (B, 68, 2) in pixels of the canvas; rows with NaN stay black.
        jaw: whether the jaw line is drawn.

    Returns:
        uint8 (B, height, width), 0 or 255.
    """
    import cv2

    canvases = np.zeros((len(points), height, width), dtype=np.uint8)
    known = np.isfinite(points).all(axis=(1, 2))
    whole = np.rint(np.where(known[:, None, None], points, 0)).astype(np.int32)
    for row in np.flatnonzero(known):
        canvas, face = canvases[row], whole[row]
        for region in HULLS:
            # One call each: filled together, overlapping hulls would cancel by the even-odd rule.
            cv2.fillPoly(canvas, [cv2.convexHull(face[REGIONS[region]])], WHITE)
        if jaw:
            cv2.polylines(canvas, [face[REGIONS["jaw"]]], False, WHITE, JAW_THICKNESS, cv2.LINE_8)
    return canvases


@register_guidance("binary", landmarks=True, no_face_fill="white")
def binary(images, points, *, rows=None, no_face_fill="white") -> np.ndarray:
    """uint8 (B, H, W), 0 or 255; see :func:`draw_parts`."""
    return fill_no_face(draw_parts(points, *images.shape[1:3]), points, no_face_fill)
