"""Landmarks of images that are in memory."""

import numpy as np

from ..errors import require
from ..registry import nearest
from .chain import run_chain
from .landmarks import Landmarks, landmarks_from_rows
from .options import DetectorOptions


def detect_landmarks(images: np.ndarray, *, workers: int | None = 1, **options) -> Landmarks:
    """Landmarks of an array of images; nothing is stored.

    Args:
        images: uint8 (N, H, W) grey or (N, H, W, 3) RGB.
        workers: processes and threads; None means every usable core.
        options: see :class:`~fer_lib.faces.options.DetectorOptions`.

    Raises:
        InputError: unknown option; dlib, its model or facenet-pytorch is missing.
    """
    size = images.shape[1:3]
    resolved = detector_options(options).resolved(*size)
    return landmarks_from_rows(run_chain(images, resolved, workers=workers, chunk=chunk_size(*size)))


def chunk_size(height: int, width: int) -> int:
    """Images per part: 1000 at 48 px, fewer of larger ones, so that a part takes some seconds."""
    return int(np.clip(1000 * 48 * 48 // (height * width), 8, 1000))


def detector_options(options: dict) -> DetectorOptions:
    known = DetectorOptions.__dataclass_fields__
    for key in options:
        require(key in known, f"landmarks have no option {key!r}{nearest(key, known)}")
    return DetectorOptions(**options)
