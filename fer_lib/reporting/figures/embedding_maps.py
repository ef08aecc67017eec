"""Embeddings of several networks laid out in the plane."""

from collections.abc import Mapping, Sequence

import matplotlib.pyplot as plt
import numpy as np
from matplotlib.figure import Figure

from ..style import WIDTH, titled
from .embedding import SEED, Panel, class_marks, draw_panel

COLUMNS = 2  # more would leave panels of a phone's page too small for markers
FEW = 600  # points that leave room for larger markers


def embedding_maps(
    points: dict[str, np.ndarray],
    labels: np.ndarray | Mapping[str, np.ndarray],
    classes: Sequence[str],
    title: str,
    notes: Mapping[str, str] | None = None,
) -> Figure:
    """A map per variant, a colour and a marker for each class. Axes have no ticks: places in a t-SNE map have no unit.

    At most :data:`~fer_lib.reporting.figures.embedding.MOST` points of a map are drawn, chosen at random.

    Args:
        points: by variant, float (N, 2).
        labels: int (N,) of all variants, or by variant.
        notes: by variant, what stands below its map.

    Raises:
        InputError: points that are not of two numbers.
    """
    lines = -(-len(points) // COLUMNS)
    figure, axes = plt.subplots(lines, COLUMNS, figsize=(WIDTH, 3.3 * lines + 0.8), squeeze=False)
    rng = np.random.default_rng(SEED)
    for axis, (variant, placed) in zip(axes.flat, points.items(), strict=False):
        own = labels[variant] if isinstance(labels, Mapping) else labels
        panel = Panel(placed, own, note=(notes or {}).get(variant, ""))
        look = {"size": 20, "alpha": 0.85} if len(placed) < FEW else {}
        draw_panel(axis, panel, len(classes), rng, **look)
        axis.set(xticks=[], yticks=[])
        axis.set_title(variant, fontsize="small")
        axis.xaxis.label.set_fontsize("small")
    marks = {"handles": class_marks(classes), "frameon": False, "fontsize": "small"}
    free = axes.flat[len(points) :]
    for axis in free:
        axis.axis("off")
    if len(free):
        free[0].legend(loc="center left", markerscale=1.4, labelspacing=0.8, **marks)
    else:
        figure.legend(loc="outside lower left", ncols=4, **marks)
    return titled(figure, title)
