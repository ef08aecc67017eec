"""One run on compositions: which faces, masks and backgrounds, and what is tested."""

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np
import torch

from ...errors import require
from ..config import TrainConfig
from ..experiment import Experiment
from ..parallel import world_size
from ..trained import untrained_network
from .config import ComposedConfig


@dataclass(frozen=True)
class Backgrounds:
    """uint8 (M, B, B) for each part, so that no tested face lies over what training has seen."""

    train: np.ndarray
    select: np.ndarray
    test: np.ndarray


@dataclass(frozen=True)
class ComposedTask:
    """One run to cross-validate.

    Attributes:
        experiment: its images are uint8 (N, S, S), the faces as they are, on which the network is tested but never
            trained; it has no guidance.
        config: of the training.
        composed: what it has beside.
        squares, masks: uint8 (N, H, H), the faces and where they are (above 127), of which compositions are made.
        backgrounds: what they are laid over.
    """

    experiment: Experiment
    config: TrainConfig
    composed: ComposedConfig
    squares: np.ndarray
    masks: np.ndarray
    backgrounds: Backgrounds

    def __post_init__(self):
        e = self.experiment
        name, n = e.folder.name, len(e.images)
        require(e.guidance is None, f"{name}: guidance beside compositions, expected None")
        require(world_size() == 1, f"{name}: compositions in {world_size()} processes, expected one")
        self.composed.require_possible(self.config)
        for what in ("squares", "masks"):
            rows = len(getattr(self, what))
            require(rows == n, f"{name}: {what} has {rows} rows for {n} images")

    @cached_property
    def attends(self) -> bool:
        """Whether the network draws an attention map and a reconstruction, as FERAtt does."""
        with torch.device("meta"):  # neither memory nor random numbers
            return hasattr(untrained_network(self.experiment.parameters(self.config)), "parts")

    @cached_property
    def recorded(self) -> Experiment:
        """The experiment under the identity that its card has, compositions included."""
        b = self.backgrounds
        material = {
            "faces": _hash([self.squares, self.masks]), "backgrounds": _hash([b.train, b.select, b.test]),
        }  # fmt: skip
        identity = {**self.experiment.identity, "compositions": {**self.composed.identity(), **material}}
        return replace(self.experiment, identity=identity)

    def parameters(self) -> dict:
        """Everything that decides the run's content."""
        return self.recorded.parameters(self.config)

    def require_possible(self) -> None:
        """Raise InputError for a network that cannot be built, batches without all classes, and folds that leave a
        class without a training face."""
        e, name = self.experiment, self.experiment.folder.name
        with torch.device("meta"):
            untrained_network(e.parameters(self.config))
        classes, size = len(e.classes), self.config.batch_size
        require(
            size >= classes,
            f"{name}: batch_size = {size}, expected at least {classes}: one composition of each class",
        )
        for fold in e.fold_ids:
            train, *_ = e.split(fold, self.config)
            missing = np.flatnonzero(np.bincount(e.labels[train], minlength=classes) == 0)
            require(
                not len(missing),
                f"{name}: fold {fold} trains on no face of class {', '.join(e.classes[k] for k in missing)}, expected "
                "one of each at least",
            )


def _hash(arrays: Iterable[np.ndarray]) -> str:
    digest = hashlib.sha256()
    for array in arrays:
        digest.update(f"{array.dtype}{array.shape}".encode())
        digest.update(np.ascontiguousarray(array))
    return digest.hexdigest()[:16]
