"""Image files as frames."""

import warnings
from pathlib import Path

import numpy as np

from ..datasets.image_files import SUFFIXES, open_image

#: Endings of the files that are taken from a folder; a file that is named may have any.
IMAGE_SUFFIXES = (*SUFFIXES, ".gif")


def read_frame(path: str | Path) -> np.ndarray:
    """One image file, upright by its EXIF orientation, transparency over white, the first frame of several.

    Returns:
        uint8 (H, W, 3) in OpenCV's order BGR.

    Raises:
        InputError: no such file, empty, damaged, no image, or of more than 178 million pixels.
    """
    from PIL import Image

    with warnings.catch_warnings():
        # Pillow warns from half the size on at which it refuses
        warnings.simplefilter("ignore", Image.DecompressionBombWarning)
        image = open_image(Path(path), "rgb")
    return np.asarray(image)[..., ::-1].copy()
