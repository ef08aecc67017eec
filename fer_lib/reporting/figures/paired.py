"""Paired differences: variants against baselines."""

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
from matplotlib.figure import Figure

from ..style import WIDTH


def paired_intervals(table: pd.DataFrame, title: str) -> Figure:
    """Each variant's difference to each baseline with its 95 % interval; zero is a line.

    Args:
        table: rows ``variant, baseline, difference, low, high`` in points, as
            :func:`fer_lib.evaluation.comparison.paired_table` makes it.
    """
    variants, baselines = table["variant"].unique(), table["baseline"].unique()
    figure, axis = plt.subplots(figsize=(WIDTH, 0.55 * len(variants) + 1.6))
    # side by side within the variant's row, first baseline on top
    offsets = np.linspace(-0.25, 0.25, len(baselines)) if len(baselines) > 1 else [0.0]
    for number, (baseline, offset) in enumerate(zip(baselines, offsets, strict=True)):
        rows = table[table["baseline"] == baseline].set_index("variant").loc[variants]
        reach = [rows["difference"] - rows["low"], rows["high"] - rows["difference"]]
        axis.errorbar(
            rows["difference"], np.arange(len(variants)) + offset, xerr=reach, fmt="osD^v"[number % 5],
            color=f"C{number}", capsize=3, markersize=5, label=f"against {baseline}",
        )  # fmt: skip
    axis.axvline(0, color="0.4", linewidth=1)
    axis.set(
        title=title, xlabel="difference in accuracy (points)", yticks=range(len(variants)), yticklabels=variants,
        ylim=(len(variants) - 0.4, -0.6),
    )  # fmt: skip
    axis.grid(axis="y", visible=False)
    figure.legend(loc="outside lower left", ncols=3, frameon=False, fontsize="small")
    return figure
