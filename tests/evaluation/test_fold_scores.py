"""Folds and classes, against slow twins that count image by image."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from fer_lib.errors import InputError
from fer_lib.evaluation.fold_scores import class_scores, fold_accuracy, fold_means
from fer_lib.evaluation.published import published_folds

from .conftest import predictions

NAMES = ["a", "b", "c"]
pairs = st.lists(st.tuples(st.integers(0, 2), st.integers(0, 2)), min_size=1, max_size=8)
folds = st.dictionaries(st.integers(0, 4), pairs, min_size=1)


def test_accuracy_of_each_fold_counts_test_rows_of_all_seeds():
    test = predictions({1: [(0, 0), (1, 0)], 0: [(0, 0), (1, 1), (1, 1), (2, 0)]})
    both = pd.concat([test.assign(seed=1), test.assign(seed=2, predicted=test["label"])])
    table = fold_accuracy(pd.concat([both, predictions({0: [(0, 1)] * 5}, split="validation").assign(seed=1)]))
    assert table.to_dict("list") == {
        "fold": [0, 1], "samples": [8, 4], "correct": [7, 3], "accuracy": [87.5, 75.0],
    }  # fmt: skip


def test_the_published_jaffe_table_without_its_two_leaking_folds():
    table = published_folds("fmpn", "jaffe")
    assert round(fold_means(table)["mean"], 1) == 82.2
    clean = fold_means(table, without=(3, 4))
    assert round(clean["mean"], 1) == 77.8 and clean["folds"] == 8
    assert np.isnan(clean["pooled"])  # print does not say how many images each fold has


def test_mean_of_folds_and_of_images_differ_with_unequal_folds():
    table = fold_accuracy(predictions({0: [(0, 0)], 1: [(0, 1)] * 3, 2: [(0, 0)] * 4}))
    assert fold_means(table) == {"mean": pytest.approx(200 / 3), "pooled": 62.5, "folds": 3}
    assert fold_means(table, without=[0]) == {"mean": 50, "pooled": pytest.approx(400 / 7), "folds": 2}


@pytest.mark.parametrize(
    ("without", "sentence"), [((7,), "folds 7 cannot be left out, the table has 0, 1"), ((0, 1), "no fold is left")]
)
def test_folds_that_cannot_be_left_out(without, sentence):
    with pytest.raises(InputError, match=sentence):
        fold_means(fold_accuracy(predictions({0: [(0, 0)], 1: [(0, 1)]})), without)


def test_two_variants_have_no_common_mean():
    with pytest.raises(InputError, match="a fold has two rows"):
        fold_means(published_folds("fmpn", "ckplus"))


def slowly(parts: list[list[tuple[int, int]]], k: int) -> list[float]:
    """Means over parts of precision, recall and F1 of class k, each over the parts where it counts."""
    precision, recall, f1 = [], [], []
    for part in parts:
        hits = sum(label == answer == k for label, answer in part)
        true, answered = sum(label == k for label, _ in part), sum(answer == k for _, answer in part)
        if true or answered:
            precision.append(hits / answered if answered else 0)
        if true:
            recall.append(hits / true)
            f1.append(2 * hits / (true + answered))
    return [100 * sum(values) / len(values) if values else np.nan for values in (precision, recall, f1)]


@given(folds)
def test_both_averages_equal_their_slow_twins(drawn):
    table = predictions(drawn)
    together = [[pair for part in drawn.values() for pair in part]]
    for average, parts in (("pooled", together), ("per_fold_average", list(drawn.values()))):
        found = class_scores(table, NAMES, average)
        assert found["class"].to_list() == NAMES
        for k in range(3):
            expected = pytest.approx(slowly(parts, k), nan_ok=True)
            assert found.loc[k, ["precision", "recall", "f1"]].to_list() == expected
            assert found.loc[k, "samples"] == sum(label == k for label, _ in together[0])


@given(pairs)
def test_with_one_fold_both_averages_agree(drawn):
    table = predictions({0: drawn})
    pd.testing.assert_frame_equal(class_scores(table, NAMES), class_scores(table, NAMES, "per_fold_average"))


def test_a_fold_without_a_class_lowers_its_precision_alone():
    """As fold 0 of the published CK+ lists, which tests no surprise; a fold that does not answer it either is out."""
    table = predictions({0: [(0, 2), (0, 0)], 1: [(2, 2), (0, 0)], 2: [(0, 0)]})
    found = class_scores(table, NAMES, "per_fold_average").set_index("class").loc["c"]
    assert found[["precision", "recall", "f1"]].to_list() == [50, 100, 100]
    pooled = class_scores(table, NAMES).set_index("class").loc["c"]
    assert pooled[["precision", "recall", "f1"]].to_list() == [50, 100, pytest.approx(200 / 3)]


def test_a_class_that_is_never_answered_counts_as_zero():
    found = class_scores(predictions({0: [(0, 1)], 1: [(0, 0)]}), NAMES, "per_fold_average").iloc[0]
    assert found[["precision", "recall", "f1"]].to_list() == [50, 50, 50]


def test_every_seed_is_a_training_of_its_own_and_validation_rows_are_left_out():
    one, other = (predictions({0: [(0, answer), (1, 1)]}) for answer in (0, 1))
    table = pd.concat([one.assign(seed=1), other.assign(seed=2), one.assign(seed=1, split="validation", predicted=2)])
    found = class_scores(table, NAMES, "per_fold_average").iloc[1]
    assert found[["samples", "precision", "recall", "f1"]].to_list() == [2, 75, 100, pytest.approx(250 / 3)]


def test_an_unknown_average_is_told():
    with pytest.raises(InputError, match="average 'macro' is unknown .*pooled, per_fold_average"):
        class_scores(predictions({0: [(0, 0)]}), NAMES, "macro")


def test_predictions_without_test_rows_are_told():
    with pytest.raises(InputError, match="class scores need predictions with test rows"):
        class_scores(predictions({0: [(0, 0)]}, split="validation"), NAMES)
