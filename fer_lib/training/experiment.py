"""What one run learns from: arrays, labels, folds."""

import hashlib
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
from torch import nn

from ..datasets.folds import inner_validation
from ..errors import require
from ..models import create_model
from .config import TrainConfig
from .source import Source


@dataclass(frozen=True)
class Experiment:
    """One run to cross-validate; row *i* of every array belongs to sample *i*.

    Attributes:
        folder: where the run is stored.
        model: registered name.
        images: uint8 (N, H, W), what is classified.
        guidance: uint8 (N, H, W) for the localization network, or None.
        labels: int (N,) in 0 … K−1.
        classes: K names.
        folds: int (N,), the fold in which a sample is tested.
        groups: int (N,), samples of one group are never on both sides of an inner split.
        sample_ids: str (N,), unique.
        identity: what these arrays are, for the card (data set, guidance, fold scheme …).
        model_options: what the model is built with beside the number of classes; name only what
            differs from its defaults, so that runs made before an option existed stay valid.
        initial: the trained network that every fold starts from; None starts at random.
        content: hash of all arrays, computed here: other pixels, labels or folds are another run,
            whatever they are called.
    """

    folder: Path
    model: str
    images: np.ndarray
    guidance: np.ndarray | None
    labels: np.ndarray
    classes: tuple[str, ...]
    folds: np.ndarray
    groups: np.ndarray
    sample_ids: np.ndarray
    identity: dict = field(default_factory=dict)
    model_options: dict = field(default_factory=dict)
    initial: Source | None = None
    content: str = field(init=False)

    def __post_init__(self):
        n = len(self.images)
        for name in ("guidance", "labels", "folds", "groups", "sample_ids"):
            array = getattr(self, name)
            if array is not None:
                require(len(array) == n, f"{self.folder.name}: {name} has {len(array)} rows for {n} images")
        known = np.isin(self.labels, range(len(self.classes)))
        require(known.all(), f"{self.folder.name}: {(~known).sum()} labels are outside 0 … {len(self.classes) - 1}")
        require(len(np.unique(self.sample_ids)) == n, f"{self.folder.name}: sample_ids are not unique")
        if self.initial is not None:
            self.initial.require_fits(self.folder.name, self.model, self.model_options, self.classes)
        object.__setattr__(self, "content", self._hash())

    def _hash(self) -> str:
        digest = hashlib.sha256()
        for array in (self.images, self.guidance, self.labels, self.folds, self.groups):
            if array is not None:
                digest.update(f"{array.dtype}{array.shape}".encode())
                digest.update(np.ascontiguousarray(array))
        digest.update("\n".join(map(str, self.sample_ids)).encode())
        return digest.hexdigest()[:16]

    @property
    def fold_ids(self) -> list[int]:
        return [int(fold) for fold in np.unique(self.folds)]

    def parameters(self, config: TrainConfig) -> dict:
        """Everything that decides the run's content; equal parameters, nothing to do."""
        return {
            "model": self.model,
            "classes": list(self.classes),
            **self.identity,
            "content": self.content,
            "training": config.identity(),
            **({"model_options": self.model_options} if self.model_options else {}),
            **({"initial": self.initial.record()} if self.initial else {}),
        }

    def build_model(self) -> nn.Module:
        """The network, freshly initialised from torch's global generator, or as `initial` left it."""
        model = create_model(self.model, num_classes=len(self.classes), **self.model_options)
        if self.initial is not None:
            self.initial.load_into(model)
        return model

    def split(self, fold: int, config: TrainConfig) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """Positions (train, select, test) of `fold` under the configured protocol."""
        test = np.flatnonzero(self.folds == fold)
        rest = np.flatnonzero(self.folds != fold)
        if config.protocol == "reference":
            return rest, test, test
        chosen = inner_validation(
            self.labels, self.groups, rest, share=config.validation_share, seed=config.seed + fold
        )
        return rest[~chosen[rest]], np.flatnonzero(chosen), test
