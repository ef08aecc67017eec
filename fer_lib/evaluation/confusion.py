"""Which class is taken for which: counts per training, rates with intervals over folds."""

import numpy as np
import pandas as pd

from .decisions import Decisions
from .statistics import fold_interval

METRICS = ("precision", "recall", "f1")


def confusion_counts(decisions: Decisions, truth: np.ndarray | None = None, kinds: int | None = None) -> np.ndarray:
    """Confusion matrices of all trainings, int64 (V, S, F, T, K): rows true, columns predicted.

    Args:
        truth: int (N,), another grouping of the images than their labels, such as the expression; −1 leaves
            an image out.
        kinds: number T of groups in `truth`; K for the labels.
    """
    truth = decisions.labels if truth is None else np.asarray(truth)
    kinds = len(decisions.classes) if kinds is None else kinds
    variants, seeds, _ = decisions.predicted.shape
    ids, fold = np.unique(decisions.folds, return_inverse=True)
    shape = (variants, seeds, len(ids), kinds, len(decisions.classes))
    known = truth >= 0
    cell = (fold * kinds + truth) * shape[-1] + decisions.predicted
    training = np.arange(variants * seeds).reshape(variants, seeds, 1) * np.prod(shape[2:])
    return np.bincount((training + cell)[..., known].ravel(), minlength=np.prod(shape)).reshape(shape)


def row_shares(counts: np.ndarray) -> np.ndarray:
    """Each row in % of its sum, float (…, T, K); NaN where a row is empty."""
    totals = counts.sum(-1, keepdims=True)
    return 100 * np.divide(counts, totals, out=np.full(counts.shape, np.nan), where=totals > 0)


def class_metrics(counts: np.ndarray) -> dict[str, np.ndarray]:
    """Precision, recall and F1 in % per class, float (…, K); 0 where nothing was answered or there was nothing
    to find, as in :func:`~fer_lib.evaluation.metrics.class_scores`."""
    hits = np.diagonal(counts, axis1=-2, axis2=-1).astype(float)
    true, answered = counts.sum(-1), counts.sum(-2)
    parts = {"precision": (hits, answered), "recall": (hits, true), "f1": (2 * hits, true + answered)}
    return {name: 100 * top / np.maximum(bottom, 1) for name, (top, bottom) in parts.items()}


def class_table(decisions: Decisions) -> pd.DataFrame:
    """A row per variant and class: ``images``, and each metric in % as the mean over folds with the 95 % t interval
    (``recall``, ``recall_low``, ``recall_high``); seeds are averaged within their fold first, folds without an
    image of the class left out."""
    counts = confusion_counts(decisions)
    in_fold = counts[0, 0].sum(-1)  # (F, K)
    images = in_fold.sum(0)
    per_fold = {name: np.where(in_fold > 0, values.mean(1), np.nan) for name, values in class_metrics(counts).items()}
    rows = []
    for v, variant in enumerate(decisions.variants):
        for k, name in enumerate(decisions.classes):
            row = {"variant": variant, "class": name, "images": images[k]}
            for metric in METRICS:
                row |= _with_interval(metric, per_fold[metric][v, :, k])
            rows.append(row)
    return pd.DataFrame(rows)


def mean_matrices(decisions: Decisions) -> pd.DataFrame:
    """The average confusion matrix over folds, a row per cell: ``variant, true, predicted``, ``mean`` and ``sd`` of
    its count over folds (seeds averaged). Not truncated to whole numbers, as the published average is."""
    per_fold = confusion_counts(decisions).mean(1)
    keys = [decisions.variants, decisions.classes, decisions.classes]
    index = pd.MultiIndex.from_product(keys, names=["variant", "true", "predicted"])
    columns = {"mean": per_fold.mean(1).ravel(), "sd": per_fold.std(1, ddof=1).ravel()}
    return pd.DataFrame(columns, index=index).reset_index()


def fold_matrices(decisions: Decisions) -> pd.DataFrame:
    """Every training's confusion matrix: ``variant, seed, fold, true, predicted, count``, a row per cell."""
    counts = confusion_counts(decisions)
    folds = [int(fold) for fold in np.unique(decisions.folds)]
    keys = [decisions.variants, decisions.seeds, folds, decisions.classes, decisions.classes]
    index = pd.MultiIndex.from_product(keys, names=["variant", "seed", "fold", "true", "predicted"])
    return pd.DataFrame({"count": counts.ravel()}, index=index).reset_index()


def confused_pairs(decisions: Decisions) -> pd.DataFrame:
    """Every way to be wrong, the most frequent first within its variant.

    Returns:
        ``variant, true, predicted``; ``count`` (decisions of all seeds); ``rate`` in % of the true class's
        images, mean over folds (seeds averaged) with 95 % t interval ``rate_low``, ``rate_high``; ``share of
        errors`` in % of the variant's errors.
    """
    counts = confusion_counts(decisions)
    rates = row_shares(counts).mean(1)  # (V, F, K, K)
    errors = decisions.wrong.sum((1, 2))
    rows = []
    for v, variant in enumerate(decisions.variants):
        pooled = counts[v].sum((0, 1))
        pairs = np.argwhere(~np.eye(len(decisions.classes), dtype=bool))
        for true, answer in sorted(pairs.tolist(), key=lambda pair: -pooled[*pair]):
            rows.append(
                {
                    "variant": variant,
                    "true": decisions.classes[true],
                    "predicted": decisions.classes[answer],
                    "count": pooled[true, answer],
                    **_with_interval("rate", rates[v, :, true, answer]),
                    "share of errors": 100 * pooled[true, answer] / max(1, errors[v]),
                }
            )
    return pd.DataFrame(rows)


def _with_interval(name: str, folds: np.ndarray) -> dict[str, float]:
    """Mean and interval of the folds that have a value."""
    known = folds[np.isfinite(folds)]
    if len(known) < 2:
        return {name: known.mean() if len(known) else np.nan, f"{name}_low": np.nan, f"{name}_high": np.nan}
    interval = fold_interval(known)
    return {name: interval.mean, f"{name}_low": interval.low, f"{name}_high": interval.high}
