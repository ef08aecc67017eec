"""Holm's adjustment against a printed example, a slow twin and a family of simulated variants."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from fer_lib.evaluation.statistics import holm


@pytest.fixture(autouse=True, scope="module")
def without_garbage_collection():
    """statsmodels collects garbage in every call, 50 ms of it, which a simulation would wait for a thousand times."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("gc.collect", lambda: 0)
        yield


def test_printed_example():
    """Wikipedia, Holm–Bonferroni method, example: 0.01, 0.04, 0.03, 0.005 at a family of four."""
    assert holm([0.01, 0.04, 0.03, 0.005]) == pytest.approx([0.03, 0.06, 0.06, 0.02])


@given(st.lists(st.floats(0, 1), max_size=12))
def test_it_steps_down_from_the_smallest(p_values):
    slow, reached = {}, 0.0
    for rank, place in enumerate(sorted(range(len(p_values)), key=lambda i: p_values[i])):
        reached = max(reached, min(1.0, (len(p_values) - rank) * p_values[place]))
        slow[place] = reached
    assert holm(p_values).tolist() == pytest.approx([slow[i] for i in range(len(p_values))])


def test_what_was_not_tested_does_not_count():
    assert holm([np.nan, 0.01, np.nan, 0.04]).tolist() == pytest.approx([np.nan, 0.02, np.nan, 0.04], nan_ok=True)
    assert np.isnan(holm([np.nan])).all() and holm([]).shape == (0,)


def test_false_positives_of_a_family():
    """Eight variants equal to the baseline, on 15 trainings that all differences to it share."""
    rng = np.random.default_rng(0)
    variants, baseline = rng.normal(size=(1000, 15, 8)), rng.normal(size=(1000, 15, 1))
    p_values = stats.ttest_1samp(variants - baseline, 0, axis=1).pvalue
    assert (p_values.min(1) < 0.05).mean() > 0.2
    assert np.mean([holm(row).min() < 0.05 for row in p_values]) < 0.06
