"""One look for every figure: readable at phone width, colours that colour-blind readers can tell apart."""

import matplotlib.pyplot as plt
import seaborn as sns

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
