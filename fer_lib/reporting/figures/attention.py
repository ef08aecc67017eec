"""What FERAtt attends to: attention maps beside compositions and masks, and how much attention lies on the face."""

from collections.abc import Collection, Sequence

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
from matplotlib.figure import Figure

from ...errors import require
from ..style import WIDTH, titled
from .explanations import MAP, grid, in_lines
from .samples import show


def attention_sheet(
    columns: dict[str, np.ndarray], names: Sequence[str], title: str, scaled: Collection[str] = ("features",)
) -> Figure:
    """Compositions with what a network makes of them. The longer one of the two lists, kinds of pictures or examples,
    runs down the page, so that its panels stay large on a narrow one.

    Args:
        columns: by name, a picture of each example: uint8 (n, H, W[, 3]) is shown as it is, float (n, h, w) as a heat
            map from 0 to 1. Attention is σ(g_att), features are one number a pixel, such as the mean of |g_ft| over
            channels.
        names: n texts, one an example.
        scaled: names of heat maps of no unit: each is shown from 0 to its own largest value.

    Raises:
        InputError: a map that leaves [0, 1] and is not in `scaled`.
    """
    kinds = list(columns)
    down = len(kinds) >= len(names)
    rows, across = (kinds, list(names)) if down else (list(names), kinds)
    figure, axes = grid(rows, [in_lines(name, 66 // len(across)) for name in across])
    lines = axes if down else axes.T
    drawn = None
    for line, (kind, pictures) in zip(lines, columns.items(), strict=True):
        for axis, picture in zip(line, pictures, strict=True):
            if picture.dtype == np.uint8:
                show(axis, picture)
            else:
                drawn = axis.imshow(_unit(kind, picture, kind in scaled), cmap=MAP, vmin=0, vmax=1)
    if drawn is not None:
        bar = figure.colorbar(drawn, ax=axes, location="bottom", shrink=0.6, aspect=30, pad=0.02)
        relative = [kind for kind in kinds if kind in scaled]
        bar.set_label(f"attention; {', '.join(relative)}: share of the largest" if relative else "attention")
        bar.ax.xaxis.label.set_fontsize("small")
        bar.set_ticks([0, 0.5, 1])
        bar.ax.tick_params(labelsize="small", length=0)
    return titled(figure, title)


def _unit(kind: str, values: np.ndarray, scaled: bool) -> np.ndarray:
    if scaled:
        return values / max(float(values.max()), np.finfo(np.float32).tiny)
    low, high = float(values.min()), float(values.max())
    require(low >= 0 and high <= 1, f"{kind}: a map with values from {low:.3g} to {high:.3g}, expected 0 to 1")
    return values


def mass_bars(table: pd.DataFrame, title: str) -> Figure:
    """Share of the attention inside the true mask of the face, before and after training, by variant; dashed: that of
    an even map, the share of the canvas that is face. A row of panels per set, a column per kind of compositions.

    Args:
        table: as :func:`fer_lib.evaluation.attention_scores.attention_table` makes it, with ``target`` and
            ``variant``. Variants of a set have the same compositions.
    """
    targets, kinds = list(table["target"].unique()), list(table["set"].unique())
    variants = {name: list(table.loc[table["target"] == name, "variant"].unique()) for name in targets}
    heights = [0.45 * len(own) + 0.55 for own in variants.values()]
    figure, axes = plt.subplots(
        len(targets), len(kinds), figsize=(WIDTH, sum(heights) + 1.3), height_ratios=heights, sharex=True,
        sharey="row", squeeze=False,
    )  # fmt: skip
    for line, (target, own) in zip(axes, variants.items(), strict=True):
        for axis, kind in zip(line, kinds, strict=True):
            here = table[(table["target"] == target) & (table["set"] == kind)].set_index("variant")
            for number, (column, label) in enumerate((("untrained_mass", "untrained"), ("mass", "trained"))):
                shown = here.reindex(own)
                reach = [shown[column] - shown[f"{column}_low"], shown[f"{column}_high"] - shown[column]]
                axis.barh(
                    np.arange(len(own)) + 0.4 * number - 0.2, shown[column], height=0.4, xerr=reach, label=label,
                    color=("0.75", "C0")[number], error_kw={"linewidth": 1.2, "capsize": 3, "ecolor": "0.2"},
                )  # fmt: skip
            if len(here):
                axis.axvline(here["coverage"].mean(), color="C3", linestyle="--", label="even map: share that is face")
            axis.set(yticks=range(len(own)), yticklabels=own, ylim=(len(own) - 0.5, -0.5), xlim=(0, 1))
            axis.set_title(f"{target}: {kind}", fontsize="small")
            axis.grid(axis="y", visible=False)
            axis.tick_params(labelsize="small")
    for axis in axes[-1]:
        axis.set_xlabel("attention inside the mask", fontsize="small")
    named = {label: mark for axis in axes.flat for mark, label in zip(*axis.get_legend_handles_labels(), strict=True)}
    figure.legend(named.values(), named.keys(), loc="outside lower left", ncols=3, frameon=False, fontsize="small")
    return titled(figure, title)
