"""Which differences between variants stand: every test of a pair in one row, and all variants by ranks."""

from itertools import combinations

import pandas as pd

from ..errors import require
from .comparison import require_same_folds
from .image_intervals import group_codes
from .metrics import fold_scores
from .statistics import McNemar, RankComparison, compare_folds, compare_ranks, holm, mcnemar, smallest_detectable


def statistics_table(
    predictions: dict[str, pd.DataFrame], baseline: str | None = "none", groups: pd.Series | None = None
) -> pd.DataFrame:
    """Paired tests of test accuracy, in points.

    Args:
        predictions: prediction table of each variant, all on the same folds and seeds.
        baseline: the variant every other is compared with; None compares all pairs.
        groups: by sample_id, equal for images that depend on each other (a person's, copies), for McNemar's test.

    Returns:
        Rows ``variant, baseline``; ``difference`` with its 95 % interval ``low, high`` and ``p_value`` (corrected
        resampled t-test, :func:`~fer_lib.evaluation.statistics.compare_folds`), ``p_holm`` (over all rows; the
        interval is of the single comparison); ``only_variant, only_baseline`` (decisions that only one got right),
        ``p_mcnemar`` (an image's seeds form a group where there are several) and ``p_mcnemar_holm``;
        ``smallest_detectable`` (true difference found with 80 % power at an unadjusted 5 %) and ``pairs``
        (trainings). The t-test asks whether a variant wins when trained again, McNemar's whether these networks
        differ on more such images; with large test sets the second is significant far more easily.

    Raises:
        InputError: the baseline is absent, there is nothing to compare it with, an image has no group, or variants
            were not tested on the same samples in the same folds with the same seeds.
    """
    names = list(predictions)
    require(baseline is None or baseline in names, f"no predictions of the baseline {baseline!r} (there are: {names})")
    require(len(names) >= 2, f"only {names} to compare, expected at least two variants")
    require_same_folds(predictions)
    pairs = [(b, a) for a, b in combinations(names, 2)]
    if baseline is not None:
        pairs = [(name, baseline) for name in names if name != baseline]
    accuracy = {name: 100 * fold_scores(table)["accuracy"] for name, table in predictions.items()}
    right = {name: _right(table) for name, table in predictions.items()}
    units = _units(right[names[0]], groups)
    rows = [
        {"variant": name, "baseline": other}
        | _over_trainings(accuracy[name], accuracy[other].loc[accuracy[name].index])
        | _over_images(mcnemar(right[name].to_numpy(), right[other].to_numpy(), units))
        for name, other in pairs
    ]
    table = pd.DataFrame(rows)
    for column, adjusted in (("p_value", "p_holm"), ("p_mcnemar", "p_mcnemar_holm")):
        table.insert(table.columns.get_loc(column) + 1, adjusted, holm(table[column]))
    return table[[*table.columns.drop(["smallest_detectable", "pairs"]), "smallest_detectable", "pairs"]]


def _right(predictions: pd.DataFrame) -> pd.Series:
    """Whether each decision was right, indexed by (seed, sample_id) in an order that all variants share."""
    test = predictions[predictions["split"] == "test"]
    keyed = test.assign(seed=test.get("seed", 0)).set_index(["seed", "sample_id"]).sort_index()
    return keyed["label"] == keyed["predicted"]


def _units(right: pd.Series, groups: pd.Series | None):
    """What McNemar's test takes as independent: nothing to tell it (None), images or groups."""
    samples = right.index.get_level_values("sample_id")
    if groups is not None:
        return group_codes(samples, groups)
    return samples.to_numpy() if right.index.get_level_values("seed").nunique() > 1 else None


def _over_trainings(values: pd.Series, baseline: pd.Series) -> dict:
    train_share = 1 - 1 / values.index.get_level_values("fold").nunique()
    test = compare_folds(values, baseline, train_share)
    return {
        "difference": test.difference.mean,
        "low": test.difference.low,
        "high": test.difference.high,
        "p_value": test.p_value,
        "smallest_detectable": smallest_detectable(values, baseline, train_share),
        "pairs": len(values),
    }


def _over_images(test: McNemar) -> dict:
    return {"only_variant": test.only_first, "only_baseline": test.only_second, "p_mcnemar": test.p_value}


def rank_variants(predictions: dict[str, pd.DataFrame], metric: str = "accuracy") -> RankComparison:
    """Friedman's and Nemenyi's tests over all trainings; a block is one fold under one seed.

    The blocks share training data. Their correlation is taken as n_test/N = 1/folds, as in the corrected resampled
    t-test, without which equal variants would nearly always seem to differ (see
    :func:`~fer_lib.evaluation.statistics.compare_ranks`).

    Raises:
        InputError: fewer than three variants, or they were not tested on the same samples in the same folds with
            the same seeds.
    """
    require_same_folds(predictions)
    scores = pd.DataFrame({name: fold_scores(table)[metric] for name, table in predictions.items()})
    folds = scores.index.get_level_values("fold").nunique()
    return compare_ranks(scores, correlation=1 / folds)
