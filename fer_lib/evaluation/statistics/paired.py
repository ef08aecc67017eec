"""Two variants on the same trainings: the corrected resampled t-test, and what it is able to see."""

from dataclasses import dataclass
from math import sqrt

import numpy as np
from scipy import stats
from scipy.optimize import brentq

from ...errors import require
from .intervals import Interval


@dataclass(frozen=True)
class PairedComparison:
    """Difference of two variants on the same folds, in the unit of the values."""

    difference: Interval
    p_value: float


def compare_folds(values, baseline, train_share: float) -> PairedComparison:
    """Corrected resampled t-test (Nadeau & Bengio, Machine Learning 52, 2003) over shared folds.

    The variance is multiplied by 1/n + n_test/n_train instead of 1/n, because the training parts
    of different folds overlap; the plain paired t-test finds differences far too often. With several
    seeds per fold n counts all trainings (corrected repeated k-fold test; Bouckaert & Frank, PAKDD 2004).

    Args:
        values, baseline: one score per training, both in the same order of seeds and folds.
        train_share: n_train / (n_train + n_test), e.g. 0.8 with five folds; the part that selects the
            epoch counts as training data, because the learner receives it.

    Raises:
        InputError: different lengths, or fewer than two folds.
    """
    differences = _differences(values, baseline)
    n, mean, scale = len(differences), float(differences.mean()), _scale(differences, train_share)
    if scale == 0:
        return PairedComparison(Interval(mean, mean, mean), 1.0 if mean == 0 else 0.0)
    low, high = stats.t.interval(0.95, n - 1, loc=mean, scale=scale)
    p_value = 2 * stats.t.sf(abs(mean) / scale, n - 1)
    return PairedComparison(Interval(mean, float(low), float(high)), float(p_value))


def smallest_detectable(values, baseline, train_share: float, *, power: float = 0.8, alpha: float = 0.05) -> float:
    """The true difference, in the unit of the values, that :func:`compare_folds` would find with `power`.

    Only the spread of the observed differences enters, not their mean: this says what the design can see, not how
    powerful the test was for what it saw. The spread is an estimate itself; with n trainings its relative standard
    error is about 1/√(2(n − 1)), that of the result too. Power from the noncentral t distribution.

    Args:
        values, baseline, train_share: as for :func:`compare_folds`.
        alpha: two-sided level of the test; divide it by the number of comparisons for a Bonferroni family.

    Returns:
        ≥ 0; 0 where all differences are equal.

    Raises:
        InputError: different lengths, fewer than two folds, or `power` not between `alpha` and 1.
    """
    require(0 < alpha < power < 1, f"power {power} and alpha {alpha}, expected 0 < alpha < power < 1")
    differences = _differences(values, baseline)
    return _noncentrality(len(differences) - 1, power, alpha) * _scale(differences, train_share)


def _noncentrality(freedom: int, power: float, alpha: float) -> float:
    """Mean of the numerator, in standard errors, at which |t| exceeds its critical value with `power`."""
    critical = stats.t.ppf(1 - alpha / 2, freedom)

    def surplus(shift: float) -> float:
        # t² is noncentral F; scipy's noncentral t itself is NaN at scattered arguments with few degrees of freedom
        return stats.ncf.sf(critical**2, 1, freedom, shift**2) - power

    upper = critical + 1.0
    while surplus(upper) < 0:
        upper *= 2
    return float(brentq(surplus, 0, upper))


def _differences(values, baseline) -> np.ndarray:
    values, baseline = np.asarray(values, dtype=float), np.asarray(baseline, dtype=float)
    require(values.shape == baseline.shape, f"{len(values)} and {len(baseline)} fold values cannot be paired")
    require(len(values) >= 2, f"a paired comparison needs at least two folds, got {len(values)}")
    return values - baseline


def _scale(differences: np.ndarray, train_share: float) -> float:
    """Standard error of the mean difference by Nadeau and Bengio."""
    return sqrt((1 / len(differences) + (1 - train_share) / train_share) * differences.var(ddof=1))
