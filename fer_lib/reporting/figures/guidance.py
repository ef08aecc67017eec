"""Where faces and landmarks were found, and how well."""

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
from matplotlib.figure import Figure

from ..style import WIDTH


def coverage_bars(table: pd.DataFrame, title: str) -> Figure:
    """Share of images with a face, per class and over all.

    Args:
        table: columns ``class`` and ``coverage (%)``.
    """
    figure, axis = plt.subplots(figsize=(WIDTH, 0.45 * len(table) + 1))
    bars = axis.barh(table["class"], table["coverage (%)"], color=["C0"] * (len(table) - 1) + ["C1"])
    axis.bar_label(bars, fmt="%.1f", padding=3, fontsize="small")
    axis.set(title=title, xlabel="images with a face (%)", xlim=(0, 108))
    axis.invert_yaxis()
    axis.grid(axis="y", visible=False)
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
