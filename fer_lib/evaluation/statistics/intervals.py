"""Intervals of an accuracy over folds, and the papers' binomial one."""

from dataclasses import dataclass
from math import sqrt

import numpy as np
from scipy import stats

from ...errors import require


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
