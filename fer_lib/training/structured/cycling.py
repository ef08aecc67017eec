"""Every batch with all classes: their centres in it need samples of each (specification, §3.4)."""

import numpy as np
import torch
from torch import Tensor

from ...errors import require


class ClassCycling:
    """Item i of an epoch is a random image of class i mod K: of B items in a row, each class has ⌊B/K⌋ or ⌈B/K⌉.

    Images are drawn from `train` alone and with replacement, so that an epoch may be of any length. (The 2018 code
    looks images up by their place among all actors and takes those of the training part by it.)

    Args:
        labels: int (N,) in 0 … K−1, of all images.
        train: positions to draw from, int (n,).
        seed: of all epochs; each has its own stream, whichever were asked for before.
        device: of the positions drawn; they do not depend on it.

    Raises:
        InputError: a class has no training sample.
    """

    def __init__(self, labels: np.ndarray, train: np.ndarray, num_classes: int, seed: int, device: torch.device):
        train = np.asarray(train, dtype=np.int64)
        own = np.asarray(labels)[train]
        self._counts = np.bincount(own, minlength=num_classes)
        scarcest = int(self._counts.argmin())
        require(self._counts[scarcest] > 0, f"class {scarcest} has no training sample; class cycling needs one of each")
        self._by_class = train[np.argsort(own, kind="stable")]
        self._first = np.cumsum(self._counts) - self._counts
        self._seed, self._device = seed, device

    def epoch(self, number: int, length: int) -> Tensor:
        """Positions of the `length` images of epoch `number` (from 1), int64 on the device."""
        random = np.random.default_rng(np.random.SeedSequence(self._seed, spawn_key=(4, number)))
        classes = np.arange(length) % len(self._counts)
        drawn = self._first[classes] + random.integers(self._counts[classes])
        return torch.from_numpy(self._by_class[drawn]).to(self._device)
