"""Where the spread of accuracy comes from."""

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
from matplotlib.figure import Figure

from ..style import WIDTH

SOURCES = {"fold": "folds", "seed": "seeds", "residual": "fold × seed and noise"}


def variance_bars(table: pd.DataFrame, title: str) -> Figure:
    """Variance components per variant as stacked bars in points²: of the scores, and beside them on the same
    scale of the differences to the baseline.

    Variances are stacked, not standard deviations, because only variances add up.

    Args:
        table: as :func:`fer_lib.evaluation.variance_components.variance_components` makes it.
    """
    panels = list(table.groupby("baseline", sort=False))
    rows = max(len(panel) for _, panel in panels)
    figure, axes = plt.subplots(1, len(panels), figsize=(WIDTH, 0.42 * rows + 1.6), squeeze=False, sharex=True)
    for number, (axis, (baseline, panel)) in enumerate(zip(axes[0], panels, strict=True)):
        left = np.zeros(len(panel))
        for colour, (source, label) in enumerate(SOURCES.items()):
            variance = panel[f"sd_{source}"].to_numpy() ** 2
            axis.barh(panel["variant"], variance, left=left, color=f"C{colour}", label=None if number else label)
            left += variance
        axis.set_title("accuracy" if number == 0 else f"difference to {baseline}", fontsize="small")
        axis.set(xlabel="variance (points²)", ylim=(len(panel) - 0.5, -0.5))
        axis.grid(axis="y", visible=False)
    figure.suptitle(title, x=0.01, ha="left", fontsize="medium")
    figure.legend(loc="outside lower left", ncols=3, frameon=False, fontsize="small")
    return figure
