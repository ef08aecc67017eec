"""Accuracy of every fold and scores of every class, in the two ways in which papers average them."""

from collections.abc import Collection

import numpy as np
import pandas as pd

from ..errors import require
from . import metrics

SCORES = ["precision", "recall", "f1"]
AVERAGES = ("pooled", "per_fold_average")


def fold_accuracy(predictions: pd.DataFrame) -> pd.DataFrame:
    """How many test rows of each fold are right.

    Args:
        predictions: prediction table of one variant; several seeds are pooled.

    Returns:
        ``fold``, ``samples`` and ``correct`` (an image counts once per seed), ``accuracy`` (%), by fold.
    """
    test = predictions[predictions["split"] == "test"]
    right = (test["label"] == test["predicted"]).groupby(test["fold"])
    table = right.agg(samples="size", correct="sum").astype({"correct": int}).reset_index()
    return table.assign(accuracy=100 * table["correct"] / table["samples"])


def fold_means(table: pd.DataFrame, without: Collection[int] = ()) -> dict[str, float]:
    """The two averages over folds.

    Args:
        table: ``fold`` and ``accuracy`` (%), a row per fold, of one variant (:func:`fold_accuracy`, or a variant of
            :func:`~fer_lib.evaluation.published.published_folds`); for ``pooled`` also ``samples`` and ``correct``.
        without: folds to leave out, such as those whose published lists leak.

    Returns:
        ``mean``: the unweighted mean in %, as FMPN's tables give it; ``pooled``: the share of all images in %, NaN
        where the table does not say how many there are; ``folds``: how many were averaged.

    Raises:
        InputError: a fold stands in the table twice, one to leave out is not in it, or none is left.
    """
    folds = table["fold"]
    require(folds.is_unique, "a fold has two rows: means over folds are of one variant")
    unknown = sorted(set(without) - set(folds))
    known = ", ".join(map(str, sorted(folds)))
    require(not unknown, f"folds {', '.join(map(str, unknown))} cannot be left out, the table has {known or 'none'}")
    left = table[~folds.isin(without)]
    require(len(left) > 0, "no fold is left to be averaged")
    counted = {"samples", "correct"} <= set(table)
    pooled = 100 * left["correct"].sum() / left["samples"].sum() if counted else np.nan
    return {"mean": float(left["accuracy"].mean()), "pooled": float(pooled), "folds": len(left)}


def class_scores(predictions: pd.DataFrame, classes, average: str = "pooled") -> pd.DataFrame:
    """Precision, recall and F1 of each class over the test rows.

    Args:
        predictions: prediction table of one variant.
        classes: K names, by label.
        average: "pooled" computes once over all folds and seeds. "per_fold_average" computes for every fold (and seed)
            and averages without weights, as the tables of FMPN's public fork seem to: precision over the folds in which
            the class is tested or answered (0 where all answers are wrong or there is none), recall and F1 over the
            folds that test it. So a fold without the class can lower its precision alone, and F1 is not the harmonic
            mean of the other two.

    Returns:
        ``class``, ``samples`` (test rows of the class: an image counts once per seed), ``precision``, ``recall``,
        ``f1`` (%); NaN where no fold counts.

    Raises:
        InputError: an unknown average, or no test rows.
    """
    require(average in AVERAGES, f"average {average!r} is unknown (known: {', '.join(AVERAGES)})")
    test = predictions[predictions["split"] == "test"]
    require(len(test) > 0, "class scores need predictions with test rows")
    keys = [key for key in ("seed", "fold") if key in test]
    parts = [part for _, part in test.groupby(keys)] if average == "per_fold_average" else [test]
    tables = [metrics.class_scores(part, classes) for part in parts]
    values = np.stack([table[SCORES] for table in tables])  # (parts, K, 3)
    samples = np.stack([table["support"] for table in tables])
    answered = np.stack([np.bincount(part["predicted"], minlength=len(classes)) for part in parts])
    tested = samples > 0
    counts = np.stack([tested | (answered > 0), tested, tested], axis=-1)
    mean = np.divide(
        (values * counts).sum(0), counts.sum(0), where=counts.any(0), out=np.full(values.shape[1:], np.nan)
    )
    found = pd.DataFrame({"class": list(classes), "samples": samples.sum(0)})
    return pd.concat([found, pd.DataFrame(100 * mean, columns=SCORES)], axis=1)
