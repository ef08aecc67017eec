"""RGB to grey, exactly as Pillow's mode "L" does it."""

import numpy as np

# ITU-R 601 weights 0.299, 0.587, 0.114 in 16-bit fixed point; the half rounds to nearest.
_RED, _GREEN, _BLUE, _HALF = 19595, 38470, 7471, 0x8000


def to_grey(images: np.ndarray) -> np.ndarray:
    """Grey version of an image or a batch.

    Args:
        images: uint8 (..., H, W, 3) RGB, or (H, W) / (N, H, W) grey, which is returned as it is.
            A last axis of three means RGB.

    Returns:
        uint8 (..., H, W)
    """
    if images.shape[-1] != 3:
        return images
    red, green, blue = (images[..., channel].astype(np.uint32) for channel in range(3))
    return ((red * _RED + green * _GREEN + blue * _BLUE + _HALF) >> 16).astype(np.uint8)
