"""Intervals and tests against hand computations, published tables and a simulation."""

from math import sqrt

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from fer_lib.errors import InputError
from fer_lib.evaluation.statistics import compare_folds, fold_interval, published_half_width

T_4 = 2.776445  # 97.5 % quantile of Student's t with 4 degrees of freedom, from a printed table


def two_sided_p_4(t):
    """P(|T| > t) for 4 degrees of freedom, in closed form."""
    s = t**2 / (4 + t**2)
    return 1 - sqrt(s) * (3 - s) / 2


@pytest.mark.parametrize(
    ("accuracy", "samples", "printed"),
    [
        (70.37, 325_239, 0.16),
        (66.47, 325_239, 0.16),
        (72.92, 31_885, 0.49),
        (74.20, 31_885, 0.48),
        (74.93, 31_885, 0.48),
        (76.01, 31_885, 0.47),
    ],
)
def test_published_intervals_are_reproduced(accuracy, samples, printed):
    assert round(published_half_width(accuracy, samples), 2) == printed


def test_published_interval_by_hand():
    assert published_half_width(50, 10_000) == pytest.approx(0.98)
    assert published_half_width(100, 5) == 0


@pytest.mark.parametrize(("accuracy", "samples"), [(101, 10), (-1, 10), (float("nan"), 10), (50, 0)])
def test_impossible_accuracies_and_counts_are_told(accuracy, samples):
    with pytest.raises(InputError):
        published_half_width(accuracy, samples)


def test_t_interval_by_hand():
    """Values 2, 4, 4, 4, 6: mean 4, s = √2, standard error √(2/5)."""
    interval = fold_interval([2, 4, 4, 4, 6])
    assert interval.mean == 4
    assert interval.half_width == pytest.approx(T_4 * sqrt(2 / 5), rel=1e-6)
    assert (interval.low, interval.high) == pytest.approx((4 - interval.half_width, 4 + interval.half_width))


def test_t_interval_of_two_folds_uses_one_degree_of_freedom():
    assert fold_interval([70, 72]).half_width == pytest.approx(12.7062, rel=1e-5)


def test_equal_folds_have_an_interval_of_no_width():
    assert fold_interval([70, 70, 70]).half_width == 0


@pytest.mark.parametrize("values", [[], [70.0]])
def test_an_interval_needs_two_folds(values):
    with pytest.raises(InputError, match=f"at least two of them, got {len(values)}"):
        fold_interval(values)


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


def test_false_positives_of_folds_that_share_training_images():
    """No true difference; fold differences correlate by n_test/N = 1/5. The corrected test then
    errs in 5 % of cases, the plain paired test in about 14 %."""
    rng = np.random.default_rng(0)
    trials = 1000
    shared, own = rng.normal(size=(trials, 1)), rng.normal(size=(trials, 5))
    differences = sqrt(0.2) * shared + sqrt(0.8) * own
    corrected = np.mean([compare_folds(row, np.zeros(5), 0.8).p_value < 0.05 for row in differences])
    plain = np.mean([not (i := fold_interval(row)).low <= 0 <= i.high for row in differences])
    assert 0.035 < corrected < 0.065
    assert plain > 0.11


def test_no_difference_and_the_same_difference_everywhere():
    same = compare_folds([70, 71, 72], [70, 71, 72], 2 / 3)
    assert same.p_value == 1 and same.difference.mean == 0
    assert compare_folds([71, 72, 73], [70, 71, 72], 2 / 3).p_value == 0


@pytest.mark.parametrize(("values", "baseline"), [([70, 71], [70, 71, 72]), ([70], [71]), ([], [])])
def test_folds_that_cannot_be_paired_are_told(values, baseline):
    with pytest.raises(InputError):
        compare_folds(values, baseline, 0.8)
