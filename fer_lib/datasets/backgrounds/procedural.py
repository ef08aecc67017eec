"""Drawn backgrounds: two kinds of clutter laid over one another, in any number and size."""

from collections.abc import Sequence

import numpy as np

from ...errors import require
from ...registry import nearest
from ..synthetic.draws import Draws, pixel_noise
from .clutter import KINDS

CHUNK = 32  # pictures at a time: their fields stay in the processor's cache
SECOND = 0.45  # largest share of the second kind


def procedural_backgrounds(count: int, size: int, seed: int = 2020, kinds: Sequence[str] = tuple(KINDS)) -> np.ndarray:
    """Backgrounds that have what photographs have: shading, texture at several scales, edges, round and angular things.

    Every picture has a kind, a second one that shows through, a contrast and brightness of its own, and fine grain.
    Picture *i* depends on `seed`, `size`, `kinds` and *i* alone, so that a longer series begins with a shorter one.

    Args:
        count: how many, at least 1.
        size: side in pixels, 8…2048.
        seed: whole number ≥ 0.
        kinds: which of :data:`KINDS`, all equally often.

    Returns:
        uint8 (count, size, size)

    Raises:
        InputError: a number out of range, an unknown kind.
    """
    require(type(count) is int and count >= 1, f"backgrounds: count {count!r}, expected a whole number of at least 1")
    require(type(size) is int and 8 <= size <= 2048, f"backgrounds: size {size!r}, expected 8…2048")
    require(len(kinds) > 0, f"backgrounds: no kind, expected some of {', '.join(KINDS)}")
    for kind in kinds:
        require(
            kind in KINDS,
            f"backgrounds: unknown kind {kind!r}{nearest(kind, KINDS)} (known: {', '.join(sorted(KINDS))})",
        )
    pictures = np.empty((count, size, size), np.uint8)
    for start in range(0, count, CHUNK):
        index = np.arange(start, min(start + CHUNK, count))
        pictures[index] = _drawn(Draws(seed, index), size, kinds)
    return pictures


def _drawn(draws: Draws, size: int, kinds: Sequence[str]) -> np.ndarray:
    equally = np.ones(len(kinds))
    first = _fields(draws, "first", draws.choice("first", equally), size, kinds)
    second = _fields(draws, "second", draws.choice("second", equally), size, kinds)
    field = first + draws.uniform("share", 0, SECOND)[:, None, None] * (second - first)
    low, high = field.min((1, 2), keepdims=True), field.max((1, 2), keepdims=True)
    # exposed as pictures are: some dull, some bright, some dark
    contrast, place = draws.uniform("contrast", 0.35, 1.0), draws.uniform("place")
    black = (1 - contrast) * place
    grain = pixel_noise(draws.seeds("grain"), size, size) * draws.uniform("grain", 0, 0.04)[:, None, None]
    lit = black[:, None, None] + contrast[:, None, None] * (field - low) / np.maximum(high - low, 1e-6) + grain
    return np.clip(lit * 255 + 0.5, 0, 255).astype(np.uint8)


def _fields(draws: Draws, layer: str, chosen: np.ndarray, size: int, kinds: Sequence[str]) -> np.ndarray:
    """float32 (N, size, size): every row drawn by its kind; `layer` separates the draws of the two layers."""
    fields = np.empty((len(chosen), size, size), np.float32)
    for number, kind in enumerate(kinds):
        rows = np.flatnonzero(chosen == number)
        if len(rows):
            fields[rows] = KINDS[kind](Draws(draws.seed, draws.index[rows]), f"{layer}-{kind}", size)
    return fields
