"""Confusion matrices: shade and percentage per row, counts below."""

import matplotlib.pyplot as plt
import numpy as np
from matplotlib.figure import Figure

from ...evaluation.confusion import row_shares
from ..style import WIDTH
from .heat_map import heat_map


def confusion_matrices(matrices: dict[str, np.ndarray], rows, columns, title: str, per_line: int = 2) -> Figure:
    """One matrix per entry; every row is shaded by its shares and sums to 100 %.

    Args:
        matrices: by name, int (R, C) counts, rows true and columns predicted.
        rows, columns: their names.
    """
    lines = -(-len(matrices) // per_line)
    height = 0.55 * len(rows) + 0.85
    figure, axes = plt.subplots(
        lines, per_line, figsize=(WIDTH, lines * height + 0.5), squeeze=False, sharex=True, sharey=True
    )
    for axis, (name, counts) in zip(axes.flat, matrices.items(), strict=False):
        shares = row_shares(counts)
        texts = np.array(
            [[_cell(*pair) for pair in zip(*line, strict=True)] for line in zip(shares, counts, strict=True)]
        )
        heat_map(axis, shares, texts, rows, columns, low=0, high=100)
        axis.set_title(name, fontsize="medium")
        axis.label_outer()
    for axis in axes.flat[len(matrices) :]:
        axis.axis("off")
    for axis in axes[:, 0]:
        axis.set_ylabel("true", fontsize="small")
    figure.supxlabel("predicted", fontsize="small")
    figure.suptitle(title, x=0.01, ha="left", fontsize="medium")
    return figure


def fold_confusion_matrices(counts: np.ndarray, variants, folds, classes, title: str) -> Figure:
    """A small matrix per variant (rows) and fold (columns), row percentages without decimals.

    Args:
        counts: (V, F, K, K), rows true and columns predicted.
    """
    figure, axes = plt.subplots(
        len(variants), len(folds), figsize=(WIDTH, 1.25 * len(variants) + 0.7), squeeze=False, sharex=True, sharey=True
    )
    short = [name[:3] for name in classes]
    for v, variant in enumerate(variants):
        for f, fold in enumerate(folds):
            shares = row_shares(counts[v, f])
            texts = np.array([["–" if np.isnan(value) else f"{value:.0f}" for value in line] for line in shares])
            heat_map(axes[v, f], shares, texts, short, short, low=0, high=100)
            axes[v, f].tick_params(labelsize="x-small")
            if v == 0:
                axes[v, f].set_title(f"fold {fold}", fontsize="small")
        axes[v, 0].set_ylabel(variant, fontsize="small")
    figure.supxlabel("predicted (rows: true class)", fontsize="small")
    figure.suptitle(title, x=0.01, ha="left", fontsize="medium")
    return figure


def _cell(share: float, count: int) -> str:
    return "–" if np.isnan(share) else f"{share:.1f} %\n{count:,}"
