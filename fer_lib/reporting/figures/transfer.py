"""Transfer learning: what each way to start and to train reaches on each target, and how fast."""

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
from matplotlib.figure import Figure

from ..style import WIDTH
from .samples import show


def transfer_accuracy(results: pd.DataFrame, title: str) -> Figure:
    """A panel per target: mean accuracy with its interval by mode, a colour per variant, the majority class dashed.

    Args:
        results: as :func:`fer_lib.studies.transfer.results` makes it (%).
    """
    targets, variants = results["target"].unique(), results["variant"].unique()
    modes = [mode for mode in results["mode"].unique() if mode != "majority class"]
    height = 0.3 * len(modes) * max(len(variants), 1.5) + 1.4
    figure, axes = plt.subplots(1, len(targets), figsize=(WIDTH, height), sharey=True, squeeze=False)
    for axis, target in zip(axes.flat, targets, strict=True):
        here = results[results["target"] == target]
        for number, variant in enumerate(variants):
            shown = here[here["variant"] == variant].set_index("mode").loc[modes]
            rows = [i + 0.7 * ((number + 0.5) / len(variants) - 0.5) for i in range(len(modes))]
            reach = [shown["accuracy"] - shown["low"], shown["high"] - shown["accuracy"]]
            axis.errorbar(shown["accuracy"], rows, xerr=reach, fmt="o", color=f"C{number}", capsize=4, label=variant)
        majority = here.loc[here["mode"] == "majority class", "accuracy"].iloc[0]
        axis.axvline(majority, color="0.4", linestyle="--", label="majority class")
        low, high = axis.get_xlim()
        axis.set(xlabel="accuracy (%)", yticks=range(len(modes)), yticklabels=modes, ylim=(len(modes) - 0.5, -0.5))
        axis.set_xlim(max(low, -2), min(high, 102))  # intervals of few folds may leave 0 … 100
        axis.set_title(target, fontsize="medium")
        axis.grid(axis="y", visible=False)
    figure.legend(*axes.flat[0].get_legend_handles_labels(), loc="outside lower left", ncols=4, frameon=False)
    figure.suptitle(title, x=0.01, ha="left", fontsize="medium")
    return figure


def transfer_curves(histories: dict, results: pd.DataFrame, title: str) -> Figure:
    """Mean accuracy on the tested fold by epoch, a panel per target, a line per mode and variant.

    Epoch 0 is the source network without training. Folds that have stopped keep their last value, so that no line
    jumps when an easy fold ends. Where nothing but the tested fold selected (reference protocol), that is shown.

    Args:
        histories: by target, variant and mode.
        results: for the accuracy without training (%).
    """
    figure, axes = plt.subplots(1, len(histories), figsize=(WIDTH, 3.6), squeeze=False)
    for axis, (target, by_variant) in zip(axes.flat, histories.items(), strict=True):
        start = results[results["target"] == target].set_index(["variant", "mode"])["accuracy"]
        for dashes, (variant, by_mode) in zip(
            ("-", "--", ":", "-.") * len(by_variant), by_variant.items(), strict=False
        ):
            for number, (mode, history) in enumerate(by_mode.items()):
                mean = mean_by_epoch(history)
                if mode != "scratch":
                    mean = pd.concat([pd.Series({0: start[variant, "no training"]}), mean])
                label = mode if len(by_variant) == 1 else f"{variant}, {mode}"
                axis.plot(mean.index, mean, dashes, color=f"C{number}", label=label)
        axis.set(xlabel="epoch")
        axis.set_title(target, fontsize="medium")
    axes.flat[0].set_ylabel("accuracy of the tested folds (%)")
    figure.legend(*axes.flat[0].get_legend_handles_labels(), loc="outside lower left", ncols=4, frameon=False)
    figure.suptitle(title, x=0.01, ha="left", fontsize="medium")
    return figure


def mean_by_epoch(history: pd.DataFrame, score: str | None = None) -> pd.Series:
    """Mean over folds and seeds in %, indexed by epoch; a training that has stopped counts with its last value.

    Args:
        score: column of the history; accuracy on the tested fold by default, or what selected where that was it.
    """
    score = score or ("watch_accuracy" if "watch_accuracy" in history else "select_accuracy")
    wide = history.pivot(index="epoch", columns=["seed", "fold"], values=score)
    return 100 * wide.ffill().mean(axis=1)


def image_rows(sets: dict[str, np.ndarray], title: str, columns: int = 12) -> Figure:
    """A row per set of `columns` images, evenly spaced over it; uint8 (N, H, W[, 3]) each."""
    side = WIDTH / columns
    figure, axes = plt.subplots(len(sets), columns, figsize=(WIDTH, 1.5 * side * len(sets) + 0.3), squeeze=False)
    for line, (name, images) in zip(axes, sets.items(), strict=True):
        for axis, position in zip(line, np.linspace(0, len(images) - 1, columns).astype(int), strict=True):
            show(axis, images[position])
        # as a title it would push the next column away, being wider than its own
        line[0].annotate(name, (0, 1.1), xycoords="axes fraction", fontsize="small", in_layout=False)
    figure.suptitle(title, x=0.01, ha="left", fontsize="medium")
    return figure
