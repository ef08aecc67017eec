"""Dropout that stays active while a network is scored, as in the first public reference code.

There dropout was a function without a training flag (specification, quirks Q2a and Q3): epochs were
chosen, and predictions made, by networks with half of their activations missing.
"""

from collections.abc import Iterator
from contextlib import contextmanager

import numpy as np
import torch
from torch import nn
from torch.nn.modules.dropout import _DropoutNd

from .randomness import seeded


def scoring_seed(seed: int, epoch: int) -> int:
    """Seed of the masks that score `epoch` of the training with `seed`.

    Every epoch has masks of its own, as in the reference, and the predictions of the best epoch can
    be made again with exactly those that chose it.
    """
    return int(np.random.SeedSequence((seed, epoch)).generate_state(1)[0])


@contextmanager
def active_dropout(model: nn.Module, seed: int, device: torch.device) -> Iterator[None]:
    """Inside, the dropout layers of `model` drop, with masks that `seed` fixes; afterwards they do not."""
    layers = [module for module in model.modules() if isinstance(module, _DropoutNd)]
    with seeded(seed, device):
        try:
            for layer in layers:
                layer.train()
            yield
        finally:
            for layer in layers:
                layer.eval()
