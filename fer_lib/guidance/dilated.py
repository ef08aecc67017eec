"""The dilated landmark mask: no jaw, parts grown by two pixels."""

import numpy as np

from ..errors import require
from .binary import draw_sized
from .no_face import fill_no_face
from .registry import register_guidance

MODES = ("reference", "centered")


def dilate(masks: np.ndarray, mode: str = "reference") -> np.ndarray:
    """Grow white by two pixels over a whole batch.

    "reference": kernel 2×2, two iterations. OpenCV anchors an even kernel off its centre, so every
    white pixel grows 0…+2 rows down and 0…+2 columns right and nothing up or left:
    ``out[y, x] = max(in[y − dy, x − dx] for dy, dx in {0, 1, 2})``.
    "centered": the same 3×3 footprint around the pixel.

    Args:
        masks: uint8 (B, H, W).

    Returns:
        uint8 (B, H, W)
    """
    require(mode in MODES, f"dilate_mode is {mode!r}, expected one of {', '.join(MODES)}")
    before = 2 if mode == "reference" else 1
    padding = (before, 2 - before)
    grown = np.pad(masks, ((0, 0), padding, padding))
    # A 3×3 maximum is a maximum over three rows, then over three columns.
    grown = np.maximum(np.maximum(grown[:, :-2], grown[:, 1:-1]), grown[:, 2:])
    return np.maximum(np.maximum(grown[:, :, :-2], grown[:, :, 1:-1]), grown[:, :, 2:])


@register_guidance(
    "dilated", landmarks=True, no_face_fill="white", dilate_mode="reference", canvas="native", invert=False
)
def dilated(
    images,
    points,
    *,
    size,
    rows=None,
    no_face_fill="white",
    dilate_mode="reference",
    canvas="native",
    invert=False,
) -> np.ndarray:
    """uint8 (B, h, w), 0 or 255, grey between them only where masks were resized (before they grow)."""
    parts = dilate(draw_sized(points, images.shape[1:3], size, canvas, jaw=False), dilate_mode)
    return fill_no_face(255 - parts if invert else parts, points, no_face_fill)
