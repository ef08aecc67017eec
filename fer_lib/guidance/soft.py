"""The soft landmark mask: two levels, features white and the rest mid-grey."""

import numpy as np

from .binary import binary
from .registry import register_guidance

#: floor(0.15 · 255), the published threshold.
THRESHOLD = 38
HIGH, LOW = 255, 127


def soften(masks: np.ndarray) -> np.ndarray:
    """uint8 masks → 255 where at least 38, else 127. After normalisation to [−1, 1] the background
    is ≈ 0 instead of −1, so the localization network is not told that it does not matter."""
    return np.where(masks >= THRESHOLD, np.uint8(HIGH), np.uint8(LOW))


@register_guidance("soft", landmarks=True, no_face_fill="white", canvas="native", invert=False)
def soft(images, points, *, rows=None, **options) -> np.ndarray:
    """uint8 (B, h, w), 127 or 255. Without a face: all 255 ("white") or all 127 ("black").

    The threshold is low, so the grey edges of a resized binary mask become white: parts are a little fatter.
    """
    return soften(binary(images, points, **options))
