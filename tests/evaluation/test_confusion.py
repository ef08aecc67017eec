"""Confusion matrices against counting by hand and against scikit-learn."""

import numpy as np
import pytest
from hypothesis import given
from sklearn.metrics import confusion_matrix, precision_recall_fscore_support

from fer_lib.evaluation.confusion import (
    class_metrics,
    class_table,
    confused_pairs,
    confusion_counts,
    fold_matrices,
    mean_matrices,
    row_shares,
)
from fer_lib.evaluation.statistics import fold_interval

from .small_decisions import decide, random_decisions


@given(random_decisions())
def test_counts_equal_one_matrix_after_the_other(decisions):
    counts = confusion_counts(decisions)
    folds = np.unique(decisions.folds)
    for v, s, f in np.ndindex(*counts.shape[:3]):
        inside = decisions.folds == folds[f]
        alone = confusion_matrix(decisions.labels[inside], decisions.predicted[v, s, inside], labels=[0, 1, 2])
        assert np.array_equal(counts[v, s, f], alone)


def test_rows_may_be_another_grouping_and_leave_images_out():
    decisions = decide("nP--", {"soft": ["nPP-"]})
    counts = confusion_counts(decisions, np.array([3, -1, 0, 3]), 4)[0, 0].sum(0)
    assert counts.tolist() == [[0, 1, 0], [0, 0, 0], [0, 0, 0], [1, 0, 1]]


def test_row_shares_add_up_to_100_or_are_missing():
    shares = row_shares(np.array([[3, 1, 0], [0, 0, 0]]))
    assert shares[0].tolist() == [75, 25, 0] and np.isnan(shares[1]).all()


@given(random_decisions())
def test_class_metrics_equal_scikit_learn(decisions):
    metrics = class_metrics(confusion_counts(decisions).sum(2))
    for v, s in np.ndindex(*decisions.predicted.shape[:2]):
        expected = precision_recall_fscore_support(
            decisions.labels, decisions.predicted[v, s], labels=[0, 1, 2], zero_division=0
        )
        for name, values in zip(("precision", "recall", "f1"), expected, strict=False):
            assert metrics[name][v, s] == pytest.approx(100 * values)


def test_class_table_averages_seeds_within_folds():
    """Positive: fold 0 has recall 1 and 0 under the two seeds, fold 1 has 1 and 1: folds 50 and 100 %."""
    decisions = decide("PPn-", {"soft": ["PPn-", "-Pn-"]}, folds=[0, 1, 0, 1])
    row = class_table(decisions).set_index("class").loc["positive"]
    interval = fold_interval([50, 100])
    assert row["images"] == 2
    assert (row["recall"], row["recall_low"], row["recall_high"]) == pytest.approx((75, interval.low, interval.high))


def test_a_fold_without_the_class_does_not_count_as_a_failure():
    decisions = decide("PPn-n-", {"soft": ["PPn-n-"]}, folds=[0, 0, 0, 1, 1, 1])
    row = class_table(decisions).set_index("class").loc["positive"]
    assert row["recall"] == 100 and np.isnan(row["recall_low"])


def test_mean_matrix_is_not_truncated():
    """Negative taken for positive: once in fold 0, twice in fold 1."""
    decisions = decide("------", {"soft": ["P--PP-"]}, folds=[0, 0, 0, 1, 1, 1])
    cell = mean_matrices(decisions).set_index(["true", "predicted"]).loc[("negative", "positive")]
    assert (cell["mean"], cell["sd"]) == pytest.approx((1.5, np.sqrt(0.5)))


def test_fold_matrices_count_every_decision_once():
    decisions = decide("nP--", {"soft": ["nPP-", "nnnn"], "none": ["nP--", "nP--"]})
    table = fold_matrices(decisions)
    assert len(table) == 2 * 2 * 2 * 9 and table["count"].sum() == 2 * 2 * 4
    chosen = table[(table["variant"] == "soft") & (table["seed"] == 1) & (table["fold"] == 0)]
    cells = chosen.set_index(["true", "predicted"])["count"]
    assert cells["neutral", "neutral"] == 1 and cells["negative", "neutral"] == 1 and cells.sum() == 2


def test_confused_pairs_come_most_frequent_first():
    decisions = decide("nnPP----", {"none": ["nnPP----"], "soft": ["PnnPPP--"]}, folds=[0, 1] * 4)
    table = confused_pairs(decisions)
    assert list(table["variant"].unique()) == ["none", "soft"]
    assert (table[table["variant"] == "none"]["count"] == 0).all()
    soft = table[table["variant"] == "soft"]
    assert soft.iloc[0][["true", "predicted", "count"]].to_list() == ["negative", "positive", 2]
    assert soft.iloc[0]["rate"] == pytest.approx(50) and soft.iloc[0]["share of errors"] == pytest.approx(50)
    assert soft["count"].to_list() == [2, 1, 1, 0, 0, 0]


def test_rates_are_means_over_folds_of_unequal_size():
    """One of one in fold 0, none of three in fold 1: 50 %, not a quarter."""
    decisions = decide("PPPP", {"soft": ["-PPP"]}, folds=[0, 1, 1, 1])
    row = confused_pairs(decisions).iloc[0]
    interval = fold_interval([100, 0])
    assert (row["rate"], row["rate_low"], row["rate_high"]) == pytest.approx((50, interval.low, interval.high))
