"""Image files to arrays of one size, many at a time: what the threads of :mod:`.streaming` do."""

from collections.abc import Sequence
from hashlib import blake2b
from pathlib import Path

import numpy as np

from .image_files import formats

SUFFIXES = (".jpg", ".jpeg", ".png", ".bmp", ".tif", ".tiff")
# width 0: the file cannot be read; digest: of the pixels as they are stored
FACTS = np.dtype([("width", "<i4"), ("height", "<i4"), ("digest", "V16")])


def read_whole(path: str | Path, size: int, channels: str = "grey") -> tuple[np.ndarray, tuple[int, int]]:
    """One image as a whole, its shape ignored (Luna-Jiménez et al. 2021): mode "LA", bicubic, then mode "L".

    Unlike :func:`.image_files.read_image` it neither turns by EXIF nor puts white behind transparency, because the
    published numbers were measured so.

    Args:
        size: side of the result in pixels.
        channels: "grey", or "rgb" for the same with modes "RGBA" and "RGB".

    Returns:
        uint8 (size, size[, 3]) and the (width, height) of the file.

    Raises:
        Exception: whatever Pillow raises for a damaged file; FileNotFoundError.
    """
    from PIL import Image

    target, with_alpha = ("L", "LA") if channels == "grey" else ("RGB", "RGBA")
    with Image.open(path, formats=formats()) as image:
        image.load()
        native = image.size
        if image.mode == "F" or image.mode.startswith("I"):  # Pillow would cut 16 bits off at 255
            raise ValueError(f"{image.mode} pixels, expected 8 bits")
        # without transparency both ways give the same values, and one channel less is resized
        mode = with_alpha if image.has_transparency_data else target
        small = image.convert(mode).resize((size, size), Image.Resampling.BICUBIC)
    return np.asarray(small if mode == target else small.convert(target)), native


def find_file(root: str, name: str) -> Path | None:
    """The file as it is named, or one that differs in its ending alone (``.tif`` that became ``.jpg``, ``.JPG``)."""
    path = Path(root, name)
    if path.is_file():
        return path
    endings = (ending for suffix in SUFFIXES for ending in (suffix, suffix.upper()))
    return next((other for ending in endings if (other := path.with_suffix(ending)).is_file()), None)


def read_chunk(
    root: str, names: Sequence[str], size: int, channels: str
) -> tuple[np.ndarray, np.ndarray, dict[int, str]]:
    """Images uint8 (n, size, size[, 3]), `FACTS` (n,), and what is wrong with those that cannot be read."""
    images = np.zeros((len(names), size, size) if channels == "grey" else (len(names), size, size, 3), np.uint8)
    facts, faults = np.zeros(len(names), FACTS), {}
    for k, name in enumerate(names):
        path = find_file(root, name)
        if path is None:
            faults[k] = "no such file"
            continue
        try:
            images[k], native = read_whole(path, size, channels)
        except Exception as error:  # Pillow's plugins raise OSError, ValueError, SyntaxError, struct.error …
            faults[k] = "empty file" if path.stat().st_size == 0 else f"not a readable image ({_short(error)})"
            continue
        facts[k] = (*native, blake2b(images[k].tobytes(), digest_size=16).digest())
    return images, facts, faults


def _short(error: Exception) -> str:
    """The first line of what Pillow says, without the path, which depends on where the files lie."""
    said = str(error).splitlines()[0] if str(error) else type(error).__name__
    return "unknown format" if "cannot identify image file" in said else said
