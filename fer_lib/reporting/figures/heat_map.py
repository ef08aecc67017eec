"""Labelled heat maps whose numbers can be read on every shade."""

import numpy as np


def heat_map(axis, values: np.ndarray, texts: np.ndarray, rows, columns, *, low, high, cmap="Blues", size="x-small"):
    """Draw one matrix into `axis`.

    Args:
        values: float (R, C), NaN stays blank; texts: str (R, C), what stands in the cells.
        low, high: values of the palest and the darkest shade.
    """
    image = axis.imshow(np.asarray(values, float), cmap=cmap, vmin=low, vmax=high, aspect="auto")
    colours = image.cmap(image.norm(np.ma.masked_invalid(values)))
    for row, column in np.ndindex(*np.shape(values)):
        axis.text(
            column, row, texts[row, column], ha="center", va="center", fontsize=size, linespacing=1.3,
            color=readable_on(colours[row, column]),
        )  # fmt: skip
    axis.set_xticks(range(len(columns)), columns, fontsize="small")
    axis.set_yticks(range(len(rows)), rows, fontsize="small")
    axis.grid(visible=False)
    axis.tick_params(length=0)
    for spine in axis.spines.values():
        spine.set_visible(False)
    return image


def readable_on(colour) -> str:
    """Black or white, whichever contrasts more with `colour` (RGBA in [0, 1]) by WCAG 2's relative luminance."""
    if colour[3] == 0:  # nothing drawn: the paper
        return "black"
    linear = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in colour[:3]]
    luminance = np.dot([0.2126, 0.7152, 0.0722], linear)
    return "white" if 1.05 / (luminance + 0.05) > (luminance + 0.05) / 0.05 else "black"
