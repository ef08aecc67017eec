"""Scores against slow twins that count by hand."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from fer_lib.evaluation.metrics import class_scores, fold_scores, majority_share, scores

from .conftest import predictions

pairs = st.lists(st.tuples(st.integers(0, 3), st.integers(0, 3)), min_size=1, max_size=40)


def counts(pairs, k):
    """(hits, how often true, how often answered) of class k."""
    hits = sum(label == k and answer == k for label, answer in pairs)
    return hits, sum(label == k for label, _ in pairs), sum(answer == k for _, answer in pairs)


def f1_slowly(pairs, k):
    hits, true, answered = counts(pairs, k)
    return 2 * hits / (true + answered) if true + answered else 0.0


@given(pairs)
@pytest.mark.filterwarnings("ignore:y_pred contains classes not in y_true", "ignore:A single label was found")
def test_scores_equal_their_slow_twins(pairs):
    result = scores(predictions({0: pairs}))
    true = {label for label, _ in pairs}
    seen = true | {answer for _, answer in pairs}
    assert result["accuracy"] == pytest.approx(sum(a == b for a, b in pairs) / len(pairs))
    recalls = [counts(pairs, k)[0] / counts(pairs, k)[1] for k in true]
    assert result["balanced_accuracy"] == pytest.approx(sum(recalls) / len(recalls))
    assert result["macro_f1"] == pytest.approx(sum(f1_slowly(pairs, k) for k in seen) / len(seen))
    assert result["samples"] == len(pairs)


@given(pairs)
def test_class_scores_equal_their_slow_twins(pairs):
    table = class_scores(predictions({0: pairs}), ["a", "b", "c", "d"])
    assert list(table.index) == ["a", "b", "c", "d"]
    for k, row in enumerate(table.itertuples()):
        hits, true, answered = counts(pairs, k)
        assert row.precision == pytest.approx(hits / answered if answered else 0)
        assert row.recall == pytest.approx(hits / true if true else 0)
        assert row.f1 == pytest.approx(f1_slowly(pairs, k))
        assert row.support == true


def test_fold_scores_count_only_test_rows_of_their_fold():
    test = predictions({0: [(0, 0), (1, 0)], 1: [(0, 0), (1, 1), (1, 1)]})
    validation = predictions({0: [(0, 1)] * 5, 1: [(0, 1)] * 5}, split="validation")
    table = fold_scores(pd.concat([validation, test]))
    assert table.index.names == ["seed", "fold"]
    assert table["accuracy"].to_dict() == {(0, 0): 0.5, (0, 1): 1.0}
    assert table["samples"].to_dict() == {(0, 0): 2, (0, 1): 3}


def test_class_scores_leave_validation_rows_out():
    test = predictions({0: [(0, 0), (1, 1)]})
    validation = predictions({0: [(0, 1)] * 5}, split="validation")
    assert (class_scores(pd.concat([test, validation]), ["a", "b"])["recall"] == 1).all()


def test_majority_share_of_fer2013_polarity():
    labels = np.repeat([0, 1, 2], [6198, 8989, 16_698])
    assert 100 * majority_share(labels) == pytest.approx(52.37, abs=0.005)
    assert majority_share([1, 1, 1]) == 1
