"""Every variant's and seed's answers to the same images, joined once on ``sample_id``."""

from dataclasses import dataclass

import numpy as np
import pandas as pd

from ..errors import require


@dataclass(frozen=True)
class Decisions:
    """What V variants under S seeds answered to the same N tested images.

    Attributes:
        variants: V names; seeds: S numbers; classes: K names.
        rows: int64 (N,), positions of the images in the sample table they were joined with.
        labels: int64 (N,) in 0 … K−1; folds: int64 (N,), the fold in which each image was tested.
        predicted: int64 (V, S, N) in 0 … K−1.
        confidence: float32 (V, S, N) in [0, 1], probability of the predicted class.
    """

    variants: tuple[str, ...]
    seeds: tuple[int, ...]
    classes: tuple[str, ...]
    rows: np.ndarray
    labels: np.ndarray
    folds: np.ndarray
    predicted: np.ndarray
    confidence: np.ndarray

    def __len__(self) -> int:
        return len(self.labels)

    @property
    def wrong(self) -> np.ndarray:
        """bool (V, S, N)"""
        return self.predicted != self.labels

    def confused(self, *pairs: tuple[str, str]) -> np.ndarray:
        """bool (V, S, N): where one of the confusions (true class, predicted class) happened."""
        codes = [(self.classes.index(true), self.classes.index(answer)) for true, answer in pairs]
        return np.any([(self.labels == true) & (self.predicted == answer) for true, answer in codes], axis=0)


def align(predictions: dict[str, pd.DataFrame], samples: pd.DataFrame, classes) -> Decisions:
    """Join the test rows of every variant and seed with the images, one to one on ``sample_id``.

    Args:
        predictions: by variant, rows ``seed, sample_id, fold, split, label, predicted, p_0 …``; validation
            rows are left out.
        samples: ``sample_id`` (unique) and ``label`` of the set; images nobody tested are left out.

    Raises:
        InputError: an image is unknown, tested twice or under another label; variants or seeds differ in
            their images, folds or seeds.
    """
    known = pd.Index(samples["sample_id"])
    parts = {
        (variant, int(seed)): _ordered(f"{variant}, seed {seed}", rows, known)
        for variant, table in predictions.items()
        for seed, rows in table[table["split"] == "test"].groupby("seed")
    }
    seeds = tuple(dict.fromkeys(seed for _, seed in parts))
    first_key, first = next(iter(parts.items()))
    labels = samples["label"].to_numpy(np.int64)[first["row"]]
    for key in ((variant, seed) for variant in predictions for seed in seeds):
        require(key in parts, f"{key[0]} was not trained with seed {key[1]}, as others were, so they cannot be joined")
        part, name = parts[key], f"{key[0]}, seed {key[1]}"
        require(
            np.array_equal(part["row"], first["row"]) and np.array_equal(part["fold"], first["fold"]),
            f"{name}: not tested on the same images in the same folds as {first_key[0]}, seed {first_key[1]}",
        )
        differing = int((part["label"] != labels).sum())
        require(not differing, f"{name}: {differing} labels differ from those of the data set; was it replaced since?")
    shape = (len(predictions), len(seeds), len(labels))
    together = {
        column: np.stack([parts[variant, seed][column] for variant in predictions for seed in seeds]).reshape(shape)
        for column in ("predicted", "confidence")
    }
    return Decisions(
        tuple(predictions), seeds, tuple(classes), rows=first["row"], labels=labels, folds=first["fold"], **together
    )


def _ordered(name: str, test: pd.DataFrame, known: pd.Index) -> dict[str, np.ndarray]:
    """One training's columns in the order of the data set."""
    row = known.get_indexer(test["sample_id"])
    unknown = int((row < 0).sum())
    require(not unknown, f"{name}: {unknown} tested images are not in the data set")
    order = np.argsort(row, kind="stable")
    row = row[order]
    twice = int((np.diff(row) == 0).sum())
    require(not twice, f"{name}: {twice} images were tested twice")
    columns = {c: test[c].to_numpy(np.int64)[order] for c in ("fold", "label", "predicted")}
    probabilities = test.filter(regex=r"^p_\d+$").to_numpy(np.float32)[order]
    confidence = np.take_along_axis(probabilities, columns["predicted"][:, None], axis=1)[:, 0]
    return {"row": row, **columns, "confidence": confidence}
