"""The corrected resampled t-test against hand computations, a published power example and simulated trainings."""

from math import sqrt

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from fer_lib.errors import InputError
from fer_lib.evaluation.statistics import compare_folds, fold_interval, smallest_detectable

T_4 = 2.776445  # 97.5 % quantile of Student's t with 4 degrees of freedom, from a printed table


def two_sided_p_4(t):
    """P(|T| > t) for 4 degrees of freedom, in closed form."""
    s = t**2 / (4 + t**2)
    return 1 - sqrt(s) * (3 - s) / 2


def test_corrected_t_test_by_hand():
    """Differences 1, 2, 3, 2, 2: mean 2, s² = 0.5, scale √((1/5 + 1/4)·0.5)."""
    baseline = np.array([70.0, 71, 69, 70, 72])
    result = compare_folds(baseline + [1, 2, 3, 2, 2], baseline, train_share=0.8)
    scale = sqrt((1 / 5 + 1 / 4) * 0.5)
    assert result.difference.mean == pytest.approx(2)
    assert result.difference.half_width == pytest.approx(T_4 * scale, rel=1e-6)
    assert result.p_value == pytest.approx(two_sided_p_4(2 / scale), rel=1e-6)


def test_closed_form_agrees_with_the_printed_quantile():
    assert two_sided_p_4(T_4) == pytest.approx(0.05, abs=1e-6)


fold_values = st.lists(st.floats(0, 100).map(lambda x: round(x, 2)), min_size=2, max_size=8)


@given(fold_values, st.integers(0, 1000))
def test_comparing_the_other_way_round_only_turns_the_sign(values, seed):
    other = np.random.default_rng(seed).uniform(0, 100, len(values))
    there, back = compare_folds(values, other, 0.8), compare_folds(other, values, 0.8)
    assert there.difference.mean == pytest.approx(-back.difference.mean)
    assert there.difference.low == pytest.approx(-back.difference.high)
    assert there.p_value == pytest.approx(back.p_value)
    assert 0 <= there.p_value <= 1


@given(st.integers(0, 10_000))
def test_the_interval_excludes_zero_exactly_where_p_is_below_5_percent(seed):
    differences = np.random.default_rng(seed).normal(1, 1, 5)
    result = compare_folds(differences, np.zeros(5), 0.8)
    assert (result.p_value < 0.05) == (not result.difference.low <= 0 <= result.difference.high)


def trainings(rng, studies, folds, seeds, truth=0.0):
    """Differences (studies, folds · seeds) of standard deviation 1 that all correlate by n_test/N = 1/folds, which is
    what Nadeau and Bengio assume of trainings that share images."""
    shared, own = rng.normal(size=(studies, 1)), rng.normal(size=(studies, folds * seeds))
    return truth + sqrt(1 / folds) * shared + sqrt(1 - 1 / folds) * own


@pytest.mark.parametrize(("folds", "seeds", "plain"), [(5, 1, 0.11), (5, 3, 0.30)])
def test_false_positives_of_folds_that_share_training_images(folds, seeds, plain):
    """No true difference: the corrected test errs in 5 % of cases, the plain paired one in `plain` or more."""
    differences = trainings(np.random.default_rng(0), 1500, folds, seeds)
    nothing, share = np.zeros(folds * seeds), 1 - 1 / folds
    corrected = np.mean([compare_folds(row, nothing, share).p_value < 0.05 for row in differences])
    uncorrected = np.mean([not (i := fold_interval(row)).low <= 0 <= i.high for row in differences])
    assert 0.035 < corrected < 0.06
    assert uncorrected > plain


def test_coverage_of_the_corrected_interval():
    differences = trainings(np.random.default_rng(1), 1500, folds=5, seeds=3, truth=2.0)
    intervals = [compare_folds(row, np.zeros(15), 0.8).difference for row in differences]
    assert 0.93 < np.mean([i.low <= 2 <= i.high for i in intervals]) < 0.97


def with_spread(n, sd=1.0):
    """n values of exactly this standard deviation."""
    values = np.random.default_rng(n).normal(size=n)
    return sd * (values - values.mean()) / values.std(ddof=1)


def test_smallest_detectable_difference_of_the_g_power_example():
    """G*Power 3.1 manual, t test of matched pairs: n = 50, d_z = 0.421637, α = 0.05 two-sided, power 0.832114.
    With a share of 1 nothing is corrected, so it is that test."""
    found = smallest_detectable(with_spread(50, 3.0) + 7, np.zeros(50), train_share=1.0, power=0.832114)
    assert found == pytest.approx(3 * 0.421637, rel=1e-4)


@settings(max_examples=40, deadline=None)
@given(st.integers(2, 50), st.sampled_from([0.5, 0.8, 0.9]), st.sampled_from([0.05, 0.05 / 36]))
def test_smallest_detectable_difference_has_the_power_it_says(n, power, alpha):
    """Power by numerical integration over the spread that the test divides by, without a noncentral distribution."""
    found = smallest_detectable(with_spread(n), np.zeros(n), 0.8, power=power, alpha=alpha)
    shift = found / sqrt(1 / n + 0.25)
    quantiles = (np.arange(4000) + 0.5) / 4000
    spread = np.sqrt(stats.chi2.ppf(quantiles, n - 1) / (n - 1))
    critical = stats.t.ppf(1 - alpha / 2, n - 1) * spread
    assert np.mean(stats.norm.sf(critical - shift) + stats.norm.cdf(-critical - shift)) == pytest.approx(
        power, abs=1e-3
    )


def test_a_difference_of_that_size_is_found_in_four_studies_of_five():
    found = smallest_detectable(with_spread(15), np.zeros(15), 0.8)
    # n trainings that correlate by ρ scatter as if their standard deviation were √(1 − ρ)
    differences = trainings(np.random.default_rng(3), 1500, folds=5, seeds=3, truth=found / sqrt(1 / (1 - 0.2)))
    power = np.mean([compare_folds(row, np.zeros(15), 0.8).p_value < 0.05 for row in differences])
    assert 0.77 < power < 0.83


def test_equal_differences_leave_nothing_too_small_to_see():
    assert smallest_detectable([71, 72, 73], [70, 71, 72], 2 / 3) == 0


@pytest.mark.parametrize(("power", "alpha"), [(0.05, 0.05), (1.0, 0.05), (0.8, 0.0)])
def test_a_power_that_is_none_is_told(power, alpha):
    with pytest.raises(InputError, match=f"power {power} and alpha {alpha}, expected 0 < alpha < power < 1"):
        smallest_detectable([1, 2, 3], [0, 0, 0], 0.8, power=power, alpha=alpha)


def test_no_difference_and_the_same_difference_everywhere():
    same = compare_folds([70, 71, 72], [70, 71, 72], 2 / 3)
    assert same.p_value == 1 and same.difference.mean == 0
    assert compare_folds([71, 72, 73], [70, 71, 72], 2 / 3).p_value == 0


@pytest.mark.parametrize(("values", "baseline"), [([70, 71], [70, 71, 72]), ([70], [71]), ([], [])])
def test_folds_that_cannot_be_paired_are_told(values, baseline):
    with pytest.raises(InputError):
        compare_folds(values, baseline, 0.8)
