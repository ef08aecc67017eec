"""Pairs and groups of images that are nearly equal, and what tells where they begin."""

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
from matplotlib.figure import Figure

from ..style import WIDTH


def likeness_curves(table: pd.DataFrame, threshold: float, chance: float, title: str) -> Figure:
    """Number of pairs and share of pairs with one label, per bin of similarity, beside the mirrored control.

    Args:
        table: columns ``similarity`` ("0.84–0.86"), ``pairs``, ``mirrored`` and, of each, ``…: one label (%)``.
        threshold: the similarity from which on pairs are grouped.
        chance: share (%) of random pairs with one label.
    """
    figure, (above, below) = plt.subplots(2, 1, figsize=(WIDTH, 4.6), sharex=True)
    at = np.arange(len(table))
    for name, colour, marker in (("pairs", "C0", "o"), ("mirrored", "C1", "s")):
        above.plot(at, table[name].replace(0, np.nan), color=colour, marker=marker, label=name)
        below.plot(at, table[f"{name}: one label (%)"], color=colour, marker=marker)
    below.axhline(chance, color="0.4", linestyle="--", label=f"random pairs {chance:.0f} %")
    starts = table["similarity"].str.split("–").str[0].astype(float)
    border = float(np.searchsorted(starts, threshold - 1e-9)) - 0.5
    for axis in (above, below):
        axis.axvline(border, color="C3", linestyle=":", label=f"grouped from {threshold}")
    above.set(title=title, ylabel="pairs", yscale="log")
    below.set(xlabel="similarity", ylabel="one label (%)", ylim=(0, 100), xticks=at)
    below.set_xticklabels(table["similarity"], rotation=45, ha="right", fontsize="x-small")
    for axis in (above, below):
        axis.legend(frameon=False, fontsize="x-small")
    return figure


def pair_sheet(images: np.ndarray, pairs: pd.DataFrame, names: np.ndarray, title: str) -> Figure:
    """One column per pair, the two images under each other, with their labels and similarity.

    Args:
        images: uint8 (N, H, W[, 3]).
        pairs: ``first``, ``second`` positions in `images`, ``similarity``.
        names: str (N,), the label of each image.
    """
    columns = max(1, len(pairs))
    figure, axes = plt.subplots(2, columns, figsize=(WIDTH, 2.9 * WIDTH / columns), squeeze=False)
    for axis in axes.flat[2 * len(pairs) :]:
        axis.axis("off")
    for (above, below), (_, pair) in zip(axes.T, pairs.iterrows(), strict=False):
        for axis, position in ((above, int(pair["first"])), (below, int(pair["second"]))):
            _show(axis, images[position])
            axis.set_xlabel(names[position], fontsize="x-small")
        above.set_title(f"{pair['similarity']:.2f}", fontsize="small", loc="center")
    figure.suptitle(title, x=0.01, ha="left", fontsize="medium")
    return figure


def group_sheet(images: np.ndarray, groups: list[np.ndarray], title: str, columns: int = 8) -> Figure:
    """A row per group: its first images, and how many it has.

    Args:
        images: uint8 (N, H, W[, 3]).
        groups: positions in `images`.
    """
    rows = max(1, len(groups))
    figure, axes = plt.subplots(rows, columns, figsize=(WIDTH, 1.15 * WIDTH / columns * rows + 0.4), squeeze=False)
    for axis in axes.flat:
        axis.axis("off")
    for line, group in zip(axes, groups, strict=False):
        for axis, position in zip(line, group, strict=False):
            axis.axis("on")
            _show(axis, images[position])
        line[0].set_title(f"{len(group)} images", fontsize="x-small")
    figure.suptitle(title, x=0.01, ha="left", fontsize="medium")
    return figure


def _show(axis, image: np.ndarray) -> None:
    axis.imshow(image, cmap="gray", vmin=0, vmax=255, interpolation="nearest")
    axis.set(xticks=[], yticks=[])
