"""Where the face is, and where the transformer looks."""

import matplotlib.pyplot as plt
import pandas as pd
from matplotlib.figure import Figure

from ..style import WIDTH

AXES = {"right": ("centre_x", "shown_x", "C0"), "down": ("centre_y", "shown_y", "C1")}


def shift_scatter(rows: pd.DataFrame, remaining: pd.DataFrame, size: int, title: str) -> Figure:
    """A panel per network: the place its warp is centred on against the true place of the face's centre.

    On the diagonal the face is found; on the horizontal line the transform does not answer to where it is.

    Args:
        rows: held-out faces with ``training, variant``, ``centre_x … shown_y`` in pixels; a panel for each pair.
        remaining: ``training, variant, remaining`` (%), for the panels' titles.
        size: side of the images in pixels.
    """
    networks = list(rows.groupby(["training", "variant"], sort=False))
    lines = -(-len(networks) // 2)
    figure, axes = plt.subplots(lines, 2, figsize=(WIDTH, 2.9 * lines + 0.6), sharex=True, sharey=True, squeeze=False)
    left = remaining.set_index(["training", "variant"])["remaining"]
    middle = (size - 1) / 2
    reach = 1.2 * (rows[[truth for truth, _, _ in AXES.values()]] - middle).abs().to_numpy().max()
    for axis, (network, table) in zip(axes.flat, networks, strict=False):
        axis.axhline(0, color="0.6", linewidth=1)
        axis.plot([-reach, reach], [-reach, reach], color="0.4", linestyle="--", linewidth=1)
        for name, (truth, shown, colour) in AXES.items():
            axis.scatter(
                table[truth] - middle, table[shown] - middle, s=5, color=colour, alpha=0.35, linewidths=0, label=name
            )
        axis.set_title(f"{', '.join(reversed(network))}: {left[network]:.0f} % remains", fontsize="small")
        axis.set(xlim=(-reach, reach), ylim=(-reach, reach))
    for axis in axes.flat[len(networks) :]:
        axis.axis("off")
    figure.supxlabel("face's centre off the image's middle (px)", fontsize="small")
    figure.supylabel("shown in its place, off the middle (px)", fontsize="small")
    figure.legend(
        *axes[0, 0].get_legend_handles_labels(), loc="outside lower right", ncols=2, frameon=False, fontsize="small",
        markerscale=3,
    )  # fmt: skip
    figure.suptitle(title, x=0.01, ha="left", fontsize="medium")
    return figure
