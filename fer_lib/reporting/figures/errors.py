"""Who fails where: how many variants on an image, which groups of images, which variants together."""

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
from matplotlib.figure import Figure

from ..style import WIDTH
from .heat_map import heat_map

STYLES = ("o", "s", "D", "^", "v", "P", "X", "<", ">", "*")


def failure_bars(table: pd.DataFrame, title: str) -> Figure:
    """Images by the number of variants that fail on them: bars, and what independent errors would give as markers.

    Args:
        table: as :func:`fer_lib.evaluation.common_errors.failure_table` makes it: ``failing``, ``share`` and one
            column per expectation.
    """
    figure, axis = plt.subplots(figsize=(WIDTH, 3.4))
    bars = axis.bar(table["failing"], table["share"], color="C0", width=0.7, label="observed")
    labels = axis.bar_label(bars, fmt="%.1f", padding=3, fontsize="small", zorder=4)
    for label in labels:  # curves run behind the numbers
        label.set_bbox({"facecolor": "white", "edgecolor": "none", "pad": 0.5})
    for number, name in enumerate(table.columns.drop(["failing", "images", "share"]), 1):
        axis.plot(table["failing"], table[name], STYLES[number] + "--", color=f"C{number}", label=f"expected, {name}")
    axis.set(
        title=title,
        xticks=table["failing"],
        xlabel="variants that fail on an image",
        ylabel="images (%)",
        ylim=(0, 1.12 * table.drop(columns=["failing", "images"]).to_numpy().max()),
    )
    axis.grid(axis="x", visible=False)
    figure.legend(loc="outside lower left", ncols=3, frameon=False, fontsize="small")
    return figure


def group_accuracy(table: pd.DataFrame, title: str, xlabel: str) -> Figure:
    """Accuracy per group of images with intervals, balanced accuracy below; the groups' sizes stand under their names.

    Args:
        table: as :func:`fer_lib.evaluation.proportions.group_table` makes it.
    """
    table = table[table["images"] > 0]
    variants, groups = list(table["variant"].unique()), list(table["group"].unique())
    figure, (above, below) = plt.subplots(2, 1, figsize=(WIDTH, 5.6), sharex=True, height_ratios=(3, 2))
    for number, variant in enumerate(variants):
        rows = table[table["variant"] == variant].set_index("group").loc[groups]
        place = np.arange(len(groups)) + 0.5 * (number + 0.5) / len(variants) - 0.25
        look = {"fmt": STYLES[number % len(STYLES)], "color": f"C{number % 10}", "markersize": 5}
        reach = [rows["accuracy"] - rows["low"], rows["high"] - rows["accuracy"]]
        above.errorbar(place, rows["accuracy"], yerr=reach, capsize=2, linewidth=1, label=variant, **look)
        below.errorbar(place, rows["balanced"], **look)
    images = table.drop_duplicates("group").set_index("group")["images"]
    below.set_xticks(range(len(groups)), [f"{group}\n{images[group]:,}" for group in groups], fontsize="small")
    above.set(title=title, ylabel="accuracy (%)")
    below.set(xlabel=f"{xlabel}, images", ylabel="balanced (%)")
    for axis in (above, below):
        axis.grid(axis="x", visible=False)
    figure.legend(
        *above.get_legend_handles_labels(), loc="outside lower left", ncols=4, frameon=False, fontsize="small"
    )
    return figure


def correlation_heat_map(correlation: pd.DataFrame, title: str) -> Figure:
    """Correlations of every pair, of errors or of maps say; shades from 0 to 1, NaN stays blank.

    Args:
        correlation: names × names, as :func:`fer_lib.evaluation.common_errors.error_correlation` and
            :func:`fer_lib.guidance.agreement.map_agreement` make it.
    """
    names, values = list(correlation), correlation.to_numpy()
    figure, axis = plt.subplots(figsize=(WIDTH, 0.5 * len(names) + 1.2))
    texts = np.array([["–" if np.isnan(value) else f"{value:z.2f}" for value in row] for row in values])
    heat_map(axis, values, texts, names, names, low=0, high=1, size="small")
    if len(names) > 5:
        axis.set_xticks(range(len(names)), names, fontsize="small", rotation=30, ha="right", rotation_mode="anchor")
    axis.set_title(title)
    return figure


def hard_confusion_rates(table: pd.DataFrame, title: str) -> Figure:
    """Rates of the two opposite confusions per variant with their intervals.

    Args:
        table: ``variant, true, predicted, rate, rate_low, rate_high`` (%).
    """
    variants = list(table["variant"].unique())
    figure, axis = plt.subplots(figsize=(WIDTH, 0.5 * len(variants) + 1.5))
    for number, ((true, answer), rows) in enumerate(table.groupby(["true", "predicted"], sort=False)):
        place = np.array([variants.index(variant) for variant in rows["variant"]]) + 0.24 * number - 0.12
        reach = [rows["rate"] - rows["rate_low"], rows["rate_high"] - rows["rate"]]
        axis.errorbar(
            rows["rate"], place, xerr=reach, fmt=STYLES[number], color=f"C{number}", capsize=3,
            label=f"{true} taken for {answer}",
        )  # fmt: skip
    axis.set_yticks(range(len(variants)), variants)
    axis.set(title=title, xlabel="share of the true class (%)", ylim=(len(variants) - 0.5, -0.5))
    axis.set_xlim(left=0)
    axis.grid(axis="y", visible=False)
    figure.legend(loc="outside lower left", ncols=2, frameon=False, fontsize="small")
    return figure
