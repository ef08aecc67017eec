"""Calibration against scikit-learn, a slow twin and networks that are calibrated by construction."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sklearn.metrics import brier_score_loss

from fer_lib.evaluation.calibration import brier_score, calibration_table, expected_calibration_error, reliability


def random_answers(seed, n=50, classes=3):
    rng = np.random.default_rng(seed)
    return rng.dirichlet(np.ones(classes), n), rng.integers(0, classes, n)


@given(st.integers(0, 2**32 - 1))
def test_brier_score_equals_its_slow_twin(seed):
    probabilities, labels = random_answers(seed)
    slow = [
        sum((p - (k == label)) ** 2 for k, p in enumerate(row))
        for row, label in zip(probabilities, labels, strict=True)
    ]
    assert brier_score(probabilities, labels) == pytest.approx(np.mean(slow))


def test_brier_score_of_two_classes_is_twice_scikit_learns():
    """Brier's own score counts both classes; scikit-learn's binary one only the second."""
    probabilities, labels = random_answers(0, classes=2)
    assert brier_score(probabilities, labels) == pytest.approx(2 * brier_score_loss(labels, probabilities[:, 1]))


def test_brier_score_of_knowing_everything_and_nothing():
    labels = np.array([0, 1, 2])
    assert brier_score(np.eye(3), labels) == 0
    assert brier_score(np.full((3, 3), 1 / 3), labels) == pytest.approx(2 / 3)
    assert brier_score(np.eye(3)[[1, 2, 0]], labels) == 2


def ece_slowly(probabilities, labels, bins):
    total = 0.0
    for b in range(bins):
        inside = [i for i, row in enumerate(probabilities) if b / bins < max(row) <= (b + 1) / bins]
        if inside:
            right = np.mean([np.argmax(probabilities[i]) == labels[i] for i in inside])
            total += len(inside) / len(labels) * abs(right - np.mean([max(probabilities[i]) for i in inside]))
    return total


@given(st.integers(0, 2**32 - 1), st.integers(1, 20))
def test_ece_equals_its_slow_twin(seed, bins):
    probabilities, labels = random_answers(seed)
    found = expected_calibration_error(probabilities, labels, bins)
    assert found == pytest.approx(ece_slowly(probabilities, labels, bins))


def test_edges_belong_to_the_bin_below():
    table = reliability(np.array([[0.5, 0.5], [1.0, 0.0], [0.51, 0.49]]), np.array([0, 1, 0]), bins=2)
    assert table["images"].to_list() == [1, 2]
    assert table["accuracy"].to_list() == [1, 0.5]
    assert table["confidence"].to_list() == pytest.approx([0.5, 0.755])


def test_empty_bins_have_no_accuracy():
    assert reliability(np.array([[0.9, 0.1]]), np.array([0]), bins=10)["accuracy"].isna().sum() == 9


def test_a_calibrated_network_and_one_that_is_too_sure():
    rng = np.random.default_rng(0)
    probabilities = rng.dirichlet(np.ones(3), 20_000)
    labels = (rng.random((20_000, 1)) > probabilities.cumsum(1)).sum(1)
    assert expected_calibration_error(probabilities, labels) < 0.015
    sharper = probabilities**3 / (probabilities**3).sum(1, keepdims=True)
    gap = sharper.max(1).mean() - (sharper.argmax(1) == labels).mean()
    assert expected_calibration_error(sharper, labels) == pytest.approx(gap, abs=0.01) and gap > 0.15


def test_the_table_averages_seeds_and_leaves_validation_out():
    rows = [
        (1, "test", 0, 0.9, 0.1), (1, "test", 1, 0.8, 0.2), (1, "validation", 1, 1.0, 0.0),
        (2, "test", 0, 0.6, 0.4), (2, "test", 1, 0.4, 0.6),
    ]  # fmt: skip
    table = pd.DataFrame(rows, columns=["seed", "split", "label", "p_0", "p_1"])
    (row,) = calibration_table({"soft": table.astype({"p_0": "float16", "p_1": "float16"})}).to_dict("records")
    assert row["variant"] == "soft"
    assert row["accuracy"] == pytest.approx((0.5 + 1) / 2)
    assert row["confidence"] == pytest.approx((0.85 + 0.6) / 2, abs=1e-3)
    first = expected_calibration_error(np.array([[0.9, 0.1], [0.8, 0.2]]), [0, 1])
    assert row["ece"] == pytest.approx((first + 0.4) / 2, abs=1e-3)
    assert row["brier"] == pytest.approx(((0.02 + 1.28) / 2 + 0.32) / 2, abs=2e-3)
    assert calibration_table({"soft": table.drop(columns="seed")})["accuracy"][0] == 0.75
