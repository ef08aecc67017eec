"""Many tests at once."""

import numpy as np


def holm(p_values) -> np.ndarray:
    """Holm's step-down adjustment (Scandinavian Journal of Statistics 6, 1979): below α the chance of any false
    positive in the family is at most α, however the tests depend on each other.

    Args:
        p_values: float (n,) in [0, 1]; NaN (not tested) stays NaN and does not count.
    """
    from statsmodels.stats.multitest import multipletests

    adjusted = np.array(p_values, dtype=float)
    tested = ~np.isnan(adjusted)
    if tested.any():
        adjusted[tested] = multipletests(adjusted[tested], method="holm")[1]
    return adjusted
