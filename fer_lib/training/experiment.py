"""What one run learns from: arrays, labels, folds."""

import hashlib
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
from torch import nn

from ..datasets.folds import NEVER_TESTED, inner_validation
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
        guidance: uint8 (N, H, W) for the localization network; by fold such an array for each, where maps come from
            networks that learned from a fold's training part (``saliency_gradcam``); or None.
        labels: int (N,) in 0 … K−1.
        classes: K names.
        folds: int (N,), the fold in which a sample is tested; −1 for samples that never are.
        groups: int (N,), samples of one group are never on both sides of an inner split.
        sample_ids: str (N,), unique.
        identity: what these arrays are, for the card (data set, guidance, fold scheme …).
        model_options: what the model is built with beside the number of classes; name only what
            differs from its defaults, so that runs made before an option existed stay valid.
        selecting: bool (N,), the part that is never trained on and selects the model of every fold, such as an
            official validation part; None draws a part of each fold's training samples.
        initial: the trained network that every fold starts from; None starts at random.
        content: hash of all arrays, computed here: other pixels, labels or folds are another run,
            whatever they are called.
    """

    folder: Path
    model: str
    images: np.ndarray
    guidance: np.ndarray | dict[int, np.ndarray] | None
    labels: np.ndarray
    classes: tuple[str, ...]
    folds: np.ndarray
    groups: np.ndarray
    sample_ids: np.ndarray
    identity: dict = field(default_factory=dict)
    model_options: dict = field(default_factory=dict)
    selecting: np.ndarray | None = None
    initial: Source | None = None
    content: str = field(init=False)

    def __post_init__(self):
        n = len(self.images)
        columns = [(name, getattr(self, name)) for name in ("labels", "folds", "groups", "sample_ids", "selecting")]
        for name, array in [("guidance", maps) for maps in self._maps()] + columns:
            if array is not None:
                require(len(array) == n, f"{self.folder.name}: {name} has {len(array)} rows for {n} images")
        known = np.isin(self.labels, range(len(self.classes)))
        require(known.all(), f"{self.folder.name}: {(~known).sum()} labels are outside 0 … {len(self.classes) - 1}")
        require(len(np.unique(self.sample_ids)) == n, f"{self.folder.name}: sample_ids are not unique")
        require(self.tested.any(), f"{self.folder.name}: no sample is in a fold, so none would be tested")
        if isinstance(self.guidance, dict):
            require(
                sorted(self.guidance) == self.fold_ids,
                f"{self.folder.name}: guidance of the folds {sorted(self.guidance)}, expected {self.fold_ids}",
            )
        if self.selecting is not None:
            both = int((self.selecting & self.tested).sum())
            require(self.selecting.any(), f"{self.folder.name}: no sample is in the part that selects")
            require(not both, f"{self.folder.name}: {both} samples would select the model and be tested")
        if self.initial is not None:
            self.initial.require_fits(self.folder.name, self.model, self.model_options, self.classes)
        object.__setattr__(self, "content", self._hash())

    def _hash(self) -> str:
        digest = hashlib.sha256()
        for array in (self.images, *self._maps(), self.labels, self.folds, self.groups, self.selecting):
            if array is not None:
                digest.update(f"{array.dtype}{array.shape}".encode())
                digest.update(np.ascontiguousarray(array))
        digest.update("\n".join(map(str, self.sample_ids)).encode())
        return digest.hexdigest()[:16]

    def _maps(self) -> list[np.ndarray | None]:
        """One entry, or one per fold in ascending order."""
        if not isinstance(self.guidance, dict):
            return [self.guidance]
        return [self.guidance[fold] for fold in sorted(self.guidance)]

    def guidance_of(self, fold: int | None = None) -> np.ndarray | None:
        """What the network of `fold` is shown of every sample, uint8 (N, H, W), or None where it is unguided; the same
        array at every call.

        Args:
            fold: None for a network that belongs to no fold.

        Raises:
            InputError: guidance differs by fold, and none is named.
        """
        if not isinstance(self.guidance, dict):
            return self.guidance
        require(
            fold is not None,
            f"{self.folder.name}: its guidance differs by fold and was made for what each fold tests, so there is none "
            "for a network that belongs to no fold",
        )
        return self.guidance[fold]

    @property
    def tested(self) -> np.ndarray:
        """bool (N,): the samples that some fold tests."""
        return np.asarray(self.folds) != NEVER_TESTED

    @property
    def fold_ids(self) -> list[int]:
        return [int(fold) for fold in np.unique(self.folds[self.tested])]

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
        if self.selecting is not None:
            rest = rest[~self.selecting[rest]]
        if config.protocol == "reference":
            return rest, test, test
        if self.selecting is not None:
            return rest, np.flatnonzero(self.selecting), test
        chosen = inner_validation(
            self.labels, self.groups, rest, share=config.validation_share, seed=config.seed + fold
        )
        return rest[~chosen[rest]], np.flatnonzero(chosen), test
