"""Common errors: expectations against enumeration, correlations against their definition."""

from itertools import product

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from fer_lib.evaluation.common_errors import (
    common_errors_by,
    error_correlation,
    expected_failures,
    failure_table,
    failures,
    most_confident,
)

from .small_decisions import decide, random_decisions


def expected_slowly(wrong, strata):
    """Every combination of variants that fail, with its probability, stratum by stratum."""
    variants, seeds, _ = wrong.shape
    expected = np.zeros(variants + 1)
    for seed, stratum in product(range(seeds), set(strata.tolist())):
        inside = wrong[:, seed, strata == stratum]
        rates = inside.mean(1)
        for outcome in product([0, 1], repeat=variants):
            chance = np.prod([rate if fails else 1 - rate for rate, fails in zip(rates, outcome, strict=True)])
            expected[sum(outcome)] += chance * inside.shape[1]
    return expected / seeds


@given(random_decisions(), st.integers(0, 1000))
def test_expected_failures_equal_enumeration(decisions, seed):
    strata = np.random.default_rng(seed).integers(0, 3, len(decisions))
    expected = expected_failures(decisions.wrong, strata)
    assert expected == pytest.approx(expected_slowly(decisions.wrong, strata))
    assert expected.sum() == pytest.approx(len(decisions))


def test_expectation_agrees_with_a_simulation_of_independent_errors():
    rng = np.random.default_rng(0)
    wrong = rng.random((5, 1, 200_000)) < np.array([0.1, 0.2, 0.3, 0.4, 0.5])[:, None, None]
    table = failure_table(wrong, {"independent": np.zeros(200_000, int)})
    assert table["share"].to_numpy() == pytest.approx(table["independent"].to_numpy(), abs=0.3)


def test_failure_table_by_hand():
    """Both variants fail on the first of four images and on no other: one in four, where one in sixteen is expected."""
    decisions = decide("nnnn", {"a": ["Pnnn"], "b": ["-nnn"]})
    assert failures(decisions.wrong).tolist() == [[2, 0, 0, 0]]
    table = failure_table(decisions.wrong, {"independent": np.zeros(4, int), "per image": np.arange(4)})
    assert table["images"].to_list() == [3, 0, 1] and table["share"].to_list() == [75, 0, 25]
    assert table["independent"].to_list() == pytest.approx([100 * 9 / 16, 100 * 6 / 16, 100 / 16])
    assert table["per image"].to_list() == [75, 0, 25]  # each image its own stratum: nothing left to explain


def test_seeds_are_averaged():
    decisions = decide("nn", {"a": ["Pn", "nn"], "b": ["Pn", "nn"]})
    assert failure_table(decisions.wrong, {})["images"].to_list() == [1.5, 0, 0.5]


def test_common_errors_by_group():
    decisions = decide("nnnn", {"a": ["PPnn"], "b": ["Pnnn"], "c": ["PPnn"]}, folds=[0, 0, 0, 0])
    group = pd.Categorical(["x", "x", "y", "y"], categories=["x", "y", "nobody"])
    table = common_errors_by(decisions.wrong, group, decisions.folds).set_index("group")
    assert list(table.index) == ["x", "y"]
    assert table.loc["x"].to_list() == pytest.approx([2, 500 / 6, 50, 50, 100 * 1 * 0.5 * 1])
    assert table.loc["y"].to_list() == [2, 0, 0, 0, 0]


@given(random_decisions(variants=3, seeds=2))
def test_correlation_equals_the_mean_over_pairs_of_trainings(decisions):
    table = error_correlation(decisions)
    seeds = range(len(decisions.seeds))
    for (v, a), (w, b) in product(enumerate(decisions.variants), repeat=2):
        pairs = [(s, t) for s in seeds for t in seeds if s != t] if len(seeds) > 1 else [(0, 0)] * (v != w)
        if not pairs:
            assert np.isnan(table.loc[a, b])
            continue
        values = [phi(decisions.wrong[v, s], decisions.wrong[w, t]) for s, t in pairs]
        assert table.loc[a, b] == pytest.approx(np.mean(values), nan_ok=True)


def phi(x, y):
    """From the four counts of the fourfold table."""
    both, first, second, none = ((x & y).sum(), (x & ~y).sum(), (~x & y).sum(), (~x & ~y).sum())
    scale = np.sqrt(float(both + first) * (second + none) * (both + second) * (first + none))
    return (both * none - first * second) / scale if scale else np.nan


def test_same_errors_correlate_fully():
    decisions = decide("nnPP", {"a": ["Pn-P"], "b": ["-nnP"]})
    assert error_correlation(decisions).loc["a", "b"] == pytest.approx(1)


def test_most_confident_prefers_images_that_more_seeds_get_wrong():
    confused = np.array([[True, True, False, True], [True, False, False, False]])
    confidence = np.array([[0.5, 0.9, 0.99, 0.6], [0.5, 0.9, 0.99, 0.6]])
    assert most_confident(confused, confidence, 2).tolist() == [0, 1]
    assert most_confident(confused, confidence, 10).tolist() == [0, 1, 3]
    assert most_confident(np.zeros((1, 3), bool), np.ones((1, 3)), 2).tolist() == []
