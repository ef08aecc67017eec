"""Accuracy against cost."""

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
from matplotlib.figure import Figure

from ..style import WIDTH

HOLLOW = {"s": 70, "facecolor": "none", "zorder": 3}


def accuracy_by_cost(table: pd.DataFrame, title: str) -> Figure:
    """Each variant's accuracy with its 95 % interval over the multiply–accumulates of a forward pass, comparable
    published values as diamonds (hexagons where they were not verified), the majority class as a line.

    Variants of equal cost stand side by side.

    Args:
        table: ``variant, accuracy, low, high, macs, published, published_status``, the majority class last.
    """
    ranked, majority = table.iloc[:-1], table.iloc[-1]["accuracy"]
    macs = ranked["macs"].to_numpy(float) / 1e6
    figure, axis = plt.subplots(figsize=(WIDTH, 4.2))
    for number, (x, row) in enumerate(zip(beside(macs), ranked.to_dict("records"), strict=True)):
        reach = [[row["accuracy"] - row["low"]], [row["high"] - row["accuracy"]]]
        style = {"color": f"C{number % 10}", "fmt": "osD^vP*X"[number % 8], "capsize": 3, "markersize": 6}
        axis.errorbar(x, row["accuracy"], yerr=reach, label=row["variant"], **style)
        if pd.notna(row["published"]):
            hollow = {**HOLLOW, "marker": _marker(row["published_status"]), "edgecolor": f"C{number % 10}"}
            axis.scatter(x, row["published"], **hollow)
    for status in ranked["published_status"].dropna().unique():
        name = "published, comparable" + (f" [{status}]" if status != "verified" else "")
        axis.scatter([], [], **HOLLOW, marker=_marker(status), edgecolor="0.3", label=name)
    axis.axhline(majority, color="0.4", linestyle="--", label=f"majority class {majority:.1f} %")
    axis.set(title=title, xlabel="multiply–accumulates of one forward pass (million)", ylabel="accuracy (%)")
    axis.set_xscale("log")
    ticks = np.unique(macs)
    axis.set_xticks(ticks, [f"{tick:.3g}" for tick in ticks])
    axis.set_xticks([], minor=True)
    axis.grid(axis="x", visible=False)
    figure.legend(loc="outside lower left", ncols=4, frameon=False, fontsize="small")
    return figure


def _marker(status: str) -> str:
    return "d" if status == "verified" else "h"


def beside(macs: np.ndarray) -> np.ndarray:
    """`macs` (N,) > 0, those of equal value spread around it, evenly on a logarithmic axis, without overlap between
    values."""
    logs = np.log10(macs)
    values = np.unique(logs)
    room = min(np.diff(values).min(initial=0.3), 0.3)
    out = logs.copy()
    for value in values:
        same = np.flatnonzero(logs == value)
        out[same] += (np.arange(len(same)) - (len(same) - 1) / 2) * 0.7 * room / max(len(same), 2)
    return 10**out
