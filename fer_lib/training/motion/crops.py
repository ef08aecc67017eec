"""One of five crops, mirrored or not: the same draw for a face and its mask (specification, §8)."""

from typing import NamedTuple

import torch
from torch import Tensor

PLACES = 5  # four corners, then the centre


class Draw(NamedTuple):
    """Where each image is cut, int64 (N,) in 0 … 4, and whether it is mirrored then, bool (N,)."""

    place: Tensor
    mirror: Tensor

    def of(self, first: int, count: int) -> "Draw":
        """Of `count` images from the one at `first`."""
        return Draw(self.place[first : first + count], self.mirror[first : first + count])


def draw_crops(augmentation: str, count: int, generator: torch.Generator, device: torch.device) -> Draw:
    """Independent and uniform for ``"crops"``, drawn on the CPU so that every device sees the same; with ``"none"`` the
    centre, and nothing is drawn."""
    if augmentation == "none":
        return Draw(
            torch.full((count,), PLACES - 1, device=device), torch.zeros(count, dtype=torch.bool, device=device)
        )
    place = torch.randint(PLACES, (count,), generator=generator)
    mirror = torch.rand(count, generator=generator) < 0.5
    return Draw(place.to(device), mirror.to(device))


def crop(images: Tensor, draw: Draw, size: int) -> Tensor:
    """`images` (N, C, H, W) cut to (N, C, `size`, `size`) as drawn, in channels_last order; sides are at least `size`.

    The centre is where the networks cut when they are asked, ⌊(H − size) / 2⌋ from the top.
    """
    rows = _start(images.shape[-2], size, draw.place // 2, draw.place)
    columns = _start(images.shape[-1], size, draw.place % 2, draw.place)
    steps = torch.arange(size, device=images.device)
    across = torch.where(draw.mirror[:, None], steps.flip(0), steps)
    picked = torch.arange(len(images), device=images.device)[:, None, None]
    # an index on both sides of the slice puts the channels last, which is the order of memory that is wanted
    found = images[picked, :, (rows[:, None] + steps)[:, :, None], (columns[:, None] + across)[:, None, :]]
    return found.permute(0, 3, 1, 2)


def _start(side: int, size: int, far: Tensor, place: Tensor) -> Tensor:
    """First row or column: 0, or `side` − `size` at the `far` edge, or between the two in the centre."""
    rest = side - size
    return torch.where(place == PLACES - 1, rest // 2, far * rest)
