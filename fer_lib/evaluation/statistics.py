"""Intervals and paired comparisons over folds; scipy does the arithmetic."""

from dataclasses import dataclass
from math import sqrt

import numpy as np
from scipy import stats

from ..errors import require


@dataclass(frozen=True)
class Interval:
    """A mean with its 95 % interval, in the unit of the values."""

    mean: float
    low: float
    high: float

    @property
    def half_width(self) -> float:
        return (self.high - self.low) / 2


def fold_interval(values, confidence: float = 0.95) -> Interval:
    """Mean of the fold values with Student's t interval (n − 1 degrees of freedom).

    Folds share training images, so the interval is somewhat too narrow: read it as a description
    of the spread over folds.

    Raises:
        InputError: fewer than two values.
    """
    values = np.asarray(values, dtype=float)
    require(len(values) >= 2, f"an interval over folds needs at least two of them, got {len(values)}")
    mean, error = values.mean(), stats.sem(values)
    if error == 0:
        return Interval(mean, mean, mean)
    low, high = stats.t.interval(confidence, len(values) - 1, loc=mean, scale=error)
    return Interval(float(mean), float(low), float(high))


def published_half_width(accuracy: float, samples: int) -> float:
    """Half-width 1.96·√(a(100 − a)/N) in points, for `accuracy` in %, as the papers print it.

    N counts all tested images of all folds; the formula ignores fold variance and selection
    (Luna-Jiménez et al. 2021; reproduced for comparison, not recommended).
    """
    require(0 <= accuracy <= 100, f"accuracy {accuracy} is not in 0 … 100 %")
    require(samples > 0, "an interval needs at least one sample")
    return 1.96 * sqrt(accuracy * (100 - accuracy) / samples)


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
    values, baseline = np.asarray(values, dtype=float), np.asarray(baseline, dtype=float)
    require(values.shape == baseline.shape, f"{len(values)} and {len(baseline)} fold values cannot be paired")
    n = len(values)
    require(n >= 2, f"a paired comparison needs at least two folds, got {n}")
    differences = values - baseline
    mean = float(differences.mean())
    scale = sqrt((1 / n + (1 - train_share) / train_share) * differences.var(ddof=1))
    if scale == 0:
        return PairedComparison(Interval(mean, mean, mean), 1.0 if mean == 0 else 0.0)
    low, high = stats.t.interval(0.95, n - 1, loc=mean, scale=scale)
    p_value = 2 * stats.t.sf(abs(mean) / scale, n - 1)
    return PairedComparison(Interval(mean, float(low), float(high)), float(p_value))
