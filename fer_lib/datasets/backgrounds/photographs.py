"""Backgrounds from any folder of photographs."""

from pathlib import Path

import numpy as np

from ...errors import require
from ..image_files import SUFFIXES, is_image, read_images


def photographs(folder: str | Path, size: int, *, at_most: int | None = None, seed: int = 2020) -> np.ndarray:
    """Grey photographs, scaled until they cover the square and cut in its middle.

    A composition shows a window of its own size, so `size` decides how much of a photograph is seen: three to four
    times the composition's side shows about as much as the public code did of COCO.

    Args:
        folder: searched with all folders below it.
        size: side in pixels, 8…2048.
        at_most: so many, drawn at random where there are more; None reads all of them.
        seed: of that draw.

    Returns:
        uint8 (M, size, size), ordered by path.

    Raises:
        InputError: no such folder; no image in it; an image that cannot be read; a number out of range.
    """
    folder = Path(folder)
    require(type(size) is int and 8 <= size <= 2048, f"{folder}: size {size!r}, expected 8…2048")
    require(at_most is None or at_most >= 1, f"{folder}: at most {at_most} photographs, expected at least 1")
    require(folder.is_dir(), f"{folder}: no such folder, expected one with photographs")
    paths = sorted(path for path in folder.rglob("*") if path.is_file() and is_image(path))
    require(bool(paths), f"{folder}: no images, expected files ending in {', '.join(SUFFIXES)}")
    if at_most is not None and len(paths) > at_most:
        chosen = np.random.default_rng(seed).choice(len(paths), at_most, replace=False)
        paths = [paths[k] for k in sorted(chosen)]
    return read_images(paths, size, resize="crop", label=f"reading {folder.name}")
