"""The faces of one part of a split, and their compositions."""

from collections.abc import Iterator

import numpy as np
import torch
from torch import Tensor

from ..augmentation import augmentation_generator
from ..compositions import Composed, Compositions, Recipe

CHUNK = 128  # compositions scored at a time


def seed_of_tested(fixed_seed: int, fold: int) -> int:
    """Of the compositions that `fold` tests: the same for all networks, another in each fold, so that no two people lie
    at the same places over the same backgrounds."""
    return int(np.random.SeedSequence(fixed_seed, spawn_key=(6, fold)).generate_state(1)[0])


class Part:
    """Compositions of the faces at `index` alone: what is not in here cannot be seen by whoever has it.

    Args:
        squares, masks: uint8 (N, H, H) of all faces; backgrounds: uint8 (M, B, B) of this part.
        labels: int (N,) of all faces.
        index: positions of this part's, int (n,).
        recipe: of its compositions.

    Attributes:
        index: as given.
        labels: int64 (n,) on the device.
    """

    def __init__(
        self,
        squares: np.ndarray,
        masks: np.ndarray,
        backgrounds: np.ndarray,
        labels: np.ndarray,
        index: np.ndarray,
        recipe: Recipe,
        device: torch.device,
    ):
        self.index, self.device = np.asarray(index, dtype=np.int64), device
        self.compositions = Compositions(
            np.asarray(squares)[self.index], np.asarray(masks)[self.index], backgrounds, recipe, device=device
        )
        self.labels = torch.from_numpy(np.asarray(labels, dtype=np.int64)[self.index]).to(device)

    def fixed(self, per_face: int, seed: int) -> Iterator[tuple[Tensor, Composed]]:
        """`per_face` compositions of every face, the same at every call: (faces int64 (b,), counted within the part,
        on the device; their compositions). First one of every face, then the next."""
        faces = torch.arange(len(self.labels)).repeat(per_face)
        placement = self.compositions.draw(len(faces), augmentation_generator(seed))
        for start in range(0, len(faces), CHUNK):
            chosen = faces[start : start + CHUNK].to(self.device)
            yield chosen, self.compositions.compose(chosen, placement.of(start, CHUNK))
