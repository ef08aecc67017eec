"""Random changes of the training images: drawn once an epoch, made batch by batch on the device."""

import numpy as np
import torch
from torch import Tensor

from ..models.guided_stn import resample

ROTATION = 10.0  # degrees, to either side
WIDE_ROTATION = 30.0  # of "rotate"
SHIFT = 0.1  # of width and height, to either side
ZOOM = 0.1  # of the size, larger or smaller


def augmentation_generator(seed: int | None) -> torch.Generator | None:
    """On the CPU, so that every device sees the same changes; another stream than that of the data order, which
    `seed` starts too. None, which is torch's global generator, without a seed."""
    if seed is None:
        return None
    (own,) = np.random.SeedSequence(seed, spawn_key=(1,)).generate_state(1)
    return torch.Generator().manual_seed(int(own))


def draw_transforms(
    augmentation: str, count: int, size: tuple[int, int], generator: torch.Generator | None
) -> Tensor | None:
    """θ (`count`, 2, 3), float32, independent and uniform: from pixels of the changed image to those of the original,
    in normalised coordinates, as ``F.affine_grid`` takes them. None, and nothing is drawn, for ``"none"``.

    ``"flip"`` mirrors left and right with probability ½. ``"affine"`` does too, then rotates by up to :data:`ROTATION`,
    zooms by up to :data:`ZOOM` about the centre and shifts by up to :data:`SHIFT`. ``"rotate"`` mirrors and rotates by
    up to :data:`WIDE_ROTATION`.

    Args:
        size: height and width of the images.
    """
    if augmentation == "none":
        return None
    drawn = torch.rand(count, 5, generator=generator)
    mirror = torch.where(drawn[:, 0] < 0.5, -1.0, 1.0)
    signed = 2 * drawn - 1
    if augmentation == "affine":
        return transforms(mirror, ROTATION * signed[:, 1], 1 + ZOOM * signed[:, 2], SHIFT * signed[:, 3:], size)
    degrees = WIDE_ROTATION * signed[:, 1] * (augmentation == "rotate")
    return transforms(mirror, degrees, torch.ones(count), torch.zeros(count, 2), size)


def transforms(mirror: Tensor, degrees: Tensor, zoom: Tensor, shift: Tensor, size: tuple[int, int]) -> Tensor:
    """θ (N, 2, 3) of images that are mirrored, then rotated and enlarged about their centre, then shifted.

    Args:
        mirror: (N,), −1 mirrors left and right, 1 does not.
        degrees: (N,), positive turns what is seen clockwise.
        zoom: (N,), above 1 enlarges.
        shift: (N, 2), to the right and down, in widths and heights.
        size: height and width, as a rotation is one of pixels and not of normalised coordinates.
    """
    height, width = size
    angle = torch.deg2rad(degrees)
    cos, sin = angle.cos() / zoom, angle.sin() / zoom
    # the way back: shift, rotation and zoom undone, then the mirror
    back = torch.stack([cos, sin * (height / width), -sin * (width / height), cos], 1).view(-1, 2, 2)
    offset = -(back @ (2 * shift)[:, :, None])  # an image is 2 wide in normalised coordinates
    theta = torch.cat([back, offset], 2)
    return torch.cat([mirror[:, None, None] * theta[:, :1], theta[:, 1:]], 1)


def augmented(augmentation: str, images: Tensor, theta: Tensor | None, side: int | None = None) -> Tensor:
    """`images` (N, C, H, W) changed by `theta` (N, 2, 3): pixels exchanged by ``"flip"``, resampled bilinearly in one
    step otherwise, the outside being continued by the outermost pixels with ``"affine"`` and black with ``"rotate"``.

    Args:
        theta: of :func:`draw_transforms`; None with ``"none"``.
        side: of the result in pixels, made in the same step; None keeps the size. Made smaller, an image is not
            smoothed before: that would cost another pass, and sizes differ by less than a factor of two.
    """
    size = images.shape[-2:] if side is None else (side, side)
    if size == images.shape[-2:]:
        if theta is None:
            return images
        if augmentation == "flip":
            return torch.where((theta[:, 0, 0] < 0)[:, None, None, None], images.flip(-1), images)
    elif theta is None:
        theta = torch.eye(2, 3, device=images.device, dtype=images.dtype).expand(len(images), 2, 3)
    if augmentation == "rotate":
        return resample(images + 1, theta, size=size) - 1  # what lies outside is zero, which is to be black
    return resample(images, theta, size=size, padding_mode="border")
