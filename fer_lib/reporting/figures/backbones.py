"""Networks by what they cost: accuracy over multiply–accumulates, and speed."""

from typing import Any

import matplotlib.pyplot as plt
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.ticker import LogLocator, NullLocator

from ..style import WIDTH

#: Area of the marker of a panel's largest network, and the least area of any, in points².
LARGEST, LEAST = 420.0, 14.0
SHAPES = "osD^vP*X<>ph"


def accuracy_by_macs(ours: pd.DataFrame, published: pd.DataFrame, title: str) -> Figure:
    """A panel per set: accuracy over the multiply–accumulates of a forward pass. Ours are filled and have their 95 %
    interval, published values are hollow; the area of a marker is that of the parameters, relative to the panel's
    largest network.

    Args:
        ours, published: ``set, variant, accuracy, low, high, macs, parameters``, as
            :func:`fer_lib.studies.residual_masking_results.points` makes them.
    """
    sets = list(dict.fromkeys([*ours["set"], *published["set"]]))
    variants = list(dict.fromkeys([*ours["variant"], *published["variant"]]))
    figure, axes = plt.subplots(len(sets), 1, figsize=(WIDTH, 3.1 * len(sets) + 1.0), squeeze=False)
    for axis, name in zip(axes.flat, sets, strict=True):
        mine, theirs = (table[table["set"] == name] for table in (ours, published))
        scale = LARGEST / pd.concat([mine["parameters"], theirs["parameters"]]).max()
        for row in theirs.to_dict("records"):
            style = _style(variants, row["variant"])
            axis.scatter(**_place(row, scale), marker=style["marker"], facecolor="none", edgecolor=style["color"])
        for row in mine.to_dict("records"):
            style = _style(variants, row["variant"])
            reach = [[row["accuracy"] - row["low"]], [row["high"] - row["accuracy"]]]
            axis.scatter(**_place(row, scale), **style, alpha=0.6)
            interval = {"fmt": "none", "capsize": 3, "ecolor": "0.25", "zorder": 4}  # seen on a large marker, too
            axis.errorbar(row["macs"] / 1e6, row["accuracy"], yerr=reach, **interval)
        kinds = [kind for kind, table in (("trained here", mine), ("published", theirs)) if len(table)]
        axis.margins(0.08, 0.2)  # the largest markers stay inside
        axis.set(ylabel="accuracy (%)")
        _logarithmic(axis)
        axis.set_title(f"{name}: {' and '.join(kinds)}", fontsize="medium")
    axes.flat[-1].set_xlabel("multiply–accumulates of one forward pass (million)")
    handles = [Line2D([], [], linestyle="none", label=name, **_style(variants, name)) for name in variants]
    if len(published):
        handles.append(
            Line2D([], [], linestyle="none", marker="o", markerfacecolor="none", color="0.3", label="hollow: published")
        )
    figure.legend(handles=handles, loc="outside lower left", ncols=3, frameon=False, fontsize="small")
    figure.suptitle(title, x=0.01, ha="left", fontsize="medium")
    return figure


def _style(variants: list[str], variant: str) -> dict[str, Any]:
    number = variants.index(variant)
    return {"marker": SHAPES[number % len(SHAPES)], "color": f"C{number % 10}"}


def _place(row: dict, scale: float) -> dict[str, Any]:
    area = max(scale * row["parameters"], LEAST)
    return {"x": row["macs"] / 1e6, "y": row["accuracy"], "s": area, "zorder": 3}


def speed_bars(speeds: pd.DataFrame, title: str) -> Figure:
    """Images per second of each network that was timed, with the quartiles of its passes; logarithmic.

    Args:
        speeds: as :func:`fer_lib.studies.backbone_costs.speeds` makes it.
    """
    figure, axis = plt.subplots(figsize=(WIDTH, 0.4 * len(speeds) + 1.2))
    names = [f"{row['variant']} ({row['side']} px)" for row in speeds.to_dict("records")]
    middle = speeds["images_per_second"]
    reach = [middle - speeds["low"], speeds["high"] - middle]
    axis.barh(names, middle, xerr=reach, color="C0", capsize=4, error_kw={"linewidth": 1.2})
    where = ", ".join(dict.fromkeys(speeds["device"] + " " + speeds["precision"]))
    batch = ", ".join(map(str, speeds["batch"].unique()))
    axis.set(title=title, xlabel=f"images per second ({where}, batches of {batch})")
    _logarithmic(axis)
    axis.set_xlim(speeds["low"].min() / 4, speeds["high"].max() * 1.2)
    for row, value in enumerate(middle):  # at the left end of its bar, where no interval is in the way
        axis.text(speeds["low"].min() / 3.6, row, f"{value:,.0f}", va="center", color="white", fontsize="small")
    axis.invert_yaxis()
    axis.grid(axis="y", visible=False)
    return figure


def _logarithmic(axis: Axes) -> None:
    """The x axis, with plain numbers at 1, 2 and 5."""
    axis.set_xscale("log")
    axis.xaxis.set_major_locator(LogLocator(subs=(1, 2, 5)))
    axis.xaxis.set_major_formatter(lambda value, _: f"{value:,.6g}")
    axis.xaxis.set_minor_locator(NullLocator())
