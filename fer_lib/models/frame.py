"""Frames, the stored training images of FMPN, of which a network sees a square part (specification, §8)."""

import torch.nn.functional as F
from torch import Tensor

from ..errors import require

LUMA = (0.299, 0.587, 0.114)  # ITU-R BT.601
#: Pixels that the published network sees and those of the images that they are cut from.
PUBLISHED_SIZE, PUBLISHED_FRAME = 299, 320


def frame_size(size: int) -> int:
    """Side of the frames for a network that sees `size` × `size` pixels, as 320 to 299: 103 for 96, 51 for 48."""
    return round(size * PUBLISHED_FRAME / PUBLISHED_SIZE)


def to_size(images: Tensor, size: int) -> Tensor:
    """Images as they are where they have the size already, else the centre of their frames.

    A frame's shorter side has ``frame_size(size)`` pixels; images of other sides are resized bilinearly, averaged where
    they shrink.

    Shapes:
        images: (N, C, H, W) float
        returns: (N, C, size, size), a view where nothing is resized
    """
    height, width = images.shape[-2:]
    if height == width == size:
        return images
    frame, shorter = frame_size(size), min(height, width)
    if shorter != frame:
        height, width = (round(side * frame / shorter) for side in (height, width))
        images = F.interpolate(images, (height, width), mode="bilinear", align_corners=False, antialias=True)
    top, left = (height - size) // 2, (width - size) // 2
    return images[..., top : top + size, left : left + size]


def to_colour(images: Tensor) -> Tensor:
    """(N, 1 or 3, H, W) → (N, 3, H, W); grey is repeated without a copy. Raises InputError for other channels."""
    require(images.shape[-3] in (1, 3), f"an image of {images.shape[-3]} channels, expected 1 (grey) or 3 (colour)")
    return images.expand(-1, 3, -1, -1)


def to_grey(images: Tensor) -> Tensor:
    """(N, 1 or 3, H, W) → (N, 1, H, W) by ITU-R 601; grey is passed on."""
    if images.shape[-3] == 1:
        return images
    red, green, blue = (images[:, i : i + 1] for i in range(3))
    return LUMA[0] * red + LUMA[1] * green + LUMA[2] * blue
