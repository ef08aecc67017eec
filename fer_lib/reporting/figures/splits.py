"""One network on several sets and splits: accuracy, what leaks are worth, curves and confusion matrices."""

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
from matplotlib.figure import Figure

from ...evaluation.confusion import row_shares
from ..style import WIDTH
from .heat_map import heat_map
from .transfer import mean_by_epoch

MAJORITY = "majority class"


def split_accuracy(results: pd.DataFrame, title: str) -> Figure:
    """A panel per set: accuracy of every variant with its interval, a colour per split, the majority class dashed.

    Args:
        results: as :func:`fer_lib.studies.deep_emotion_results.results` makes it (%).
    """
    targets, splits = list(results["target"].unique()), list(results["split"].unique())
    rows = [results.loc[results["target"] == t, "variant"].nunique() - 1 for t in targets]
    used = [results.loc[results["target"] == t, "split"].nunique() for t in targets]
    heights = [n * max(0.22 * k, 0.32) + 0.55 for n, k in zip(rows, used, strict=True)]
    figure, axes = plt.subplots(
        len(targets), 1, figsize=(WIDTH, sum(heights) + 0.9), height_ratios=heights, squeeze=False
    )
    for axis, target in zip(axes.flat, targets, strict=True):
        here = results[results["target"] == target]
        variants = [name for name in here["variant"].unique() if name != MAJORITY]
        own = [split for split in splits if (here["split"] == split).any()]
        for number, split in enumerate(own):
            shown = here[here["split"] == split].set_index("variant").loc[variants]
            places = np.arange(len(variants)) + 0.7 * ((number + 0.5) / len(own) - 0.5)
            reach = [shown["accuracy"] - shown["low"], shown["high"] - shown["accuracy"]]
            code = splits.index(split)
            axis.errorbar(
                shown["accuracy"], places, xerr=reach, fmt="osD^v<"[code % 6], color=f"C{code}", capsize=3,
                markersize=5, label=split,
            )  # fmt: skip
        majority = here.loc[here["variant"] == MAJORITY, "accuracy"].iloc[0]
        axis.axvline(majority, color="0.4", linestyle="--", label=MAJORITY)
        axis.set(yticks=range(len(variants)), yticklabels=variants, ylim=(len(variants) - 0.5, -0.5))
        axis.set_title(target, fontsize="medium")
        axis.grid(axis="y", visible=False)
    axes.flat[-1].set_xlabel("accuracy (%)")
    named = {label: mark for axis in axes.flat for mark, label in zip(*axis.get_legend_handles_labels(), strict=True)}
    figure.legend(named.values(), named.keys(), loc="outside lower left", ncols=4, frameon=False, fontsize="small")
    figure.suptitle(title, x=0.01, ha="left", fontsize="medium")
    return figure


def split_gap_bars(table: pd.DataFrame, title: str) -> Figure:
    """What every stricter split takes away, in points with its interval.

    Args:
        table: as :func:`fer_lib.studies.deep_emotion_results.leaks` makes it.
    """
    names = [f"{r['target']}: {r['variant']}" for _, r in table.iterrows()]
    steps = table["split"] + " → " + table["stricter"]
    labels, kinds = list(dict.fromkeys(names)), list(dict.fromkeys(steps))
    figure, axis = plt.subplots(figsize=(WIDTH, 0.28 * len(kinds) * len(labels) + 1.4))
    for number, kind in enumerate(kinds):
        chosen = table[(steps == kind).to_numpy()]
        places = [labels.index(f"{r['target']}: {r['variant']}") for _, r in chosen.iterrows()]
        offset = 0.7 * ((number + 0.5) / len(kinds) - 0.5)
        reach = [chosen["difference"] - chosen["low"], chosen["high"] - chosen["difference"]]
        axis.errorbar(
            chosen["difference"], np.array(places) + offset, xerr=reach, fmt="osD^v"[number % 5],
            color=f"C{number}", capsize=3, markersize=5, label=kind,
        )  # fmt: skip
    axis.axvline(0, color="0.4", linewidth=1)
    axis.set(
        title=title, xlabel="accuracy lost under the stricter split (points)", yticks=range(len(labels)),
        yticklabels=labels, ylim=(len(labels) - 0.5, -0.5),
    )  # fmt: skip
    axis.grid(axis="y", visible=False)
    figure.legend(loc="outside lower left", ncols=3, frameon=False, fontsize="small")
    return figure


def curve_panels(histories: dict[str, dict[str, pd.DataFrame]], title: str) -> Figure:
    """Accuracy per epoch, a panel per set: the selecting part (solid) and training (dotted), mean over trainings.

    A training that has stopped keeps its last value, so that no line jumps when one ends.

    Args:
        histories: history tables with a column ``seed``, by set and variant.
    """
    figure, axes = plt.subplots(1, len(histories), figsize=(WIDTH, 3.6), squeeze=False)
    known = list(dict.fromkeys(variant for by_variant in histories.values() for variant in by_variant))
    for axis, (target, by_variant) in zip(axes.flat, histories.items(), strict=True):
        for variant, history in by_variant.items():
            for column, style in (("select_accuracy", "-"), ("train_accuracy", ":")):
                mean = mean_by_epoch(history, column)
                axis.plot(
                    mean.index, mean, style, color=f"C{known.index(variant)}", linewidth=1.4,
                    label=variant if style == "-" else None,
                )  # fmt: skip
        axis.set(xlabel="epoch")
        axis.set_title(target, fontsize="medium")
    axes.flat[0].set_ylabel("accuracy (%)")
    named = {label: mark for axis in axes.flat for mark, label in zip(*axis.get_legend_handles_labels(), strict=True)}
    figure.legend(named.values(), named.keys(), loc="outside lower left", ncols=3, frameon=False, fontsize="small")
    figure.suptitle(title, x=0.01, ha="left", fontsize="medium")
    return figure


def confusion_panels(matrices: dict[str, tuple[np.ndarray, tuple[str, ...]]], title: str) -> Figure:
    """A confusion matrix per set, each with classes of its own: row shares, and counts below.

    Args:
        matrices: by set, int (K, K) counts (rows true, columns predicted) and the K names.
    """
    heights = [0.42 * len(names) + 0.9 for _, names in matrices.values()]
    figure, axes = plt.subplots(
        len(matrices), 1, figsize=(WIDTH, sum(heights) + 0.3), height_ratios=heights, squeeze=False
    )
    for axis, (name, (counts, classes)) in zip(axes.flat, matrices.items(), strict=True):
        shares = row_shares(counts)
        texts = np.array(
            [["–" if np.isnan(s) else f"{s:.0f} %\n{n:,}" for s, n in zip(*line, strict=True)]
             for line in zip(shares, counts, strict=True)]
        )  # fmt: skip
        heat_map(axis, shares, texts, classes, classes, low=0, high=100, size="xx-small")
        axis.set_title(name, fontsize="medium")
        axis.set_ylabel("true", fontsize="small")
    figure.supxlabel("predicted", fontsize="small")
    figure.suptitle(title, x=0.01, ha="left", fontsize="medium")
    return figure
