"""Occlusion maps and warps, over faces and without them."""

import re

import matplotlib.pyplot as plt
import numpy as np
from matplotlib.figure import Figure

from ..style import WIDTH
from .samples import show

MAP = "cividis"  # even in lightness, and the same to colour-blind readers
LINES = (0.25, 0.5, 0.75)  # of the largest value, drawn over faces and on the colour bar


def expression_maps(
    maps: dict[str, np.ndarray], expressions: list[str], unit: str, title: str, *,
    faces: np.ndarray | None = None, landmarks: np.ndarray | None = None,
) -> Figure:  # fmt: skip
    """A row of averaged maps per variant, a column per expression, all on one scale from 0; the largest value of each
    stands under it.

    Args:
        maps: by variant, float (E, H, W); NaN is left blank, negative values have the colour of 0.
        unit: what the colour bar says.
        faces: (E, H, W) in 0 … 255, drawn below the maps; lines of equal value are drawn above them.
        landmarks: (E, 68, 2) pixels, drawn as an outline: it shows where the face is without showing anybody.
    """
    figure, axes = grid(list(maps), expressions)
    top = max(1e-6, np.nanmax([np.nanmax(values, initial=0) for values in maps.values()]))
    for line, values in zip(axes, maps.values(), strict=True):
        for column, (axis, value) in enumerate(zip(line, values, strict=True)):
            if faces is not None:
                axis.imshow(faces[column], cmap="gray", vmin=0, vmax=255)
            # low values let the face through
            alpha = None if faces is None else 0.1 + 0.75 * np.nan_to_num(value / top).clip(0, 1)
            drawn = axis.imshow(value, cmap=MAP, vmin=0, vmax=top, alpha=alpha)
            if faces is not None and np.nanmax(value, initial=0) > LINES[0] * top:
                axis.contour(value, levels=[share * top for share in LINES], colors="white", linewidths=0.7)
            if landmarks is not None:
                face_lines(axis, landmarks[column])
            best = np.nanmax(value, initial=-np.inf)
            axis.set_xlabel("–" if np.isinf(best) else f"{best:.2f}", fontsize="x-small", labelpad=1)
    bar = figure.colorbar(drawn, ax=axes, shrink=0.8, aspect=25, pad=0.01)
    bar.set_label(unit, fontsize="small")
    bar.ax.tick_params(labelsize="small")
    if faces is not None:
        bar.ax.hlines([share * top for share in LINES], 0, 1, colors="white", linewidth=0.8)
    figure.suptitle(title, x=0.01, ha="left", fontsize="medium")
    return figure


def example_maps(images: np.ndarray, maps: np.ndarray, notes: list[str], unit: str, title: str) -> Figure:
    """Up to nine images, three a row, each beside its map.

    Args:
        images: uint8 (n, H, W); maps: float (n, H, W), negative values have the colour of 0; notes: n texts.
    """
    lines = -(-len(images) // 3)
    figure, axes = plt.subplots(lines, 6, figsize=(WIDTH, 1.35 * lines + 0.4), squeeze=False)
    top = max(1e-6, np.nanmax(maps, initial=0))
    for axis in axes.flat:
        axis.axis("off")
    drawn = None
    for number, (image, values, note) in enumerate(zip(images, maps, notes, strict=True)):
        left, right = axes[number // 3, 2 * (number % 3) :][:2]
        for axis in (left, right):
            axis.axis("on")
        show(left, image)
        left.set_title(note, fontsize="x-small")
        drawn = right.imshow(values, cmap=MAP, vmin=0, vmax=top)
        right.set(xticks=[], yticks=[])
        right.grid(visible=False)
    bar = figure.colorbar(drawn, ax=axes, shrink=0.8, aspect=25, pad=0.01)
    bar.set_label(unit, fontsize="small")
    bar.ax.tick_params(labelsize="small")
    figure.suptitle(title, x=0.01, ha="left", fontsize="medium")
    return figure


def frame_overlays(images: np.ndarray, frames: dict[str, np.ndarray], title: str) -> Figure:
    """What each variant's warp shows, as a frame drawn into the images: one column per image; the dot is the corner
    that becomes the top left.

    Args:
        images: uint8 (n, H, W); frames: by variant, (n, 5, 2) pixels.
    """
    figure, axes = plt.subplots(1, len(images), figsize=(WIDTH, WIDTH / len(images) + 0.7), squeeze=False)
    size = images.shape[1]
    for column, axis in enumerate(axes[0]):
        show(axis, images[column])
        for number, (variant, corners) in enumerate(frames.items()):
            x, y = corners[column].T
            axis.plot(x, y, color=f"C{number}", linewidth=1.4, label=variant if column == 0 else None)
            axis.plot(x[0], y[0], "o", color=f"C{number}", markersize=3.5)
        axis.set(xlim=(-0.25 * size, 1.25 * size), ylim=(1.25 * size, -0.25 * size))
    figure.legend(loc="outside lower left", ncols=4, frameon=False, fontsize="small")
    figure.suptitle(title, x=0.01, ha="left", fontsize="medium")
    return figure


def expression_pictures(rows: dict[str, np.ndarray], expressions: list[str], title: str) -> Figure:
    """A row of pictures per entry, a column per expression: faces in grey, anything else on a scale of its own row.

    Args:
        rows: by name, float (E, h, w); of 48 pixels and more a side they are faces in 0 … 255.
    """
    figure, axes = grid(list(rows), expressions)
    for line, pictures in zip(axes, rows.values(), strict=True):
        face = pictures.shape[1] >= 48
        look = (
            {"cmap": "gray", "vmin": 0, "vmax": 255} if face else {"cmap": MAP, "vmin": 0, "vmax": np.nanmax(pictures)}
        )
        for axis, picture in zip(line, pictures, strict=True):
            axis.imshow(picture, interpolation="nearest", **look)
    figure.suptitle(title, x=0.01, ha="left", fontsize="medium")
    return figure


def grid(rows: list[str], columns: list[str]) -> tuple[Figure, np.ndarray]:
    figure, axes = plt.subplots(
        len(rows), len(columns), figsize=(WIDTH, 1.02 * WIDTH / (len(columns) + 1) * len(rows) + 0.7), squeeze=False
    )
    for axis in axes.flat:
        axis.set(xticks=[], yticks=[])
        axis.grid(visible=False)
    for axis, name in zip(axes[0], columns, strict=True):
        axis.set_title(name, fontsize="small", loc="center")
    for axis, name in zip(axes[:, 0], rows, strict=True):
        axis.set_ylabel(in_lines(name), fontsize="x-small")
    return figure, axes


def in_lines(name: str, width: int = 14) -> str:
    """`name` in lines that fit beside a panel, broken behind colons, blanks and underscores."""
    lines = [""]
    for piece in re.findall(r".+?(?:: |[ _]|$)", name):
        if lines[-1].endswith(": ") or len(lines[-1] + piece.rstrip()) > width:
            lines.append("")
        lines[-1] += piece
    return "\n".join(line.rstrip() for line in lines if line)


#: Runs of the 68 points that are joined by a line.
STROKES = (
    range(17), range(17, 22), range(22, 27), range(27, 31), range(31, 36), (*range(36, 42), 36), (*range(42, 48), 42),
    (*range(48, 60), 48), (*range(60, 68), 60),
)  # fmt: skip


def face_lines(axis, points: np.ndarray) -> None:
    for stroke in STROKES:
        axis.plot(*points[list(stroke)].T, color="white", linewidth=0.8, alpha=0.8)
