"""One look for every figure: readable at phone width, colours that colour-blind readers can tell apart."""

from textwrap import fill

import matplotlib.pyplot as plt
import seaborn as sns
from matplotlib.figure import Figure

PALETTE = "colorblind"
WIDTH = 7.2  # inches; at 110 dpi just wider than the book's text column, so nothing is blown up


def use_style() -> None:
    """Set matplotlib's defaults for this study."""
    sns.set_theme(context="notebook", style="whitegrid", palette=PALETTE)
    plt.rcParams.update(
        {
            "figure.dpi": 110,
            "savefig.dpi": 150,
            "figure.constrained_layout.use": True,
            "axes.titlesize": "medium",
            "axes.titlelocation": "left",
            "svg.hashsalt": "fer_lib",  # the same figure gives the same file
        }
    )


def titled(figure: Figure, title: str) -> Figure:
    """`figure` with its title, broken into lines that fit."""
    figure.suptitle(fill(title, 80), x=0.01, ha="left", fontsize="medium")
    return figure
