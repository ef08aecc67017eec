"""One model that is to be trained: what both engines need to know of it."""

from abc import ABC, abstractmethod
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
from torch import nn

from .batches import Batches
from .config import TrainConfig
from .experiment import Experiment
from .loop import Fit
from .stacked.member import OWN


@dataclass(frozen=True)
class Job(ABC):
    """A model of `experiment` to be trained with `config`."""

    experiment: Experiment
    config: TrainConfig

    @property
    def shape(self) -> tuple:
        """Equal for jobs whose models can be stacked."""
        e = self.experiment
        # an unguided run beside guided ones shows the localization network its images
        seen = e.images.shape[1:] if self.guidance is None else self.guidance.shape[1:]
        options = repr(sorted(e.model_options.items()))
        return e.model, options, len(e.classes), e.images.shape[1:], seen, replace(self.config, **OWN)

    @property
    def guidance(self) -> np.ndarray | None:
        """What its localization network is shown, uint8 (N, H, W)."""
        return self.experiment.guidance_of()

    @property
    @abstractmethod
    def seed(self) -> int:
        """Of initialisation, data order and dropout."""

    @property
    @abstractmethod
    def card_folder(self) -> Path:
        """That its card completes."""

    @property
    @abstractmethod
    def card_parameters(self) -> dict:
        """Everything that decides what becomes of it, as its card has it."""

    @property
    @abstractmethod
    def curves(self) -> Path:
        """Folder of the training curves."""

    @abstractmethod
    def parts(self) -> tuple[np.ndarray, np.ndarray | None, np.ndarray | None]:
        """Positions (train, select, watch), as :func:`fer_lib.training.loop.fit` takes them."""

    @abstractmethod
    def clear(self) -> None:
        """Remove what an earlier or interrupted attempt left, cards first of all."""

    @abstractmethod
    def train_alone(self, tell: Callable[[int], None], engine: str) -> None:
        """Train and store. `tell` learns of epochs that are over, `engine` goes into the card."""

    @abstractmethod
    def store(self, model: nn.Module, data: Batches, result: Fit, *, seconds: float, engine: str) -> None:
        """Leave on disk what `model`, which holds the kept weights, has become."""
