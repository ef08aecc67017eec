"""Where faces and landmarks were found, and how well."""

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
from matplotlib.figure import Figure

from ..style import WIDTH

#: Colour of each detector; without a face grey.
COLOURS = {"coverage": "C0", "dlib-hog": "C0", "mtcnn": "C1", "whole_image": "0.85"}


def coverage_bars(table: pd.DataFrame, title: str) -> Figure:
    """Share of images with a face, per class and over all, stacked by the detector that settled them.

    Args:
        table: columns ``class`` and ``coverage (%)``, and ``<detector> (%)`` where several had work.
    """
    shares = {column.removesuffix(" (%)"): table[column] for column in table if column.endswith(" (%)")}
    stacked = {name: share for name, share in shares.items() if name != "coverage"} or shares
    figure, axis = plt.subplots(figsize=(WIDTH, 0.45 * len(table) + 1.3))
    left = np.zeros(len(table))
    for name, share in stacked.items():
        label = "whole image (no face)" if name == "whole_image" else name
        axis.barh(table["class"], share, left=left, color=COLOURS.get(name, "C2"), label=label)
        left += share
    for row, coverage in enumerate(table["coverage (%)"]):
        axis.annotate(f"{coverage:.1f}", (100, row), (4, 0), textcoords="offset points", va="center", fontsize="small")
    axis.set(title=title, xlabel="images (%); at the right those with a face", xlim=(0, 108))
    axis.invert_yaxis()
    axis.grid(axis="y", visible=False)
    if len(stacked) > 1:
        figure.legend(loc="outside lower center", ncols=len(stacked), frameon=False)
    return figure


def landmark_overlay(images: np.ndarray, points: np.ndarray, title: str, truth: np.ndarray | None = None) -> Figure:
    """Landmarks drawn over faces.

    Args:
        images: uint8 (n, H, W[, 3]); points, truth: float (n, 68, 2) pixels.
    """
    figure, axes = plt.subplots(1, len(images), figsize=(WIDTH, WIDTH / len(images) + 0.5), squeeze=False)
    for index, axis in enumerate(axes[0]):
        axis.imshow(images[index], cmap="gray", vmin=0, vmax=255)
        if truth is not None:
            axis.scatter(*truth[index].T, s=5, color="C2", linewidths=0, label="truth")
        axis.scatter(*points[index].T, s=5, color="C1", linewidths=0, label="detected")
        axis.axis("off")
    if truth is not None:
        figure.legend(*axes[0, 0].get_legend_handles_labels(), loc="outside lower right", ncols=2, frameon=False)
    figure.suptitle(title, x=0.01, ha="left", fontsize="medium")
    return figure


def landmark_error_histogram(error: np.ndarray, title: str) -> Figure:
    """Distribution of the landmark error in interocular distances, with its median."""
    figure, axis = plt.subplots(figsize=(WIDTH, 2.6))
    axis.hist(np.clip(error, 0, 0.5), bins=50)
    axis.axvline(np.median(error), color="C1", label=f"median {np.median(error):.3f}")
    axis.set(
        title=title, xlabel="mean point error / distance of outer eye corners (≥ 0.5 in the last bar)", ylabel="faces"
    )
    axis.legend(frameon=False)
    return figure
