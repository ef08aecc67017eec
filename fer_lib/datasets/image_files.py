"""Image files of any size and mode into one uint8 array."""

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import cache
from pathlib import Path

import numpy as np

from ..errors import InputError
from ..progress import progress
from ..resources import cores

SUFFIXES = (".png", ".jpg", ".jpeg", ".bmp", ".tif", ".tiff", ".webp")
#: Pillow's names of what is opened, whatever a file is called. EPS is none of them: Pillow has Ghostscript run it.
FORMATS = ("PNG", "JPEG", "BMP", "TIFF", "WEBP", "GIF", "MPO", "PPM", "DIB", "TGA", "ICO", "JPEG2000", "AVIF")
RESIZES = ("stretch", "pad", "crop")
CHANNELS = {"grey": "L", "rgb": "RGB"}
EIGHT_BITS = np.rint(np.arange(65536) / 257).astype(np.uint8)  # by 16-bit value
CHUNK = 512  # files in flight: their results are written down before the next ones are opened


@cache
def formats() -> list[str]:
    """Those of `FORMATS` that this Pillow has."""
    from PIL import Image

    Image.init()
    return [name for name in FORMATS if name in Image.OPEN]


def is_image(path: Path) -> bool:
    return path.suffix.lower() in SUFFIXES


def read_images(
    paths: Sequence[Path],
    size: int,
    channels: str = "grey",
    resize: str = "stretch",
    label: str = "reading images",
    part: Sequence[float] | None = None,
) -> np.ndarray:
    """Read many files, a thread per core; beside the result only a few images are in memory.

    Args:
        paths: image files.
        size: side of the result in pixels.
        channels: "grey" (ITU-R 601 luma) or "rgb".
        resize: "stretch" (to a square), "pad" (black bars keep the shape) or "crop" (the middle square).
        label: of the progress bar.
        part: top, left, height and width of what is kept of every picture, as shares of it; `resize` does not matter
            then. At its border the average sees the pixels beyond. None keeps whole pictures.

    Returns:
        uint8 (N, size, size) or (N, size, size, 3), in the order of `paths`.

    Raises:
        InputError: naming the first file that is empty, damaged, or has pixels without a known range.
    """
    shape = (size, size) if channels == "grey" else (size, size, 3)
    images = np.empty((len(paths), *shape), np.uint8)
    with ThreadPoolExecutor(cores()) as pool, progress(total=len(paths), label=label, unit="image") as bar:
        for start in range(0, len(paths), CHUNK):
            chunk = paths[start : start + CHUNK]
            for k, image in enumerate(pool.map(lambda path: read_image(path, size, channels, resize, part), chunk)):
                images[start + k] = image
            bar.update(len(chunk))
    return images


def read_image(
    path: Path, size: int, channels: str = "grey", resize: str = "stretch", part: Sequence[float] | None = None
) -> np.ndarray:
    """One file as :func:`read_images` reads it, see :func:`open_image`."""
    from PIL import Image, ImageOps

    image = open_image(path, channels)
    if part is not None:
        top, left, height, width = part
        box = np.minimum([left, top, left + width, top + height], 1) * np.tile(image.size, 2)  # sums are rounded
        return np.asarray(image.resize((size, size), Image.Resampling.BILINEAR, box=tuple(box)))
    if image.size == (size, size):
        return np.asarray(image)
    if resize == "pad":
        return np.asarray(ImageOps.pad(image, (size, size), Image.Resampling.BILINEAR))
    if resize == "crop":
        return np.asarray(ImageOps.fit(image, (size, size), Image.Resampling.BILINEAR))
    return np.asarray(image.resize((size, size), Image.Resampling.BILINEAR))


def open_image(path: Path, channels: str = "grey"):
    """One file as a Pillow image of mode "L" or "RGB": upright by its EXIF orientation, transparency over white,
    16-bit pixels divided by 257, the first frame of several.

    Raises:
        InputError: what :func:`read_images` raises.
    """
    from PIL import Image, ImageOps

    try:
        with Image.open(path, formats=formats()) as opened:
            opened.load()
            return _eight_bits(ImageOps.exif_transpose(opened), path).convert(CHANNELS[channels])
    except InputError:
        raise
    except FileNotFoundError:
        raise InputError(f"{path}: no such file, expected an image") from None
    except IsADirectoryError:
        raise InputError(f"{path}: a folder, expected an image") from None
    except Image.DecompressionBombError:
        limit = 2 * Image.MAX_IMAGE_PIXELS // 1_000_000
        raise InputError(f"{path}: more than {limit} million pixels, expected fewer") from None
    except Exception:  # Pillow's plugins raise OSError, ValueError, SyntaxError, struct.error … for damaged files
        empty = path.stat().st_size == 0
        raise InputError(f"{path}: {'empty file' if empty else 'not a readable image'}, expected an image") from None


def _eight_bits(image, path: Path):
    """The same picture in a mode with eight bits per channel and no transparency."""
    from PIL import Image

    if image.mode == "I" or image.mode.startswith("I;16"):
        pixels = np.asarray(image)
        if pixels.min() < 0 or pixels.max() > 65535:
            raise InputError(f"{path}: pixels from {pixels.min()} to {pixels.max()}, expected 8 or 16 bits")
        return Image.fromarray(EIGHT_BITS[pixels])
    if image.mode == "F":
        raise InputError(f"{path}: floating-point pixels of no known range, expected 8 or 16 bits")
    if image.has_transparency_data:
        image = image.convert("RGBA")
        white = Image.new("RGBA", image.size, "white")
        return Image.alpha_composite(white, image).convert("RGB")
    return image if image.mode == "L" else image.convert("RGB")
