"""Pictures of images beside their labels or their guidance."""

import matplotlib.pyplot as plt
import numpy as np
from matplotlib.figure import Figure

from ..style import WIDTH


def sample_sheet(images: np.ndarray, labels: np.ndarray, classes, title: str, per_class: int = 6) -> Figure:
    """The first `per_class` images of each class, a row per class.

    Args:
        images: uint8 (N, H, W[, 3]); labels: int (N,).
    """
    figure, axes = plt.subplots(
        len(classes), per_class, figsize=(WIDTH, WIDTH / per_class * len(classes)), squeeze=False
    )
    for row, name in zip(axes, classes, strict=True):
        chosen = np.flatnonzero(labels == list(classes).index(name))[:per_class]
        for axis, index in zip(row, chosen, strict=False):
            show(axis, images[index])
        for axis in row[len(chosen) :]:
            axis.axis("off")
        row[0].set_title(name, fontsize="small")
    figure.suptitle(title, x=0.01, ha="left", fontsize="medium")
    return figure


def guidance_sheet(images: np.ndarray, maps: dict[str, np.ndarray], title: str) -> Figure:
    """Images in the first row, each guidance kind in a row below; one column per image."""
    rows = {"image": images, **maps}
    figure, axes = plt.subplots(
        len(rows), len(images), figsize=(WIDTH, WIDTH / len(images) * len(rows) * 1.12), squeeze=False
    )
    for (name, pictures), line in zip(rows.items(), axes, strict=True):
        for axis, picture in zip(line, pictures, strict=True):
            show(axis, picture)
        line[0].set_title(name, fontsize="small")
    figure.suptitle(title, x=0.01, ha="left", fontsize="medium")
    return figure


def show(axis, image: np.ndarray) -> None:
    axis.imshow(image, cmap="gray", vmin=0, vmax=255, interpolation="nearest")
    axis.set(xticks=[], yticks=[])
    for spine in axis.spines.values():  # without a frame a white mask could not be seen on white paper
        spine.set(color="0.6", linewidth=0.8)
