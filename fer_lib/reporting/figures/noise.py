"""How accuracy falls under noise."""

import matplotlib.pyplot as plt
import pandas as pd
from matplotlib.figure import Figure

from ..paper_tables import method_of
from ..style import WIDTH, titled
from .motion import SHAPES


def noise_curves(table: pd.DataFrame, published: pd.DataFrame, title: str) -> Figure:
    """Accuracy against the standard deviation of Gaussian noise, a panel per set: ours with bands of 95 %, published
    values as hollow markers in the colour of our variant of the same method.

    Args:
        table: ``target, variant`` and the columns of :func:`fer_lib.evaluation.noise_curve.noise_table` (%; σ of
            grey in 0 … 1).
        published: ``target`` and the columns of :func:`fer_lib.evaluation.published.published_noise`; may be empty.
    """
    targets = list(table["target"].unique())
    looks = _looks(list(table["variant"].unique()), list(published["variant"].unique()))
    figure, axes = plt.subplots(len(targets), 1, figsize=(WIDTH, 2.9 * len(targets) + 0.9), sharex=True, squeeze=False)
    for axis, target in zip(axes.flat, targets, strict=True):
        for variant, own in table[table["target"] == target].groupby("variant", sort=False):
            own, look = own.sort_values("sigma"), looks[variant, False]
            axis.fill_between(own["sigma"], own["low"], own["high"], color=look["color"], alpha=0.15, linewidth=0)
            axis.plot(own["sigma"], own["accuracy"], linewidth=1.6, markersize=5, label=variant, **look)
        for variant, own in published[published["target"] == target].groupby("variant", sort=False):
            own = own.sort_values("sigma")
            axis.plot(
                own["sigma"], own["accuracy"], linestyle=":", linewidth=1, markersize=7, markerfacecolor="white",
                label=f"published: {method_of(variant) or variant}", **looks[variant, True],
            )  # fmt: skip
        axis.set(ylabel="accuracy (%)")
        axis.set_title(target, fontsize="medium")
    axes.flat[-1].set_xlabel("standard deviation σ of the noise (grey in 0 … 1)")
    named = {label: mark for axis in axes.flat for mark, label in zip(*axis.get_legend_handles_labels(), strict=True)}
    figure.legend(named.values(), named.keys(), loc="outside lower left", ncols=2, frameon=False, fontsize="small")
    return titled(figure, title)


def _looks(ours: list[str], theirs: list[str]) -> dict[tuple[str, bool], dict[str, str]]:
    """Colour and marker by (variant, whether published): a published variant has those of our first of its method."""
    places = {(variant, False): number for number, variant in enumerate(ours)}
    of_methods: dict[str | None, int] = {}
    for variant in ours:
        of_methods.setdefault(method_of(variant), places[variant, False])
    unused = iter(range(len(ours), len(ours) + len(theirs)))
    for variant in theirs:
        method = method_of(variant)
        places[variant, True] = of_methods[method] if method and method in of_methods else next(unused)
    return {key: {"color": f"C{number % 10}", "marker": SHAPES[number % len(SHAPES)]} for key, number in places.items()}
