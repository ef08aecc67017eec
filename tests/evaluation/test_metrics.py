"""Scores against slow twins that count by hand."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from fer_lib.errors import InputError
from fer_lib.evaluation.metrics import class_scores, fold_scores, macro_scores, majority_share, scores

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


@settings(max_examples=30)
@given(pairs)
def test_macro_scores_equal_their_slow_twins(pairs):
    seen = {k for pair in pairs for k in pair}
    hits, true, answered = zip(*(counts(pairs, k) for k in seen), strict=True)
    precision = sum(h / a if a else 0 for h, a in zip(hits, answered, strict=True)) / len(seen)
    recall = sum(h / t if t else 0 for h, t in zip(hits, true, strict=True)) / len(seen)
    table = predictions({0: pairs})
    published, mean = macro_scores(table), macro_scores(table, "macro")
    for found in (published, mean):
        assert found["accuracy"] == pytest.approx(sum(a == b for a, b in pairs) / len(pairs))
        assert (found["precision"], found["recall"]) == pytest.approx((precision, recall))
    assert published["f1"] * (precision + recall) == pytest.approx(2 * precision * recall)
    assert mean["f1"] == pytest.approx(sum(f1_slowly(pairs, k) for k in seen) / len(seen))
    assert published["f1"] >= mean["f1"] - 1e-12


def test_both_f1_of_a_worked_example():
    """Class 0: 4 of 4 found, 6 answers; class 1: 2 of 4 found, 2 answers.

    P = (2/3 + 1)/2 = 5/6, R = (1 + 1/2)/2 = 3/4, 2PR/(P + R) = 15/19; the classes' F1 are 4/5 and 2/3, their mean
    11/15."""
    table = predictions({0: [(0, 0)] * 4 + [(1, 1)] * 2 + [(1, 0)] * 2})
    expected = {"accuracy": 6 / 8, "precision": 5 / 6, "recall": 3 / 4, "f1": 15 / 19}
    assert macro_scores(table) == pytest.approx(expected)
    assert macro_scores(table, "macro") == pytest.approx(expected | {"f1": 11 / 15})


def test_macro_scores_pool_folds_and_seeds_of_test_rows():
    one, two = [(0, 0), (1, 0), (1, 1)], [(2, 2), (0, 2)]
    folds = pd.concat([predictions({0: one, 1: two}).assign(seed=1), predictions({0: two, 1: one}).assign(seed=2)])
    other = predictions({0: [(0, 1)] * 5}, split="validation")
    assert macro_scores(pd.concat([other, folds])) == pytest.approx(macro_scores(predictions({0: one + two})))
    assert macro_scores(folds.drop(columns="split")) == macro_scores(folds)


def test_what_has_no_macro_scores_is_told():
    table = predictions({0: [(0, 0)]}, split="validation")
    with pytest.raises(InputError, match=r"f1_mode 'micro' is unknown \(known: of_macro, macro\)"):
        macro_scores(table, "micro")
    with pytest.raises(InputError, match="macro scores need predictions with test rows"):
        macro_scores(table)
