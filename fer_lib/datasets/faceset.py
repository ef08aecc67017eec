"""A set of faces in memory (or memory-mapped): images, one table row per image, class names."""

from dataclasses import dataclass, field, replace
from pathlib import Path

import numpy as np
import pandas as pd

from ..errors import require

REQUIRED_COLUMNS = ("sample_id", "label", "subject", "split", "source")


@dataclass(frozen=True)
class FaceSet:
    """Images and what is known about them; row *i* of everything belongs to image *i*.

    Attributes:
        name: folder name of the prepared set, e.g. ``"fer2013"`` or ``"synthetic-3f2a9c1e"``.
        images: uint8 (N, H, W) grey or (N, H, W, 3) RGB.
        samples: N rows; columns at least ``sample_id`` (unique), ``label`` (int, index into
            `classes`), ``subject``, ``split``, ``source``.
        classes: class names, position = label.
        card: provenance of the prepared set ({} before it is stored).
        extras: further arrays with N rows, such as ``landmarks`` float32 (N, 68, 2) in pixels
            (x right, y down, centre of the top-left pixel at 0) or ``face_mask`` uint8 (N, H, W).
        rows: position of each image in the stored set, int64 (N,): subsets keep it, so that
            guidance maps computed once for the whole set can be looked up.
    """

    name: str
    images: np.ndarray
    samples: pd.DataFrame
    classes: tuple[str, ...]
    card: dict = field(default_factory=dict)
    extras: dict[str, np.ndarray] = field(default_factory=dict)
    rows: np.ndarray | None = None
    folder: Path | None = None

    def __post_init__(self):
        n = len(self.images)
        require(
            self.images.dtype == np.uint8 and self.images.ndim in (3, 4),
            f"{self.name}: images are {self.images.dtype} {self.images.shape}, expected uint8 (N, H, W[, 3])",
        )
        missing = [column for column in REQUIRED_COLUMNS if column not in self.samples]
        require(not missing, f"{self.name}: samples lack the column {', '.join(missing)}")
        require(len(self.samples) == n, f"{self.name}: {len(self.samples)} sample rows for {n} images")
        require(not self.samples["sample_id"].duplicated().any(), f"{self.name}: sample_id is not unique")
        labels = self.samples["label"].to_numpy()
        require(
            n == 0 or (labels.min() >= 0 and labels.max() < len(self.classes)),
            f"{self.name}: labels must lie in 0…{len(self.classes) - 1}",
        )
        for key, array in self.extras.items():
            require(len(array) == n, f"{self.name}: extra {key!r} has {len(array)} rows for {n} images")
        if self.rows is None:
            object.__setattr__(self, "rows", np.arange(n))

    def __len__(self) -> int:
        return len(self.images)

    @property
    def labels(self) -> np.ndarray:
        """int64 (N,)"""
        return self.samples["label"].to_numpy(dtype=np.int64)

    def subset(self, keep: np.ndarray) -> "FaceSet":
        """The images chosen by a boolean mask or by positions, in that order."""
        keep = np.asarray(keep)
        keep = np.flatnonzero(keep) if keep.dtype == bool else keep
        return replace(
            self,
            images=self.images[keep],
            samples=self.samples.iloc[keep].reset_index(drop=True),
            extras={key: array[keep] for key, array in self.extras.items()},
            rows=self.rows[keep],
        )

    def relabel(self, labels: np.ndarray, classes: tuple[str, ...]) -> "FaceSet":
        """The same images under other classes; a label of −1 drops the image."""
        labels = np.asarray(labels)
        chosen = replace(self, samples=self.samples.assign(label=np.maximum(labels, 0)), classes=classes)
        return chosen.subset(labels >= 0)
