"""Valence and arousal in the cells of a confusion matrix."""

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
from matplotlib.figure import Figure

from ..style import WIDTH
from .heat_map import heat_map

QUANTITIES = {
    "mean_valence": "mean valence",
    "std_valence": "sd of valence",
    "mean_arousal": "mean arousal",
    "std_arousal": "sd of arousal",
}


def affect_heat_maps(cells: pd.DataFrame, classes, title: str) -> Figure:
    """Four heat maps of one variant, each with its own shades: rows true, columns predicted.

    Args:
        cells: one variant's rows of :func:`fer_lib.evaluation.affect.affect_cells`.
    """
    classes = list(classes)
    figure, axes = plt.subplots(2, 2, figsize=(WIDTH, 5.2), sharex=True, sharey=True)
    for axis, (quantity, name) in zip(axes.flat, QUANTITIES.items(), strict=True):
        grid = cells.pivot(index="true", columns="predicted", values=quantity).loc[classes, classes].to_numpy(float)
        texts = np.array([["–" if np.isnan(value) else f"{value:.2f}" for value in row] for row in grid])
        drawn = grid[np.isfinite(grid)]
        low, high = (drawn.min(), drawn.max()) if len(drawn) else (0, 1)
        heat_map(axis, grid, texts, classes, classes, low=low, high=high, size="medium")
        axis.tick_params(axis="x", rotation=30)
        axis.set_title(name, fontsize="medium")
    figure.supxlabel("predicted", fontsize="small")
    figure.supylabel("true", fontsize="small")
    figure.suptitle(title, x=0.01, ha="left", fontsize="medium")
    return figure
