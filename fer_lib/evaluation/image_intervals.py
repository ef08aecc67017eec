"""Intervals of a score over the tested images: what they would say of other images of the same kind."""

import numpy as np
import pandas as pd

from ..errors import require
from .metrics import fold_scores
from .proportions import wilson
from .statistics import Interval, bootstrap_interval, fold_interval, published_half_width


def accuracy_of(confusion: np.ndarray) -> np.ndarray:
    """Accuracy in [0, 1] of confusion matrices (…, K, K)."""
    return _hits(confusion).sum(-1) / confusion.sum((-2, -1))


def balanced_accuracy_of(confusion: np.ndarray) -> np.ndarray:
    """Mean recall in [0, 1] over the classes that occur, as scikit-learn defines it."""
    return np.nanmean(_share(_hits(confusion), confusion.sum(-1)), axis=-1)


def macro_f1_of(confusion: np.ndarray) -> np.ndarray:
    """Mean F1 in [0, 1] over the classes that occur or were answered, as scikit-learn defines it."""
    return np.nanmean(_share(2 * _hits(confusion), confusion.sum(-1) + confusion.sum(-2)), axis=-1)


METRICS = {"accuracy": accuracy_of, "balanced_accuracy": balanced_accuracy_of, "macro_f1": macro_f1_of}


def _hits(confusion: np.ndarray) -> np.ndarray:
    return np.diagonal(confusion, axis1=-2, axis2=-1)


def _share(part: np.ndarray, whole: np.ndarray) -> np.ndarray:
    return np.divide(part, whole, out=np.full(part.shape, np.nan), where=whole > 0)


def image_interval(
    predictions: pd.DataFrame,
    metric: str = "accuracy",
    groups: pd.Series | None = None,
    *,
    resamples: int = 2000,
    seed: int = 2020,
) -> Interval:
    """95 % bootstrap interval of a score in [0, 1] over the tested images of all folds.

    An image is drawn with the decisions of all its seeds, and with its group. The trainings are held fixed:
    how much they vary, the intervals over folds and :mod:`~fer_lib.evaluation.variance_components` tell.

    Args:
        predictions: rows ``sample_id, split, label, predicted`` of one variant, all seeds and folds.
        metric: one of ``accuracy, balanced_accuracy, macro_f1``, from the confusion matrix of all decisions.
        groups: by sample_id; equal for images that are drawn together (a person's, copies of one image).

    Raises:
        InputError: an image without a group, or fewer than two images or groups.
    """
    test = predictions[predictions["split"] == "test"]
    classes = 1 + int(max(test["label"].max(), test["predicted"].max()))
    cell = test["label"].to_numpy(int) * classes + test["predicted"].to_numpy(int)
    image, names = pd.factorize(test["sample_id"])
    unit = image if groups is None else group_codes(names, groups)[image]
    # one pass over all cells: a table images × K² of every decision would be mostly zeros
    sums = np.bincount(unit * classes**2 + cell, minlength=(unit.max() + 1) * classes**2).reshape(-1, classes**2)
    score = METRICS[metric]
    return bootstrap_interval(
        sums, lambda totals: score(totals.reshape(-1, classes, classes)), resamples=resamples, seed=seed
    )


def group_codes(samples, groups: pd.Series) -> np.ndarray:
    """The group of every sample as int (N,) from 0.

    Raises:
        InputError: a sample without a group.
    """
    named = groups.reindex(samples)
    missing = int(named.isna().sum())
    require(not missing, f"{missing} of {len(named)} tested images have no group, expected one for each")
    return pd.factorize(named)[0]


def interval_table(predictions: dict[str, pd.DataFrame], groups: pd.Series | None = None) -> pd.DataFrame:
    """The accuracy of every variant with each kind of 95 % interval, in %: what is taken as random decides the width.

    Args:
        predictions: prediction table of each variant.
        groups: by sample_id; adds the bootstrap over groups.

    Returns:
        A row per variant and interval, ``variant, interval, accuracy, low, high, half_width``. Intervals: ``folds``
        (where there are several: Student's t, seeds averaged), ``images, Wilson`` and ``published formula`` (every
        image an independent draw, answered once), ``images, bootstrap``, ``groups, bootstrap`` (each with the answers
        of all its seeds, so narrower than Wilson's where there are several).
    """
    rows = []
    for name, table in predictions.items():
        trainings = fold_scores(table)
        accuracy = (trainings["accuracy"] * trainings["samples"]).sum() / trainings["samples"].sum()
        seeds = trainings.index.get_level_values("seed").nunique()
        images = int(trainings["samples"].sum()) // seeds
        published = published_half_width(100 * accuracy, images) / 100
        folds = trainings["accuracy"].groupby(level="fold").mean()
        found = {
            **({"folds": fold_interval(folds)} if len(folds) > 1 else {}),
            "images, Wilson": Interval(accuracy, *(float(end) for end in wilson(accuracy, images))),
            "published formula": Interval(accuracy, accuracy - published, accuracy + published),
            "images, bootstrap": image_interval(table),
        }
        if groups is not None:
            found["groups, bootstrap"] = image_interval(table, groups=groups)
        for kind, shown in found.items():
            values = {"accuracy": shown.mean, "low": shown.low, "high": shown.high, "half_width": shown.half_width}
            rows.append({"variant": name, "interval": kind} | {key: 100 * value for key, value in values.items()})
    return pd.DataFrame(rows)
