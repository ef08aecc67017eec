"""How far a training has come, and everything it needs to go on from there."""

from collections.abc import Mapping
from typing import Protocol

import numpy as np
import torch

from .randomness import all_generators, set_all_generators
from .resuming import Checkpoint


class Stateful(Protocol):
    """What torch's modules, optimizers and schedules have."""

    def state_dict(self) -> dict: ...
    def load_state_dict(self, state: dict) -> object: ...


class Course:
    """Begins at the first epoch, or where `checkpoint` says that an interrupted training was: then all parts and
    generators are put back to where they stood.

    Make it last of all, when parts and generators are as a training begins.

    Args:
        parts: what the training changes, by name.
        generators: those that it draws from beside the global ones.

    Attributes:
        history: rows of the epochs that are over.
        best: what belongs to the best of these epochs, tensors by name.
        under_way: state of an epoch that was interrupted, or None.
    """

    def __init__(
        self,
        checkpoint: Checkpoint,
        device: torch.device,
        parts: Mapping[str, Stateful | None],
        generators: Mapping[str, torch.Generator | np.random.Generator | None],
    ):
        self._checkpoint, self._device = checkpoint, device
        self._parts = {name: part for name, part in parts.items() if part is not None}
        self._generators = generators
        self.history: list[dict] = []
        self.best: dict = {}
        self.under_way: dict | None = None
        if (state := checkpoint.read()) is not None:
            self._go_on(state)

    @property
    def epochs(self) -> int:
        """That are over."""
        return len(self.history)

    def keep(self, under_way: Stateful | None = None, always: bool = False) -> None:
        """Write a checkpoint if it is time for one, or `always`.

        Args:
            under_way: an epoch that is not over yet.
        """
        if always or self._checkpoint.due():
            self._checkpoint.save(
                {
                    "parts": {name: part.state_dict() for name, part in self._parts.items()},
                    "generators": all_generators(self._generators, self._device),
                    "history": self.history,
                    "best": self.best,
                    "under_way": None if under_way is None else under_way.state_dict(),
                }
            )

    def _go_on(self, state: dict) -> None:
        for name, part in self._parts.items():
            part.load_state_dict(state["parts"][name])
            if isinstance(part, torch.optim.Optimizer):
                lie_like_parameters(part)
        set_all_generators(state["generators"], self._generators, self._device)
        self.history, self.best, self.under_way = state["history"], state["best"], state["under_way"]


def lie_like_parameters(optimizer: torch.optim.Optimizer) -> None:
    """Give what `optimizer` remembers of each parameter the order in memory that the parameter has: fused kernels
    take them by place, whatever their strides say."""
    for parameter, remembered in optimizer.state.items():
        for name, value in remembered.items():
            if isinstance(value, torch.Tensor) and value.shape == parameter.shape:
                remembered[name] = torch.empty_like(parameter).copy_(value).detach()
