"""Which images make a batch, and how each is cropped, from epoch to epoch."""

from collections.abc import Iterator

import numpy as np
import torch
from torch import Tensor

from ...errors import require
from ..augmentation import augmentation_generator
from .crops import Draw, draw_crops


class Order:
    """Shuffled batches of the training images, a fresh order and fresh crops in every epoch.

    Args:
        train: positions, int (n,).
        seed: of the order, and of another stream that the crops come from.
        batch_size: the last, smaller batch is used too, but for a single image (batch norm needs two).
        augmentation: of :func:`~fer_lib.training.motion.crops.draw_crops`.

    Raises:
        InputError: fewer than two images.
    """

    def __init__(self, train: np.ndarray, seed: int, batch_size: int, augmentation: str, device: torch.device):
        require(len(train) >= 2, f"{len(train)} training samples, expected at least 2 (batch norm needs two)")
        self._train = torch.as_tensor(np.asarray(train, dtype=np.int64), device=device)
        self._order, self._crops = torch.Generator().manual_seed(seed), augmentation_generator(seed)
        self._size, self._augmentation = batch_size, augmentation
        self.seen = len(train) - (len(train) % batch_size == 1)

    @property
    def generators(self) -> dict[str, torch.Generator]:
        return {"order": self._order, "crops": self._crops}

    def epoch(self) -> Iterator[tuple[Tensor, Draw]]:
        """Positions of each batch's images, int64 (B,) on the device, and their crops; `seen` images in all."""
        device, count = self._train.device, len(self._train)
        shuffled = self._train[torch.randperm(count, generator=self._order).to(device)]
        draw = draw_crops(self._augmentation, count, self._crops, device)
        for first in range(0, self.seen, self._size):
            last = min(first + self._size, self.seen)
            yield shuffled[first:last], draw.of(first, last - first)
