"""From the size of the source images to the size a network takes."""

import numpy as np

from ..errors import require

#: Side of what the guided networks take, in pixels.
NETWORK_SIZE = 48
#: Where landmark masks are drawn: on a canvas of the source image's size, or of 48 pixels.
CANVASES = ("native", NETWORK_SIZE)


def check_size(canvas: str | int, size: int | None) -> None:
    require(canvas in CANVASES, f"canvas is {canvas!r}, expected one of {', '.join(map(str, CANVASES))}")
    require(
        size is None or (isinstance(size, int) and size >= 1),
        f"size is {size!r}, expected a whole number of pixels or None for the images' own size",
    )


def resize(images: np.ndarray, size: tuple[int, int]) -> np.ndarray:
    """Images of another size, bicubic as by Pillow (its default, which the published pipeline used).

    Args:
        images: uint8 (B, H, W).
        size: (height, width); the aspect ratio is not kept.

    Returns:
        uint8 (B, height, width); `images` itself where it has that size already.
    """
    from PIL import Image

    if images.shape[1:] == size:
        return images
    shape = (size[1], size[0])  # Pillow names the width first
    resized = np.empty((len(images), *size), dtype=np.uint8)
    for row, image in zip(resized, images, strict=True):
        row[:] = Image.fromarray(image).resize(shape, Image.Resampling.BICUBIC)
    return resized


def scale_points(points: np.ndarray, source: tuple[int, int], size: tuple[int, int]) -> np.ndarray:
    """Points float (..., 2) in pixels of a (height, width) `source`, in pixels of `size` (half-pixel convention)."""
    factor = np.array([size[1] / source[1], size[0] / source[0]])
    return (points + 0.5) * factor - 0.5
