"""Guidance that replaces the image: the image multiplied by its mask."""

import numpy as np

from .binary import binary
from .registry import register_guidance
from .size import resize
from .soft import soft


def multiply(images: np.ndarray, masks: np.ndarray) -> np.ndarray:
    """``image · mask / 255``, truncated: uint8 (B, H, W).

    In whole numbers; the reference's floating-point product gives the same values for masks of 0,
    127 and 255.
    """
    return (images.astype(np.uint16) * masks // np.uint16(255)).astype(np.uint8)


@register_guidance(
    "patches", landmarks=True, localization="binary", no_face_fill="white", canvas="native", invert=False
)
def patches(images, points, *, size, rows=None, **options) -> np.ndarray:
    """The facial parts visible on black (not tiles of a grid)."""
    return multiply(resize(images, size), binary(images, points, size=size, **options))


@register_guidance("weighted", landmarks=True, localization="soft", no_face_fill="white", canvas="native", invert=False)
def weighted(images, points, *, size, rows=None, **options) -> np.ndarray:
    """Facial parts at full intensity, the rest at 127/255 ≈ 0.498."""
    return multiply(resize(images, size), soft(images, points, size=size, **options))
