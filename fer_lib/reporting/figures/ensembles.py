"""Members, ensembles and test-time augmentation."""

from textwrap import fill

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
from matplotlib.figure import Figure

from ...evaluation.calibration import expected_calibration_error, reliability
from ..style import WIDTH
from .heat_map import heat_map

MARKS = "osD^vP"


def member_accuracy(tables: dict[str, pd.DataFrame], title: str) -> Figure:
    """A panel per group: accuracy of every member with its interval, a colour per form of test-time augmentation.

    Args:
        tables: by group, as :func:`fer_lib.studies.ensemble_results.member_table` makes it (%).
    """
    forms = list(dict.fromkeys(form for table in tables.values() for form in table["tta"]))
    rows = [table["member"].nunique() for table in tables.values()]
    heights = [n * max(0.22 * len(forms), 0.32) + 0.55 for n in rows]
    figure, axes = plt.subplots(
        len(tables), 1, figsize=(WIDTH, sum(heights) + 0.9), height_ratios=heights, squeeze=False
    )
    for axis, (group, table) in zip(axes.flat, tables.items(), strict=True):
        members = list(table["member"].unique())
        for number, form in enumerate(forms):
            shown = table[table["tta"] == form].set_index("member").loc[members]
            places = np.arange(len(members)) + 0.7 * ((number + 0.5) / len(forms) - 0.5)
            reach = [shown["accuracy"] - shown["low"], shown["high"] - shown["accuracy"]]
            axis.errorbar(
                shown["accuracy"], places, xerr=reach, fmt=MARKS[number], color=f"C{number}", capsize=3, markersize=5,
                label="no TTA" if form == "none" else f"TTA {form}",
            )  # fmt: skip
        axis.set(yticks=range(len(members)), yticklabels=members, ylim=(len(members) - 0.5, -0.5))
        axis.set_title(group, fontsize="medium")
        axis.grid(axis="y", visible=False)
    axes.flat[-1].set_xlabel("accuracy (%)")
    handles = axes.flat[0].get_legend_handles_labels()
    figure.legend(*handles, loc="outside lower left", ncols=4, frameon=False, fontsize="small")
    figure.suptitle(title, x=0.01, ha="left", fontsize="medium")
    return figure


def greedy_curves(table: pd.DataFrame, title: str) -> Figure:
    """Accuracy by the number of members: the part that validates and the tested one, a panel per form of test-time
    augmentation, the best size on the former marked.

    Args:
        table: as :func:`fer_lib.studies.ensembles.greedy_curve` makes it (%).
    """
    forms = list(table["tta"].unique())
    figure, axes = plt.subplots(1, len(forms), figsize=(WIDTH, 3.4), sharey=True, squeeze=False)
    for axis, form in zip(axes.flat, forms, strict=True):
        shown = table[table["tta"] == form]
        for number, part in enumerate(("validation", "test")):
            axis.plot(shown["size"], shown[part], f"{MARKS[number]}-", color=f"C{number}", label=part)
        best = shown["size"].iloc[int(shown["validation"].to_numpy().argmax())]
        axis.axvline(best, color="0.4", linestyle="--", label="best on validation")
        axis.set(xlabel="members", xticks=shown["size"])
        axis.set_title("no TTA" if form == "none" else f"TTA {form}", fontsize="medium")
    axes.flat[0].set_ylabel("accuracy (%)")
    handles = axes.flat[0].get_legend_handles_labels()
    figure.legend(*handles, loc="outside lower left", ncols=3, frameon=False, fontsize="small")
    figure.suptitle(title, x=0.01, ha="left", fontsize="medium")
    return figure


def reliability_diagrams(answers: dict[str, tuple[np.ndarray, np.ndarray]], title: str) -> Figure:
    """How often answers are right by how sure they are, a panel each; the area of a dot is the number of images.

    Args:
        answers: by name, probabilities (N, K) and labels int (N,).
    """
    figure, axes = plt.subplots(1, len(answers), figsize=(WIDTH, 3.1), sharey=True, squeeze=False)
    for axis, (name, (probabilities, labels)) in zip(axes.flat, answers.items(), strict=True):
        bins = reliability(probabilities, labels).query("images > 0")
        error = expected_calibration_error(probabilities, labels)
        axis.plot([0, 1], [0, 1], color="0.4", linestyle="--", linewidth=1)
        axis.plot(bins["confidence"], bins["accuracy"], color="C0", linewidth=1)
        axis.scatter(bins["confidence"], bins["accuracy"], s=4 + 150 * bins["images"] / bins["images"].max(), alpha=0.7)
        axis.set(xlabel="confidence", xlim=(-0.03, 1.03), ylim=(-0.03, 1.03), aspect="equal")
        axis.set_title(f"{fill(name, 28)}\nECE {error:.3f}", fontsize="small")
    axes.flat[0].set_ylabel("share of right answers")
    figure.suptitle(title, x=0.01, ha="left", fontsize="medium")
    return figure


def member_pairs(disagreement: pd.DataFrame, double_fault: pd.DataFrame, title: str) -> Figure:
    """Two heat maps of member pairs: how often they answer differently, and how often both are wrong (%).

    Args:
        disagreement, double_fault: as :func:`fer_lib.studies.ensemble_results.pairs` makes them.
    """
    names = list(disagreement)
    figure, axes = plt.subplots(2, 1, figsize=(WIDTH, 2 * (0.36 * len(names) + 0.9)))
    for axis, table, what in zip(
        axes, (disagreement, double_fault), ("different answers", "both wrong (diagonal: error rate)"), strict=True
    ):
        values = table.to_numpy(float)
        texts = np.array([[f"{value:.1f}" for value in row] for row in values])
        heat_map(axis, values, texts, names, names, low=0, high=max(values.max(), 1e-9), size="small")
        axis.tick_params(axis="x", rotation=20 if len("".join(names)) > 45 else 0)
        axis.set_title(f"{what} (%)", fontsize="medium")
    figure.suptitle(title, x=0.01, ha="left", fontsize="medium")
    return figure
