"""Variants by their mean rank."""

import matplotlib.pyplot as plt
from matplotlib.figure import Figure

from ...evaluation.statistics import RankComparison
from ..style import WIDTH


def critical_difference_diagram(comparison: RankComparison, title: str) -> Figure:
    """Variants on an axis of mean ranks, best on the left; a bar joins those that Nemenyi's test does not tell apart
    (Demšar, JMLR 7, 2006, fig. 1). Drawn by scikit-posthocs."""
    from scikit_posthocs import critical_difference_diagram as draw

    variants = len(comparison.ranks)
    figure, axis = plt.subplots(figsize=(WIDTH, 0.28 * variants + 1.8))
    axis.grid(visible=False)
    draw(
        comparison.ranks,
        comparison.pairs,
        alpha=comparison.alpha,
        ax=axis,
        label_fmt_left="{label} {rank:.2f} ",
        label_fmt_right=" {rank:.2f} {label}",
        label_props={"fontsize": "small"},
        color_palette=["0.2"] * variants,
        marker_props={"s": 18},
        elbow_props={"linewidth": 1},
        crossbar_props={"color": "C3", "linewidth": 3},
    )
    axis.xaxis.set_label_position("top")
    text = f"mean rank; critical difference {comparison.critical_difference:.2f} at {100 * comparison.alpha:g} %"
    text += f"\n{comparison.blocks} blocks"
    text += (
        f", taken as correlated by {comparison.correlation:.2f}" if comparison.correlation else ", taken as independent"
    )
    axis.set_xlabel(text, fontsize="small")
    axis.set_title(title)
    return figure
