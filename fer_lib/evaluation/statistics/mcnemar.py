"""Who is right where the other is wrong: McNemar's test on pooled test images."""

from dataclasses import dataclass

import numpy as np
import pandas as pd
from scipy import stats

from ...errors import require

EXACT_BELOW = 25  # discordant pairs; as in Edwards, Psychometrika 13, 1948, and every text since


@dataclass(frozen=True)
class McNemar:
    """Decisions that only the first and that only the second got right, and whether they differ."""

    only_first: int
    only_second: int
    p_value: float


def mcnemar(first, second, groups=None) -> McNemar:
    """Are two variants right equally often on the same images? Everything else about the trainings is held fixed.

    Without groups McNemar's test (Psychometrika 12, 1947): exact with fewer than 25 discordant pairs, else χ²
    without continuity correction, which is conservative (Fagerland, Lydersen & Laake, BMC Medical Research
    Methodology 13:91, 2013); by statsmodels. With groups the modified Obuchowski test for clustered pairs,
    χ² = (K − 1)/K · (Σ d_k)² / Σ d_k², d_k the difference of both variants' right answers in group k (Yang, Sun &
    Hardin, Biometrical Journal 52, 2010). An image decided under several seeds is such a group, and so are a
    person's images; taken as independent they would give a p-value that is too small.

    A small p-value speaks of these trained networks on such images. Whether the same variant wins when trained
    again, only :func:`~fer_lib.evaluation.statistics.compare_folds` asks.

    Args:
        first, second: bool (N,), whether each decision was right.
        groups: (N,), equal for decisions that depend on each other, or None.

    Raises:
        InputError: different lengths, or a single group.
    """
    from statsmodels.stats.contingency_tables import mcnemar as paired_table

    first, second = np.asarray(first, bool), np.asarray(second, bool)
    require(first.shape == second.shape, f"{len(first)} and {len(second)} decisions cannot be paired")
    b, c = int((first & ~second).sum()), int((~first & second).sum())
    if b == c == 0:
        return McNemar(b, c, 1.0)
    if groups is None:
        table = [[0, b], [c, 0]]  # the concordant pairs do not enter
        test = paired_table(table, exact=b + c < EXACT_BELOW, correction=False)
        return McNemar(b, c, float(test.pvalue))
    codes, names = pd.factorize(np.asarray(groups))
    count = len(names)
    require(count >= 2, "McNemar's test over groups needs at least two of them, got 1")
    difference = np.bincount(codes, weights=first.astype(float) - second)
    statistic = (count - 1) / count * difference.sum() ** 2 / max((difference**2).sum(), 1.0)
    return McNemar(b, c, float(stats.chi2.sf(statistic, 1)))
