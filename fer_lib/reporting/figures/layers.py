"""Grad-CAM at layers, what masks do, and on which places of the face the maps lie."""

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
from matplotlib.figure import Figure

from ..style import WIDTH
from .explanations import MAP, face_lines, grid
from .samples import show


def layer_maps(images: np.ndarray, maps: dict[str, np.ndarray], notes: list[str], title: str) -> Figure:
    """A column per image, a row per network and tap: the map over the image, from its smallest to its largest value.

    Args:
        images: uint8 (n, H, W); maps: by name, (n, H, W) in [0, 1]; notes: n texts over the columns.
    """
    figure, axes = grid(["image", *maps], notes)
    for axis, image in zip(axes[0], images, strict=True):
        show(axis, image)
    for line, row in zip(axes[1:], maps.values(), strict=True):
        for axis, image, values in zip(line, images, row, strict=True):
            show(axis, image)
            axis.imshow(values, cmap=MAP, vmin=0, vmax=1, alpha=0.1 + 0.75 * values)
    figure.suptitle(title, x=0.01, ha="left", fontsize="medium")
    return figure


def mask_heat_maps(
    maps: dict[str, np.ndarray], columns: list[str], title: str, *,
    images: np.ndarray | None = None, landmarks: np.ndarray | None = None,
) -> Figure:  # fmt: skip
    """A row each before the mask, after it, what it adds, and the mask; a column per image or expression.

    Args:
        maps: "before" and "after", (n, H, W), share one scale; their difference and "mask" have scales of their own,
            whose ends stand below. NaN is left blank.
        images: (n, h, w) in 0 … 255, a row of their own on top.
        landmarks: (n, 68, 2) pixels, drawn as an outline.
    """
    rows = {"before": maps["before"], "after": maps["after"], "after − before": maps["after"] - maps["before"]}
    rows["mask"] = maps["mask"]
    figure, axes = grid([*(["image"] if images is not None else []), *rows], columns)
    if images is not None:
        for axis, image in zip(axes[0], images, strict=True):
            axis.imshow(image, cmap="gray", vmin=0, vmax=255)
    top = max(1e-6, np.nanmax([maps["before"], maps["after"]]))
    for line, (name, values) in zip(axes[-len(rows) :], rows.items(), strict=True):
        for column, (axis, shown) in enumerate(zip(line, values, strict=True)):
            shared, known = name in maps and name != "mask", np.isfinite(shown).any()
            low, high = (0, top) if shared or not known else (np.nanmin(shown), np.nanmax(shown))
            axis.imshow(shown, cmap=MAP, vmin=low, vmax=high)
            if not shared and known:
                axis.set_xlabel(f"{low:.2f}–{high:.2f}", fontsize="x-small", labelpad=1)
            if landmarks is not None:
                face_lines(axis, landmarks[column])
    figure.suptitle(title, x=0.01, ha="left", fontsize="medium")
    return figure


def place_densities(table: pd.DataFrame, title: str) -> Figure:
    """A panel per place of the face, a line per network and tap: how dense the maps of the trained network are there,
    with the interval, and those of the untrained one (hollow).

    Args:
        table: as :func:`fer_lib.studies.explained_layers.place_table` makes it.
    """
    names = list(dict.fromkeys(zip(table["variant"], table["tap"], strict=True)))
    places = list(table["place"].unique())
    figure, axes = plt.subplots(
        1, len(places), figsize=(WIDTH, 0.3 * len(names) + 1.2), sharey=True, sharex=True, squeeze=False
    )
    for axis, place in zip(axes[0], places, strict=True):
        axis.axvline(1, color="0.6", linewidth=1, linestyle="--")
        for network, offset, fill in (("trained", -0.12, "C0"), ("untrained", 0.12, "white")):
            rows = table[(table["place"] == place) & (table["network"] == network)].set_index(["variant", "tap"])
            rows = rows.loc[names]
            lines = np.arange(len(names)) + offset
            axis.hlines(lines, rows["low"], rows["high"], color="C0", linewidth=1)
            axis.plot(rows["density"], lines, "o", color="C0", markerfacecolor=fill, markersize=5, label=network)
        axis.set_title(place, fontsize="small", loc="left")
        axis.tick_params(labelsize="small")
    first = axes[0, 0]
    first.set_yticks(range(len(names)), [f"{variant}: {tap}" for variant, tap in names])
    first.set_ylim(len(names) - 0.5, -0.5)
    axes[0, len(places) // 2].set_xlabel("density: share of the map ÷ share of the face", fontsize="small")
    handles = first.get_legend_handles_labels()
    figure.legend(*handles, loc="outside lower right", ncols=2, frameon=False, fontsize="small")
    figure.suptitle(title, x=0.01, ha="left", fontsize="medium")
    return figure
