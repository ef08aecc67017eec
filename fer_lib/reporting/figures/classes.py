"""How many images each class has."""

import matplotlib.pyplot as plt
import pandas as pd
from matplotlib.figure import Figure

from ..style import WIDTH


def class_bars(counts: pd.DataFrame, title: str) -> Figure:
    """Stacked bars per class, one colour per split.

    Args:
        counts: splits × classes with totals named "all", as the preparation study makes it.
    """
    inner = counts.drop(index="all", errors="ignore").drop(columns="all", errors="ignore")
    figure, axis = plt.subplots(figsize=(WIDTH, 3.2))
    inner.T.plot.bar(stacked=True, ax=axis, width=0.75, rot=0)
    axis.set(title=title, xlabel="", ylabel="images")
    axis.grid(axis="x", visible=False)
    axis.legend(title="", frameon=False)
    totals = inner.sum()
    for position, total in enumerate(totals):
        axis.annotate(f"{total:,}", (position, total), ha="center", va="bottom", fontsize="x-small")
    axis.tick_params(axis="x", labelsize="small")
    return figure
