"""Features of two numbers as they lie in the plane."""

from collections.abc import Sequence
from dataclasses import dataclass

import matplotlib.pyplot as plt
import numpy as np
from matplotlib.figure import Figure

from ...errors import require
from ..style import WIDTH

MARKERS = "os^Dv<>pPX"  # beside the colour, so that classes are told apart without it
MOST = 2000  # points a panel; more of them hide each other and swell the file
SEED = 0


@dataclass(frozen=True)
class Panel:
    """One plot of the grid.

    Attributes:
        points: float (N, 2); labels: int (N,).
        centers: float (K, 2), or None.
        note: stands below.

    Raises:
        InputError: features that are not of two numbers.
    """

    points: np.ndarray
    labels: np.ndarray
    centers: np.ndarray | None = None
    note: str = ""

    def __post_init__(self):
        size = self.points.shape[1]
        require(size == 2, f"features of {size} numbers, expected 2: others cannot be plotted as they are")


def embedding_scatter(panels: dict[str, dict[str, Panel]], classes: Sequence[str], title: str) -> Figure:
    """A row of scatter plots per entry, a column per entry of the rows; a colour and a marker for each class, and a
    white cross in a ring at each centre.

    The panels of a row share their axes: they show one space. At most :data:`MOST` points of a panel are drawn, chosen
    at random.

    Args:
        panels: by row and column; all rows have the same columns.
    """
    columns = list(next(iter(panels.values())))
    side = WIDTH / max(2, len(columns))
    figure, axes = plt.subplots(
        len(panels), len(columns), figsize=(WIDTH, 0.85 * side * len(panels) + 0.8), squeeze=False, sharex="row",
        sharey="row",
    )  # fmt: skip
    rng = np.random.default_rng(SEED)
    for line, (name, row) in zip(axes, panels.items(), strict=True):
        line[0].set_ylabel(name, fontsize="small")
        for axis, column in zip(line, columns, strict=True):
            draw_panel(axis, row[column], len(classes), rng)
    for axis, column in zip(axes[0], columns, strict=True):
        axis.set_title(column, fontsize="small", loc="center")
    figure.legend(handles=class_marks(classes), loc="outside lower left", ncols=4, frameon=False, fontsize="small")
    figure.suptitle(title, x=0.01, ha="left", fontsize="medium")
    return figure


def class_marks(classes: Sequence[str]) -> list[plt.Line2D]:
    """A legend's handles: each class in its colour and marker."""
    return [
        plt.Line2D([], [], linestyle="", color=_colour(k), marker=_of(MARKERS, k), label=name, markersize=5)
        for k, name in enumerate(classes)
    ]


def draw_panel(axis, panel: Panel, classes: int, rng: np.random.Generator, size: float = 9, alpha: float = 0.6) -> None:
    order = rng.permutation(len(panel.labels))[:MOST]  # no class lies on top of all others
    points, labels = panel.points[order], panel.labels[order]
    for k in range(classes):
        own = points[labels == k]
        axis.scatter(
            *own.T, s=size, color=_colour(k), marker=_of(MARKERS, k), alpha=alpha, linewidths=0, rasterized=True
        )
    if panel.centers is not None:
        axis.scatter(*panel.centers.T, s=75, color=[_colour(k) for k in range(classes)], edgecolors="black", zorder=3)
        axis.scatter(*panel.centers.T, s=30, color="white", marker="x", linewidths=1.5, zorder=4)
    axis.set_xlabel(panel.note, fontsize="x-small")
    axis.tick_params(labelsize="x-small")


def _colour(k: int):
    return _of(plt.rcParams["axes.prop_cycle"].by_key()["color"], k)


def _of(values, k: int):
    return values[k % len(values)]
