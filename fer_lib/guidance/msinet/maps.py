"""MSI-Net's maps of pictures of one size, a few at a time."""

import io
from contextlib import nullcontext

import numpy as np
import torch
from torch import Tensor

from ...models.msinet import MSINet
from ..scale import to_bytes
from .canvas import CANVAS, fit, unfit

#: Pixels of the canvases that the network looks at together: 16 of 120 × 120 or 3 of 240 × 320, on a CPU as fast as
#: more of them, in 0.2 GB.
PIXELS = 16 * 120 * 120
#: A map whose range on 0…1 is below it says nothing about its picture.
NO_RANGE = 1e-6


def saliency_maps(
    model: MSINet, pictures: np.ndarray, canvas: tuple[int, int] = CANVAS, jpeg: bool = False
) -> tuple[np.ndarray, np.ndarray]:
    """Where people are expected to look, by picture.

    A map is scaled to 0…255 on the whole canvas and cut out afterwards, so it need not reach either end. Pictures of
    one colour, and those whose map has no range, get 128 everywhere.

    Args:
        model: in evaluation or not, it has neither dropout nor batch norm; on any device.
        pictures: uint8 (N, h, w) grey or (N, h, w, 3) RGB.
        canvas: (H, W) at which the network works, multiples of 8. The published weights were trained at 240 × 320;
            another size is an approximation.
        jpeg: store and read each map as a JPEG file of quality 100 as the authors' program does, which moves
            values by a grey level.

    Returns:
        (maps uint8 (N, h, w), valid bool (N,)): not valid where a map is uniform for want of content.
    """
    size = pictures.shape[1:3]
    maps, valid = np.empty((len(pictures), *size), np.uint8), ~of_one_colour(pictures)
    device = next(model.parameters()).device
    step = max(1, PIXELS // (canvas[0] * canvas[1]))
    with torch.inference_mode(), exact_convolutions(device):
        for start in range(0, len(pictures), step):
            rows = slice(start, start + step)
            found = model(fit(planes(pictures[rows]).to(device), canvas))
            cut = unfit(found * 255, size)[:, 0].cpu() / 255
            flat = cut.amax((1, 2)) - cut.amin((1, 2)) < NO_RANGE
            valid[rows] &= ~flat.numpy()
            cut[torch.from_numpy(~valid[rows])] = 0.5
            maps[rows] = to_bytes(cut)
    return (through_jpeg(maps) if jpeg else maps), valid


def of_one_colour(pictures: np.ndarray) -> np.ndarray:
    """bool (N,) of uint8 (N, h, w) or (N, h, w, 3)"""
    return (pictures == pictures[:, :1, :1]).reshape(len(pictures), -1).all(axis=1)


def planes(pictures: np.ndarray) -> Tensor:
    """float32 (N, 3, h, w) in 0…255 of uint8 (N, h, w) or (N, h, w, 3); grey three times."""
    if pictures.ndim == 3:
        return torch.from_numpy(np.array(pictures, np.float32))[:, None].expand(-1, 3, -1, -1)
    return torch.from_numpy(np.array(pictures, np.float32)).permute(0, 3, 1, 2)


def through_jpeg(maps: np.ndarray) -> np.ndarray:
    """What is left of uint8 (N, h, w) after grey JPEG files of quality 100."""
    from PIL import Image

    read = np.empty_like(maps)
    for row, one in zip(read, maps, strict=True):
        with io.BytesIO() as file:
            Image.fromarray(one).save(file, "JPEG", quality=100)
            row[:] = Image.open(file)
    return read


def exact_convolutions(device: torch.device):
    """Float32 throughout and the same bits every time on a GPU, whose default keeps 10 bits of each factor."""
    if device.type != "cuda":
        return nullcontext()
    return torch.backends.cudnn.flags(enabled=True, benchmark=False, deterministic=True, allow_tf32=False)
