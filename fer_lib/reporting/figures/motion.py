"""Facial motion priors: masks of the classes, predicted masks, their errors, and accuracy fold by fold."""

from collections.abc import Collection, Sequence

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
from matplotlib.figure import Figure

from ..motion_tables import STAGES
from ..style import WIDTH, titled
from .explanations import MAP, grid
from .samples import show

SHAPES = "osD^vP*X"
#: Columns of a mask table with what the panel of each says.
PANELS = {
    "error": "mean squared\nerror",
    "correlation": "correlation with\nown class's mask",
    "nearest_correct": "nearest to own\nclass's mask (%)",
}


def mask_sheet(rows: dict[str, np.ndarray], classes: Sequence[str], title: str) -> Figure:
    """The motion mask of every class: a column per class, a row per entry (a fold, a source, a normaliser).

    Args:
        rows: by name, uint8 (K, S, S); 0 is where nothing moves. Rows may differ in S.
    """
    figure, axes = grid(list(rows), list(classes))
    for line, masks in zip(axes, rows.values(), strict=True):
        for axis, mask in zip(line, masks, strict=True):
            drawn = axis.imshow(mask, cmap=MAP, vmin=0, vmax=255)
    _motion_bar(figure, axes, drawn)
    return titled(figure, title)


def mask_examples(faces: np.ndarray, rows: dict[str, np.ndarray], names: Sequence[str], title: str) -> Figure:
    """Tested faces with the masks predicted for them and their targets: a column per face, a row per entry.

    Args:
        faces: uint8 (n, H, W[, 3]), the first row.
        rows: by name, (n, h, w) masks, uint8 or float in [0, 1]; (n, h, w, 3) are pictures (such as masked faces),
            shown as they are.
        names: n texts over the columns.
    """
    figure, axes = grid(["face", *rows], list(names))
    for axis, face in zip(axes[0], faces, strict=True):
        show(axis, face)
    drawn = None
    for line, pictures in zip(axes[1:], rows.values(), strict=True):
        for axis, picture in zip(line, pictures, strict=True):
            if picture.ndim == 3:
                axis.imshow(picture)
            else:
                values = picture * 255.0 if picture.dtype.kind == "f" else picture
                drawn = axis.imshow(values, cmap=MAP, vmin=0, vmax=255)
    if drawn is not None:
        _motion_bar(figure, axes[1:], drawn)
    return titled(figure, title)


def mask_error_bars(table: pd.DataFrame, title: str) -> Figure:
    """How well predicted masks meet those of the true class, by class and training stage; in the last panel, what
    guessing the class would reach is dashed.

    Args:
        table: as :func:`fer_lib.evaluation.mask_scores.mask_errors` makes it.
    """
    names, stages = list(table["class"].unique()), list(table["stage"].unique())
    figure, axes = plt.subplots(
        1, len(PANELS), figsize=(WIDTH, (0.17 * len(stages) + 0.12) * len(names) + 1.5), sharey=True
    )
    height = 0.8 / len(stages)
    for axis, (column, label) in zip(axes, PANELS.items(), strict=True):
        for number, stage in enumerate(stages):
            values = table[table["stage"] == stage].set_index("class")[column].reindex(names)
            places = np.arange(len(names)) + height * (number + 0.5) - 0.4
            axis.barh(places, values, height=height, color=f"C{number}", label=STAGES.get(stage, stage))
        axis.set(yticks=range(len(names)), yticklabels=names, ylim=(len(names) - 0.5, -0.5))
        axis.set_xlabel(label, fontsize="small")
        axis.locator_params(axis="x", nbins=4)
        axis.tick_params(labelsize="small")
        axis.grid(axis="y", visible=False)
        axis.axvline(0, color="0.4", linewidth=1)
    axes[-1].axvline(100 / max(1, len(names) - 1), color="0.4", linestyle="--", label="guessing")
    axes[-1].set_xlim(0, 100)
    handles, labels = axes[-1].get_legend_handles_labels()
    figure.legend(handles, labels, loc="outside lower left", ncols=3, frameon=False, fontsize="small")
    return titled(figure, title)


def fold_accuracies(
    table: pd.DataFrame, published: dict[str, Sequence[float]], title: str, leaked: Collection[int] = ()
) -> Figure:
    """Accuracy in every fold, and its unweighted mean at the right; ours filled, published values hollow.

    Args:
        table: ``variant, fold, accuracy`` (%).
        published: by name, % in fold 0, 1, …
        leaked: folds in which the published values were measured on people who had been trained on: crossed out.
    """
    series = {name: part.set_index("fold")["accuracy"] for name, part in table.groupby("variant", sort=False)}
    printed = {f"published: {name}": pd.Series(list(values)) for name, values in published.items()}
    folds = sorted(set().union(*(values.index for values in (*series.values(), *printed.values()))))
    place = {fold: number for number, fold in enumerate(folds)}
    end = len(folds) + 0.4
    figure, axis = plt.subplots(figsize=(WIDTH, 3.8))
    axis.axvspan(end - 0.5, end + 0.5, color="0.94", zorder=0)
    for number, (name, values) in enumerate({**series, **printed}.items()):
        shift = 0.5 * ((number + 0.5) / (len(series) + len(printed)) - 0.5)
        colour, hollow = f"C{number % 10}", name in printed
        face = "white" if hollow else colour
        look = {
            "marker": SHAPES[number % len(SHAPES)], "color": colour, "markerfacecolor": face, "markersize": 6,
            "markeredgewidth": 1.3, "zorder": 3,
        }  # fmt: skip
        axis.plot(
            [place[fold] + shift for fold in values.index], values, linestyle=":" if hollow else "-", linewidth=0.9,
            label=name, **look,
        )  # fmt: skip
        axis.plot(end + shift, values.mean(), linestyle="none", **look)
        if hollow and (found := [fold for fold in values.index if fold in leaked]):
            axis.plot(
                [place[fold] + shift for fold in found], values[found], linestyle="none", marker="x", color="0.15",
                markersize=11, zorder=4, label="published, but tested on people trained on",
            )  # fmt: skip
    axis.set(xlabel="fold", ylabel="accuracy (%)", xlim=(-0.6, end + 0.5))
    axis.set_xticks([*range(len(folds)), end], [*map(str, folds), "mean"])
    axis.grid(axis="x", visible=False)
    named = {label: mark for mark, label in zip(*axis.get_legend_handles_labels(), strict=True)}
    figure.legend(named.values(), named.keys(), loc="outside lower left", ncols=2, frameon=False, fontsize="small")
    return titled(figure, title)


def _motion_bar(figure: Figure, axes: np.ndarray, drawn) -> None:
    """The scale of masks in 0 … 255, in words."""
    bar = figure.colorbar(drawn, ax=axes, location="bottom", shrink=0.6, aspect=30, pad=0.02)
    bar.set_ticks([0, 255], labels=["dark: still", "bright: moves"])
    bar.ax.tick_params(labelsize="small", length=0)
