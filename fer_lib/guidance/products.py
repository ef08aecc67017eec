"""Guidance that replaces the image: the image multiplied by its mask."""

import numpy as np

from .binary import binary
from .registry import register_guidance
from .soft import soft


def multiply(images: np.ndarray, masks: np.ndarray) -> np.ndarray:
    """``image · mask / 255``, truncated: uint8 (B, H, W).

    In whole numbers; the reference's floating-point product gives the same values for masks of 0,
    127 and 255.
    """
    return (images.astype(np.uint16) * masks // np.uint16(255)).astype(np.uint8)


@register_guidance("patches", landmarks=True, localization="binary", no_face_fill="white")
def patches(images, points, *, rows=None, no_face_fill="white") -> np.ndarray:
    """The facial parts visible on black (not tiles of a grid)."""
    return multiply(images, binary(images, points, no_face_fill=no_face_fill))


@register_guidance("weighted", landmarks=True, localization="soft", no_face_fill="white")
def weighted(images, points, *, rows=None, no_face_fill="white") -> np.ndarray:
    """Facial parts at full intensity, the rest at 127/255 ≈ 0.498."""
    return multiply(images, soft(images, points, no_face_fill=no_face_fill))
