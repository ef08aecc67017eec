"""Results over variants and folds."""

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
from matplotlib.figure import Figure

from ..style import WIDTH


def accuracy_intervals(results: pd.DataFrame, folds: pd.DataFrame, title: str) -> Figure:
    """Each variant's folds as dots, their mean with its interval, the majority class as a line and
    published values as diamonds.

    Args:
        results: as :func:`fer_lib.evaluation.comparison.variant_table` makes it (%).
        folds: variants × folds (%).
    """
    majority = results.set_index("variant").loc["majority class", "accuracy"]
    shown = results[results["variant"] != "majority class"]
    figure, axis = plt.subplots(figsize=(WIDTH, 0.5 * len(shown) + 1.4))
    rows = np.arange(len(shown))
    for row, variant in zip(rows, shown["variant"], strict=True):
        values = folds.loc[variant]
        axis.scatter(
            values, np.full(len(values), row), color="C0", alpha=0.45, s=22, label="folds" if row == 0 else None
        )
    reach = [shown["accuracy"] - shown["low"], shown["high"] - shown["accuracy"]]
    axis.errorbar(shown["accuracy"], rows, xerr=reach, fmt="o", color="C3", capsize=4, label="mean, 95 % interval")
    if "published" in shown and shown["published"].notna().any():
        axis.scatter(
            shown["published"], rows, marker="D", color="C2", s=34, label="published (selected on the reported fold)"
        )
    axis.axvline(majority, color="0.4", linestyle="--", label=f"majority class {majority:.1f} %")
    axis.set(
        title=title, xlabel="accuracy (%)", yticks=rows, yticklabels=shown["variant"], ylim=(len(shown) - 0.4, -0.6)
    )
    axis.grid(axis="y", visible=False)
    figure.legend(loc="outside lower left", ncols=2, frameon=False, fontsize="small")
    return figure


def learning_curves(histories: dict[str, pd.DataFrame], title: str) -> Figure:
    """Mean selecting accuracy per epoch over the folds that still train, one line per variant."""
    figure, axis = plt.subplots(figsize=(WIDTH, 3.6))
    for number, (variant, history) in enumerate(histories.items()):
        by_epoch = 100 * history.groupby("epoch")["select_accuracy"].mean()
        axis.plot(by_epoch.index, by_epoch, color=f"C{number}", label=variant)
        by_epoch = 100 * history.groupby("epoch")["train_accuracy"].mean()
        axis.plot(by_epoch.index, by_epoch, color=f"C{number}", alpha=0.5, linestyle=":")
    axis.set(title=title, xlabel="epoch", ylabel="accuracy (%)")
    figure.legend(loc="outside lower left", ncols=3, frameon=False, fontsize="small")
    return figure


def optimism_bars(table: pd.DataFrame, title: str) -> Figure:
    """Selection optimism in points per variant with its interval."""
    figure, axis = plt.subplots(figsize=(WIDTH, 0.45 * len(table) + 1.2))
    reach = [table["optimism"] - table["low"], table["high"] - table["optimism"]]
    axis.barh(table["variant"], table["optimism"], xerr=reach, color="C1", capsize=4, error_kw={"linewidth": 1.2})
    axis.set(title=title, xlabel="points gained by selecting on the reported fold")
    axis.invert_yaxis()
    axis.grid(axis="y", visible=False)
    return figure


def theta_histograms(quantities: dict[str, pd.DataFrame], title: str) -> Figure:
    """Zoom, rotation and shifts of every variant's transforms, as densities.

    Args:
        quantities: per variant, columns ``zoom, rotation, shift_x, shift_y``.
    """
    labels = {"zoom": "zoom (×)", "rotation": "rotation (°)", "shift_x": "shift right", "shift_y": "shift down"}
    figure, axes = plt.subplots(2, 2, figsize=(WIDTH, 4.8))
    for axis, (column, label) in zip(axes.flat, labels.items(), strict=True):
        together = np.concatenate([table[column] for table in quantities.values()])
        # the outermost percent would squeeze everything else into one bar
        bins = np.linspace(*np.percentile(together, [0.5, 99.5]), 60) if np.ptp(together) > 1e-6 else 10
        for number, (variant, table) in enumerate(quantities.items()):
            axis.hist(
                table[column], bins=bins, histtype="step", density=True, color=f"C{number}", linewidth=1.4,
                label=variant if column == "zoom" else None,
            )  # fmt: skip
        axis.set(xlabel=label, yticks=[])
    columns = 4 if max(map(len, quantities)) < 16 else 2
    figure.legend(loc="outside lower left", ncols=columns, frameon=False, fontsize="small")
    figure.suptitle(title, x=0.01, ha="left", fontsize="medium")
    return figure
