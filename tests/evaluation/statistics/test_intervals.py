"""Intervals over folds against hand computations, printed tables and simulated trainings."""

from math import sqrt

import numpy as np
import pytest

from fer_lib.errors import InputError
from fer_lib.evaluation.statistics import fold_interval, published_half_width

T_4 = 2.776445  # 97.5 % quantile of Student's t with 4 degrees of freedom, from a printed table


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


def test_coverage_over_independent_folds():
    """Five folds around a true accuracy: the interval holds it in 95 % of 1500 studies."""
    folds = np.random.default_rng(1).normal(70, 2, (1500, 5))
    covered = np.mean([(i := fold_interval(row)).low <= 70 <= i.high for row in folds])
    assert 0.93 < covered < 0.97


def test_coverage_of_the_published_formula():
    """It holds the truth for independent images and one fixed network, and not where trainings vary by 2 points."""
    rng = np.random.default_rng(2)
    images, studies = 6000, 4000

    def covered(truth):
        accuracy = 100 * rng.binomial(images, truth) / images
        reach = 1.96 * np.sqrt(accuracy * (100 - accuracy) / images)
        assert reach[0] == pytest.approx(published_half_width(accuracy[0], images), rel=1e-6)
        return np.mean(np.abs(accuracy - 70) <= reach)

    assert 0.93 < covered(np.full(studies, 0.70)) < 0.97
    assert covered(rng.normal(0.70, 0.02, studies)) < 0.6
