"""Variants side by side: fold means with intervals, and each against the unguided baseline."""

from collections.abc import Sequence

import pandas as pd
from scipy import stats

from ..errors import require
from .metrics import class_scores, fold_scores, majority_share
from .selection import selection_optimism
from .statistics import compare_folds, fold_interval, holm, published_half_width


def fold_table(predictions: dict[str, pd.DataFrame], metric: str = "accuracy") -> pd.DataFrame:
    """Test `metric` in % per variant (rows) and fold (columns), the mean of its seeds.

    Args:
        predictions: prediction table of each variant.
    """
    return pd.DataFrame({name: 100 * over_seeds(fold_scores(table)[metric]) for name, table in predictions.items()}).T


def over_seeds(scores: pd.Series) -> pd.Series:
    """Scores indexed by ``(seed, fold)`` → their mean per fold."""
    return scores.groupby(level="fold").mean()


def variant_table(
    predictions: dict[str, pd.DataFrame], published: pd.DataFrame, *, baseline: str = "none"
) -> pd.DataFrame:
    """One row per variant, in %, and a last row for the majority class.

    Args:
        predictions: prediction table of each variant, all on the same folds and seeds.
        published: rows indexed by variant with ``accuracy`` and ``half_width``; may be empty.
        baseline: the variant that others are compared with, where it is present.

    Returns:
        Columns ``variant``; ``accuracy`` (mean of folds), ``low``, ``high`` (95 % t interval over
        folds, seeds averaged), ``sd`` (of the folds), ``sd_seeds`` (of the seeds' means over folds; empty with
        one seed), ``published_formula`` (half-width by the papers' formula), ``balanced_accuracy``,
        ``macro_f1``; ``difference``, ``difference_low``, ``difference_high``, ``p_value`` (corrected
        resampled t-test against the baseline over all pairs of the same seed and fold), ``p_holm`` (the same,
        adjusted over all variants; the interval is of the single comparison); ``samples`` (tested images),
        ``trainings``; ``published``, ``published_half_width``.

    Raises:
        InputError: variants were not tested on the same samples in the same folds with the same seeds.
    """
    require_same_folds(predictions)
    per_fold = {name: fold_scores(table) for name, table in predictions.items()}
    rows = [_row(name, per_fold, predictions[name], published, baseline) for name in predictions]
    any_table = next(iter(predictions.values()))
    truth = any_table[any_table["split"] == "test"].drop_duplicates("sample_id")["label"]
    rows.append({"variant": "majority class", "accuracy": 100 * majority_share(truth), "samples": len(truth)})
    table = pd.DataFrame(rows).astype({"samples": int, "trainings": "Int64"})
    if "p_value" in table:
        table.insert(table.columns.get_loc("p_value") + 1, "p_holm", holm(table["p_value"]))
    return table


def require_same_folds(predictions: dict[str, pd.DataFrame]) -> None:
    """Raise :class:`InputError` unless all variants were tested on the same samples in the same folds and seeds."""
    key = ["seed", "sample_id"] if all("seed" in table for table in predictions.values()) else "sample_id"
    tested = {
        name: table[table["split"] == "test"].set_index(key)[["fold", "label"]].sort_index()
        for name, table in predictions.items()
    }
    first, *others = tested
    for name in others:
        require(
            tested[name].equals(tested[first]),
            f"{name} and {first} were not tested on the same samples in the same folds with the same seeds, "
            "so they cannot be paired",
        )


def _row(name: str, per_fold: dict, predictions: pd.DataFrame, published: pd.DataFrame, baseline: str) -> dict:
    trainings = per_fold[name]
    folds = 100 * over_seeds(trainings["accuracy"])
    by_seed = 100 * trainings["accuracy"].groupby(level="seed").mean()
    interval = fold_interval(folds)
    samples = int(over_seeds(trainings["samples"]).sum())
    row = {
        "variant": name,
        "accuracy": interval.mean,
        "low": interval.low,
        "high": interval.high,
        "sd": folds.std(ddof=1),
        "sd_seeds": by_seed.std(ddof=1),
        "published_formula": published_half_width(interval.mean, samples),
        "balanced_accuracy": 100 * trainings["balanced_accuracy"].mean(),
        "macro_f1": 100 * trainings["macro_f1"].mean(),
    }
    if baseline in per_fold and name != baseline:
        against = per_fold[baseline]["accuracy"].loc[trainings.index]
        test = compare_folds(100 * trainings["accuracy"], 100 * against, train_share=1 - 1 / len(folds))
        row |= {
            "difference": test.difference.mean,
            "difference_low": test.difference.low,
            "difference_high": test.difference.high,
            "p_value": test.p_value,
        }
    row |= {"samples": samples, "trainings": len(trainings)}
    if name in published.index:
        row |= {"published": published.loc[name, "accuracy"], "published_half_width": published.loc[name, "half_width"]}
    return row


def paired_table(predictions: dict[str, pd.DataFrame], baselines: Sequence[str]) -> pd.DataFrame:
    """Every variant that is not a baseline against every baseline, in points of accuracy.

    Args:
        predictions: prediction table of each variant, all on the same folds and seeds.
        baselines: variants to compare with, such as the controls; those that are absent are left out.

    Returns:
        Rows ``variant, baseline, difference, low, high, p_value`` (corrected resampled t-test, see
        :func:`compare_folds`), ``p_adjusted`` (Benjamini–Hochberg over all rows) and ``pairs`` (trainings).

    Raises:
        InputError: variants were not tested on the same samples in the same folds with the same seeds.
    """
    require_same_folds(predictions)
    accuracy = {name: 100 * fold_scores(table)["accuracy"] for name, table in predictions.items()}
    rows = []
    for name, values in accuracy.items():
        for baseline in (b for b in baselines if b in accuracy and name not in baselines):
            folds = values.index.get_level_values("fold").nunique()
            test = compare_folds(values, accuracy[baseline].loc[values.index], train_share=1 - 1 / folds)
            shown = test.difference
            rows.append((name, baseline, shown.mean, shown.low, shown.high, test.p_value, len(values)))
    columns = ["variant", "baseline", "difference", "low", "high", "p_value", "pairs"]
    table = pd.DataFrame(rows, columns=columns)
    adjusted = stats.false_discovery_control(table["p_value"]) if len(table) else table["p_value"]
    table.insert(columns.index("pairs"), "p_adjusted", adjusted)
    return table


def recall_table(predictions: dict[str, pd.DataFrame], classes) -> pd.DataFrame:
    """Recall in % of every class (columns) over all tested samples, a row per variant."""
    return pd.DataFrame({name: 100 * class_scores(table, classes)["recall"] for name, table in predictions.items()}).T


def optimism_table(histories: dict[str, pd.DataFrame], monitor: str = "accuracy") -> pd.DataFrame:
    """Selection optimism in points per variant: ``optimism`` with 95 % t interval over folds (seeds
    averaged), and the means ``honest`` and ``best`` it is the difference of. `monitor` chose the epochs."""
    rows = []
    for name, history in histories.items():
        folds = 100 * selection_optimism(history, monitor).groupby(level="fold").mean()
        interval = fold_interval(folds["optimism"])
        rows.append(
            {
                "variant": name,
                "honest": folds["honest"].mean(),
                "best": folds["best"].mean(),
                "optimism": interval.mean,
                "low": interval.low,
                "high": interval.high,
            }
        )
    return pd.DataFrame(rows)
