"""Pictures of mistakes with what is known about each."""

from dataclasses import dataclass

import matplotlib.pyplot as plt
import numpy as np
from matplotlib.figure import Figure

from ..style import WIDTH

GAP = 4  # white pixels between pictures


@dataclass(frozen=True)
class Mistakes:
    """One line of the sheet.

    Attributes:
        name: the variant.
        groups: by heading ("positive taken for negative"), positions in the arrays below.
        images: uint8 (n, H, W); maps: uint8 (n, H, W), drawn below the images, or None.
        notes: n texts, drawn below both.
    """

    name: str
    groups: dict[str, range]
    images: np.ndarray
    maps: np.ndarray | None
    notes: list[str]


def mistake_sheet(lines: list[Mistakes], title: str, per_group: int) -> Figure:
    """One line per variant: the pictures of each group side by side, guidance below them, notes below that."""
    columns = per_group * max(len(line.groups) for line in lines)
    unit = WIDTH / columns
    heights = [unit * (1 if line.maps is None else 2) + 0.9 for line in lines]
    figure, axes = plt.subplots(
        len(lines), 1, figsize=(WIDTH, sum(heights) + 0.4), squeeze=False, height_ratios=heights
    )
    for axis, line in zip(axes[:, 0], lines, strict=True):
        _draw(axis, line, per_group, columns)
    figure.suptitle(title, x=0.01, ha="left", fontsize="medium")
    return figure


def _draw(axis, line: Mistakes, per_group: int, columns: int) -> None:
    height, width = line.images.shape[1:]
    rows = [line.images] if line.maps is None else [line.images, line.maps]
    sheet = np.full((len(rows) * (height + GAP) - GAP, columns * (width + GAP) - GAP), 255, np.uint8)
    bottom = sheet.shape[0]
    for group, (heading, members) in enumerate(line.groups.items()):
        for place, member in enumerate(members):
            left = (group * per_group + place) * (width + GAP)
            for row, pictures in enumerate(rows):
                top = row * (height + GAP)
                sheet[top : top + height, left : left + width] = pictures[member]
            axis.text(left, bottom + GAP / 2, line.notes[member], fontsize="x-small", va="top", linespacing=1.15)
        shown = f"{line.name}: {heading}" if group == 0 else heading
        shown += "" if len(members) else " (none)"
        axis.text(group * per_group * (width + GAP), -GAP, shown, fontsize="small", va="bottom")
    axis.imshow(sheet, cmap="gray", vmin=0, vmax=255, interpolation="nearest")
    axis.axis("off")
