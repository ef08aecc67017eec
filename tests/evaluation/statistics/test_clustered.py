"""The clustered mean against scipy on equal groups, statsmodels on unequal ones, and on simulated people."""

import numpy as np
import pytest
from scipy import stats
from statsmodels.api import OLS

from fer_lib.errors import InputError
from fer_lib.evaluation.statistics import clustered_mean


def test_groups_of_one_size_are_a_t_test_of_their_means():
    values = np.random.default_rng(0).normal(0.3, 1, (7, 5))
    found = clustered_mean(values.ravel(), np.repeat(list("abcdefg"), 5))
    slow = stats.ttest_1samp(values.mean(axis=1), 0)
    assert found.p_value == pytest.approx(slow.pvalue)
    assert (found.interval.low, found.interval.high) == pytest.approx(tuple(slow.confidence_interval(0.95)))
    assert found.interval.mean == pytest.approx(values.mean())


def test_groups_of_any_size_are_a_regression_with_clustered_errors():
    rng = np.random.default_rng(1)
    groups = rng.permutation(np.repeat(np.arange(9), rng.integers(1, 12, 9)))
    values = rng.choice([-1.0, 0.0, 1.0], len(groups))
    # statsmodels' small-sample factor is K/(K − 1) · (N − 1)/(N − 1) for a constant alone: the same
    fitted = OLS(values, np.ones(len(values))).fit(cov_type="cluster", cov_kwds={"groups": groups}, use_t=True)
    found = clustered_mean(values, groups)
    assert found.p_value == pytest.approx(fitted.pvalues[0])
    assert [found.interval.low, found.interval.high] == pytest.approx(list(fitted.conf_int()[0]))


def test_by_hand():
    """Groups of 3 and 1, sums 2 and −1: mean ¼, residuals 5/4 and −5/4, error √(2 · 25/8) / 4 = 5/8."""
    found = clustered_mean([1, 1, 0, -1], ["a", "a", "a", "b"])
    assert found.interval.mean == 0.25
    assert found.interval.high - 0.25 == pytest.approx(5 / 8 * stats.t.ppf(0.975, 1))
    assert found.p_value == pytest.approx(2 * stats.t.sf(0.4, 1))


def test_values_that_are_alike_within_groups_tell_less():
    values = np.repeat([0.0, 1.0], 50)
    alone = clustered_mean(values, np.arange(100)).interval
    together = clustered_mean(values, np.arange(100) // 10).interval
    assert together.mean == alone.mean and together.half_width > 3 * alone.half_width


def test_equal_groups_leave_no_doubt():
    nothing = clustered_mean(np.zeros(4), [0, 0, 1, 1])
    assert (nothing.interval.low, nothing.interval.high, nothing.p_value) == (0, 0, 1)
    always = clustered_mean(np.full(7, 0.1), [0, 0, 1, 1, 1, 2, 2])
    assert always.interval.half_width == 0 and always.p_value == 0


@pytest.mark.parametrize("people", [6, 10, 40])
def test_coverage_and_false_positives_with_few_people(people):
    """Two networks, each better on some people, neither on average; 5 … 24 images of each person."""
    rng = np.random.default_rng(people)
    covered, found = [], []
    for _ in range(400):
        codes = np.repeat(np.arange(people), rng.integers(5, 25, people))
        rate = np.clip(0.7 + rng.normal(0, 0.1, (2, people)), 0, 1)
        right = rng.random((2, len(codes))) < rate[:, codes]
        result = clustered_mean(right[0].astype(float) - right[1], codes)
        covered.append(result.interval.low <= 0 <= result.interval.high)
        found.append(result.p_value < 0.05)
    assert 0.92 < np.mean(covered) < 0.98
    assert np.array_equal(covered, ~np.array(found))  # interval and test never contradict each other


def test_what_has_no_interval_is_told():
    with pytest.raises(InputError, match="an interval over groups needs at least two of them, got 1"):
        clustered_mean([0, 1], ["a", "a"])
    with pytest.raises(InputError, match="3 values cannot have 2 groups"):
        clustered_mean([0, 1, 1], ["a", "b"])
