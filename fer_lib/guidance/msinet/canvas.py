"""From pictures of any size to the canvas that MSI-Net sees, and from its maps back to their size."""

import torch.nn.functional as F
from torch import Tensor

from ...errors import require
from .resizing import resize, scaled

#: Height and width in training on SALICON, and so in the published inference.
CANVAS = (240, 320)
#: Around a picture of another aspect ratio (reference).
GREY = 126


def canvas_size(infer_size: int | tuple[int, int] | None) -> tuple[int, int]:
    """Height and width for the option `infer_size`: a side, (height, width), or None for 240 × 320.

    Raises:
        InputError: sides that are not multiples of 8.
    """
    if infer_size is None:
        return CANVAS
    sides = (infer_size, infer_size) if isinstance(infer_size, int) else infer_size
    require(
        isinstance(sides, (tuple, list))
        and len(sides) == 2
        and all(type(side) is int and side > 0 and side % 8 == 0 for side in sides),
        f"infer_size is {infer_size!r}, expected a multiple of 8, (height, width) of such, or None for 240 × 320",
    )
    return tuple(sides)


def fit(pictures: Tensor, canvas: tuple[int, int], filling: float = GREY) -> Tensor:
    """Pictures in the middle of canvases, as large as their aspect ratio lets them be.

    Where the rest is odd, the extra row or column is below or to the right.

    Args:
        pictures: float (N, C, h, w) in 0…255, all of one size.
        canvas: (H, W).
        filling: around them.

    Returns:
        float (N, C, H, W) in 0…255
    """
    size = pictures.shape[2:]
    resized = resize(pictures, scaled(size, min(canvas[0] / size[0], canvas[1] / size[1])))
    rows, columns = (whole - side for whole, side in zip(canvas, resized.shape[2:], strict=True))
    top, left = rows // 2, columns // 2
    return F.pad(resized, (left, columns - left, top, rows - top), value=filling)


def unfit(maps: Tensor, size: tuple[int, int]) -> Tensor:
    """What of canvases belongs to the pictures, at the pictures' size: the inverse of :func:`fit`.

    Args:
        maps: float (N, 1, H, W) in 0…255.
        size: (h, w) of the pictures.

    Returns:
        float (N, 1, h, w) in 0…255
    """
    resized = resize(maps, scaled(maps.shape[2:], max(size[0] / maps.shape[2], size[1] / maps.shape[3])))
    top, left = ((side - inner) // 2 for side, inner in zip(resized.shape[2:], size, strict=True))
    return resized[:, :, top : top + size[0], left : left + size[1]]
