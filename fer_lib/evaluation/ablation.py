"""Variants of one network on one split, pooled over its tested images: for splits of one part as well as for folds."""

import numpy as np
import pandas as pd

from ..errors import require
from .comparison import require_same_folds
from .image_intervals import group_codes
from .metrics import majority_share, scores
from .statistics import clustered_mean, holm

MAJORITY = "majority class"


def ablation_table(predictions: dict[str, pd.DataFrame], baseline: str, groups: pd.Series) -> pd.DataFrame:
    """One row per variant in %, and a last one for the majority class.

    Args:
        predictions: prediction table of each variant with a column ``seed``, all on the same folds and seeds.
        baseline: the variant that the others are compared with, where it is present.
        groups: by sample_id; equal for images that depend on each other (a person's, copies of one image).

    Returns:
        ``variant``; ``accuracy`` over all tested images and seeds with its 95 % t interval over groups (``low``,
        ``high``, not beyond 0 and 100); ``sd_seeds`` (empty with one seed); ``balanced_accuracy`` and ``macro_f1`` (of
        all tested images, mean over seeds); ``difference`` to the baseline in points, paired by image and seed, with
        ``difference_low``, ``difference_high`` and ``p_value`` by the same t over groups
        (:func:`~fer_lib.evaluation.statistics.clustered_mean`), ``p_holm`` (adjusted over the variants of this table);
        ``samples``, ``groups``, ``seeds``, ``trainings``. Networks are held fixed: intervals and tests speak of other
        such images, ``sd_seeds`` of other trainings.

    Raises:
        InputError: variants were not tested on the same samples in the same folds with the same seeds; an image
            without a group; a single group.
    """
    require(all("seed" in table for table in predictions.values()), "predictions without a column 'seed'")
    require_same_folds(predictions)
    right = {name: decisions_right(table) for name, table in predictions.items()}
    codes = group_codes(next(iter(right.values())).index.get_level_values("sample_id"), groups)
    rows = []
    for name, table in predictions.items():
        row = {"variant": name} | _scores(table, right[name], codes)
        if baseline in right and name != baseline:
            row |= _against(right[name] - right[baseline], codes)
        trainings = _tested(table).groupby(["seed", "fold"]).ngroups
        rows.append(row | {"groups": int(codes.max()) + 1, "trainings": trainings})
    truth = _tested(next(iter(predictions.values()))).drop_duplicates("sample_id")["label"]
    rows.append({"variant": MAJORITY, "accuracy": 100 * majority_share(truth), "samples": len(truth)})
    found = pd.DataFrame(rows).astype({"samples": int, "groups": "Int64", "seeds": "Int64", "trainings": "Int64"})
    if "p_value" in found:
        found.insert(found.columns.get_loc("p_value") + 1, "p_holm", holm(found["p_value"]))
    return found


def _tested(table: pd.DataFrame) -> pd.DataFrame:
    return table[table["split"] == "test"]


def decisions_right(table: pd.DataFrame) -> pd.Series:
    """0 or 1 for every decision, indexed by (seed, sample_id) in an order that all variants share."""
    keyed = _tested(table).set_index(["seed", "sample_id"]).sort_index()
    return (keyed["label"] == keyed["predicted"]).astype(float)


def _scores(table: pd.DataFrame, right: pd.Series, codes: np.ndarray) -> dict:
    by_seed = pd.DataFrame([scores(part) for _, part in _tested(table).groupby("seed")])
    interval = clustered_mean(right, codes).interval
    return {
        "accuracy": 100 * interval.mean,
        "low": max(0.0, 100 * interval.low),
        "high": min(100.0, 100 * interval.high),
        "sd_seeds": 100 * by_seed["accuracy"].std(ddof=1),
        "balanced_accuracy": 100 * by_seed["balanced_accuracy"].mean(),
        "macro_f1": 100 * by_seed["macro_f1"].mean(),
        "samples": int(by_seed["samples"].iloc[0]),
        "seeds": len(by_seed),
    }


def _against(difference: pd.Series, codes: np.ndarray) -> dict:
    found = clustered_mean(difference, codes)
    return {
        "difference": 100 * found.interval.mean,
        "difference_low": 100 * found.interval.low,
        "difference_high": 100 * found.interval.high,
        "p_value": found.p_value,
    }
