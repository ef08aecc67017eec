"""Where faces lie in compositions, and on which background: drawn on the CPU, so that all devices see the same."""

from typing import NamedTuple

import torch
from torch import Tensor

from ..augmentation import transforms
from .recipe import Recipe

CORNERS = ((-1.0, -1.0), (1.0, -1.0), (-1.0, 1.0))  # that a warp moves, in normalised coordinates


class Placement(NamedTuple):
    """Of N compositions.

    Attributes:
        theta: float32 (N, 2, 3), from the composition to the face's square, in normalised coordinates, as
            ``F.affine_grid`` takes it: all that happened to the face, size and mirroring included.
        background: int64 (N,).
        window: float32 (N, 2) in [0, 1): row and column of the background's window, in shares of where it may begin.
    """

    theta: Tensor
    background: Tensor
    window: Tensor

    def of(self, first: int, count: int) -> "Placement":
        """Of `count` compositions from the one at `first`."""
        return Placement(*(part[first : first + count] for part in self))

    def to(self, device: torch.device) -> "Placement":
        return Placement(*(part.to(device) for part in self))


def draw_placement(recipe: Recipe, count: int, backgrounds: int, generator: torch.Generator | None) -> Placement:
    """Independent and uniform within the bounds of `recipe`; any of so many `backgrounds`."""
    drawn = torch.rand(count, 14, generator=generator)
    signed = 2 * drawn - 1
    mirror = torch.where(drawn[:, 0] < 0.5, -1.0, 1.0) if recipe.flip else torch.ones(count)
    side = recipe.face_side * (1 + recipe.zoom * signed[:, 1])
    placed = transforms(mirror, recipe.rotation * signed[:, 2], side, recipe.translation * signed[:, 3:5], (1, 1))
    theta = joined(placed, unwarped(2 * recipe.warp * signed[:, 5:11].view(-1, 3, 2)))
    background = (drawn[:, 11] * backgrounds).long().clamp_(max=backgrounds - 1)
    return Placement(theta, background, drawn[:, 12:])


def unwarped(moves: Tensor) -> Tensor:
    """θ (N, 2, 3) of images whose :data:`CORNERS` were moved by `moves` (N, 3, 2), in normalised coordinates."""
    origin = torch.tensor(CORNERS, dtype=moves.dtype)
    moved = origin + moves
    across, down = (moved[:, 1] - moved[:, 0]) / 2, (moved[:, 2] - moved[:, 0]) / 2
    forward = torch.stack([across, down, moved[:, 0] + across + down], 2)  # the last: where the centre goes
    return inverse(forward)


def joined(first: Tensor, second: Tensor) -> Tensor:
    """θ (N, 2, 3) that does what `second` does, then what `first` does to the result: first · second."""
    linear = first[:, :, :2] @ second
    return torch.cat([linear[:, :, :2], linear[:, :, 2:] + first[:, :, 2:]], 2)


def inverse(theta: Tensor) -> Tensor:
    """θ (N, 2, 3) the other way round, which brings a face upright again when it warps the composition."""
    back = torch.linalg.inv(theta[:, :, :2])
    return torch.cat([back, -(back @ theta[:, :, 2:])], 2)
