"""Variants of one study design ranked by accuracy, with letters that say which of them differ."""

from itertools import combinations

import numpy as np
import pandas as pd

from ..errors import require
from .comparison import over_seeds
from .letters import compact_letters
from .metrics import fold_scores, majority_share
from .proportions import wilson
from .statistics import compare_folds, fold_interval, holm, mcnemar

MAJORITY = "majority class"
TABLE = ["variant", "other", "difference", "low", "high", "p_value", "p_holm", "pairs", "test"]


def rank(predictions: dict[str, pd.DataFrame], alpha: float = 0.05) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Variants from best to worst, and every pair of them.

    Args:
        predictions: prediction tables by variant with a column ``seed``, all tested on the same images in the same
            folds; seeds may differ.
        alpha: differences count as significant below this Holm-adjusted p-value.

    Returns:
        A row per variant and a last one for the majority class, in %: ``rank, variant, accuracy, low, high`` (95 %
        t interval over folds, seeds averaged; with one fold the Wilson interval of its images), ``letters``,
        ``balanced_accuracy, macro_f1, seeds, trainings, samples``; and the pairs as :func:`pairwise` makes them.

    Raises:
        InputError: variants were not tested on the same samples in the same folds.
    """
    _require_same_images(predictions)
    per_fold = {name: fold_scores(table) for name, table in predictions.items()}
    rows = pd.DataFrame([{"variant": name, **_scores(scores)} for name, scores in per_fold.items()])
    rows = rows.sort_values("accuracy", ascending=False, kind="stable", ignore_index=True)
    order = list(rows["variant"])
    pairs = pairwise({name: predictions[name] for name in order})
    differing = pairs[pairs["p_holm"] < alpha]
    letters = compact_letters(order, zip(differing["variant"], differing["other"], strict=True))
    rows.insert(0, "rank", np.arange(1, len(rows) + 1))
    rows.insert(5, "letters", rows["variant"].map(letters))
    truth = _tested(next(iter(predictions.values()))).drop_duplicates("sample_id")["label"]
    last = {"variant": MAJORITY, "accuracy": 100 * majority_share(truth), "samples": len(truth)}
    table = pd.concat([rows, pd.DataFrame([last])], ignore_index=True)
    return table.astype({"rank": "Int64", "seeds": "Int64", "trainings": "Int64", "samples": int}), pairs


def pairwise(predictions: dict[str, pd.DataFrame]) -> pd.DataFrame:
    """Every pair of variants in points of accuracy.

    Returns:
        ``variant, other, difference, low, high, p_value, p_holm`` (Holm over all pairs), ``pairs`` (trainings, or
        decisions) and ``test``. Over several folds it is the corrected resampled t-test
        (:func:`~fer_lib.evaluation.statistics.compare_folds`) over the trainings that share seed and fold; variants
        without a common seed are paired by fold, seeds averaged. With one fold it is McNemar's test
        (:func:`~fer_lib.evaluation.statistics.mcnemar`) over the images under the common seeds, or under the first
        seed of each, and there is no interval.
    """
    accuracy = {name: 100 * fold_scores(table)["accuracy"] for name, table in predictions.items()}
    rows = []
    for one, other in combinations(predictions, 2):
        a, b = _paired(accuracy[one], accuracy[other])
        folds = a.index.get_level_values("fold").nunique()
        if folds > 1:
            found = compare_folds(a, b, train_share=1 - 1 / folds)
            interval = found.difference
            rows.append((one, other, interval.mean, interval.low, interval.high, found.p_value, len(a), "folds"))
        else:
            first, second, images = _right(predictions[one], predictions[other])
            p = mcnemar(first, second, images if len(images) > images.nunique() else None).p_value
            rows.append((one, other, (a - b).mean(), np.nan, np.nan, p, len(images), "McNemar"))
    table = pd.DataFrame(rows, columns=[name for name in TABLE if name != "p_holm"])
    return table.assign(p_holm=holm(table["p_value"]))[TABLE]


def _tested(table: pd.DataFrame) -> pd.DataFrame:
    return table[table["split"] == "test"]


def tested_images(table: pd.DataFrame) -> pd.DataFrame:
    """``sample_id`` (sorted), ``fold``, ``label`` of every tested image, once."""
    rows = _tested(table)[["sample_id", "fold", "label"]].drop_duplicates()
    return rows.sort_values(["sample_id", "fold"], ignore_index=True)


def _require_same_images(predictions: dict[str, pd.DataFrame]) -> None:
    tested = {name: tested_images(table) for name, table in predictions.items()}
    first, *others = tested
    for name in others:
        require(
            tested[name].equals(tested[first]),
            f"{name} and {first} were not tested on the same samples in the same folds, so they cannot be ranked",
        )


def _scores(trainings: pd.DataFrame) -> dict:
    """One variant's row; see :func:`rank`."""
    folds = 100 * over_seeds(trainings["accuracy"])
    samples = int(over_seeds(trainings["samples"]).sum())
    mean = float(folds.mean())
    if len(folds) > 1:
        interval = fold_interval(folds)
        low, high = interval.low, interval.high
    else:
        low, high = (100 * float(bound) for bound in wilson(mean / 100, samples))
    return {
        "accuracy": mean,
        "low": low,
        "high": high,
        "balanced_accuracy": 100 * trainings["balanced_accuracy"].mean(),
        "macro_f1": 100 * trainings["macro_f1"].mean(),
        "seeds": trainings.index.get_level_values("seed").nunique(),
        "trainings": len(trainings),
        "samples": samples,
    }


def _paired(one: pd.Series, other: pd.Series) -> tuple[pd.Series, pd.Series]:
    """Scores of both in the same order: of the same seed and fold, or of the same fold where no seed is shared."""
    shared = one.index.intersection(other.index)
    if len(shared):
        return one.loc[shared], other.loc[shared]
    one, other = over_seeds(one), over_seeds(other)
    return one, other.loc[one.index]


def _right(one: pd.DataFrame, other: pd.DataFrame) -> tuple[pd.Series, pd.Series, pd.Series]:
    """Whether each of both decisions is right, and the image they are about."""
    shared = sorted(set(one["seed"]) & set(other["seed"]))
    tables = []
    for table in (one, other):
        rows = _tested(table[table["seed"].isin(shared or [table["seed"].min()])])
        tables.append(rows.sort_values(["seed", "sample_id"], ignore_index=True))
    first, second = ((rows["label"] == rows["predicted"]) for rows in tables)
    return first, second, tables[0]["sample_id"]
