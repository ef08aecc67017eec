"""The binary landmark mask: facial parts as filled hulls, white on black (Luna-Jiménez et al. 2021)."""

import numpy as np

from ..faces.regions import REGIONS
from .no_face import fill_no_face
from .registry import register_guidance
from .size import resize, scale_points

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


def draw_sized(
    points: np.ndarray, source: tuple[int, int], size: tuple[int, int], canvas: str | int = "native", jaw: bool = True
) -> np.ndarray:
    """Facial parts of images of one size, as masks of another one.

    The reference drew AffectNet's masks at the photographs' size and shrank them, which leaves soft edges
    and a faint jaw line, and FER-2013's at 48 px, where the jaw line is bright and two pixels wide.

    Args:
        points: float (B, 68, 2) in pixels of the source; rows with NaN stay black.
        source, size: (height, width) of the source images and of the masks.
        canvas: "native": drawn at the source's size, then resized (bicubic, grey edges); 48: the
            points are scaled and drawn at 48 × 48, then resized where `size` is another one.
        jaw: whether the jaw line is drawn.

    Returns:
        uint8 (B, *size)
    """
    drawn_at = source if canvas == "native" else (canvas, canvas)
    scaled = points if drawn_at == source else scale_points(points, source, drawn_at)
    return resize(draw_parts(scaled, *drawn_at, jaw=jaw), size)


@register_guidance("binary", landmarks=True, no_face_fill="white", canvas="native", invert=False)
def binary(images, points, *, size, rows=None, no_face_fill="white", canvas="native", invert=False) -> np.ndarray:
    """uint8 (B, h, w), 0 or 255, grey between them only where masks were resized; see :func:`draw_sized`.

    `invert` exchanges black and white; images without a face keep their fill.
    """
    masks = draw_sized(points, images.shape[1:3], size, canvas)
    return fill_no_face(255 - masks if invert else masks, points, no_face_fill)
