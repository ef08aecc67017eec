"""dlib: the HOG detector, and the 68-point predictor that every detector's box is given to.

Pixel coordinates everywhere: x right, y down, the *centre* of the top-left pixel at (0, 0), so
the image's left edge is at x = −0.5. Enlarging by s maps native x to s·(x + 0.5) − 0.5; the way
back is x = (x_up + 0.5) / s − 0.5. dlib rounds its points to whole pixels of the image it sees;
nothing is rounded again here.
"""

import warnings
from functools import cache

import numpy as np

from ..errors import InputError
from .grey import to_grey
from .model_files import landmark_model_path
from .rows import BOX, FOUND, LANDMARKS, SCORE, empty_rows


def _dlib():
    try:
        import dlib
    except ImportError as error:
        raise InputError("dlib is not installed; run `pip install dlib-bin` (conda: `dlib`)") from error
    return dlib


@cache
def load_detector():
    """The HOG detector, which needs no file; loaded once per process. Raises InputError where dlib is missing."""
    return _dlib().get_frontal_face_detector()


@cache
def load_models() -> tuple:
    """(detector, predictor), loaded once per process. Raises InputError where one is missing."""
    dlib, path = _dlib(), landmark_model_path()
    try:
        return load_detector(), dlib.shape_predictor(str(path))
    except RuntimeError as error:  # dlib's word for a truncated or foreign file
        raise InputError(f"{path}: dlib cannot read it as a shape predictor ({error})") from error


def to_native(coordinates: np.ndarray, upscale: int) -> np.ndarray:
    """Coordinates in the enlarged image → coordinates in the native one (half-pixel convention)."""
    return (np.asarray(coordinates, dtype=np.float64) + 0.5) / upscale - 0.5


def enlarge(image: np.ndarray, upscale: int) -> np.ndarray:
    """`image` uint8 (H, W[, 3]), `upscale` times as large (cubic)."""
    import cv2

    if upscale == 1:
        return np.ascontiguousarray(image)
    return cv2.resize(np.ascontiguousarray(image), None, fx=upscale, fy=upscale, interpolation=cv2.INTER_CUBIC)


def fit_landmarks(image: np.ndarray, box: np.ndarray, upscale: int) -> np.ndarray:
    """The 68 points of dlib's predictor inside a box.

    Args:
        image: uint8 (H, W) grey or (H, W, 3) RGB.
        box: x0 y0 x1 y1 in native pixels; may reach beyond the image.
        upscale: the predictor sees the image enlarged so many times.

    Returns:
        float64 (136,): x0 y0 … x67 y67 in native pixels.
    """
    import dlib

    _, predictor = load_models()
    corners = np.rint((np.asarray(box, dtype=np.float64) + 0.5) * upscale - 0.5).astype(int)
    return _points(predictor, enlarge(to_grey(image), upscale), dlib.rectangle(*corners.tolist()), upscale)


def _points(predictor, grey: np.ndarray, rectangle, upscale: int) -> np.ndarray:
    return to_native([(part.x, part.y) for part in predictor(grey, rectangle).parts()], upscale).ravel()


def describe_face(image: np.ndarray, upscale: int, threshold: float, face_choice: str) -> np.ndarray:
    """Find one face in one image.

    Args:
        image: uint8 (H, W) grey or (H, W, 3) RGB.
        upscale, threshold, face_choice: see :class:`~fer_lib.faces.options.DetectorOptions`.

    Returns:
        float32 (WIDTH,), see :mod:`fer_lib.faces.rows`.
    """
    detector, predictor = load_models()
    grey = enlarge(to_grey(image), upscale)
    boxes, scores, _ = detector.run(grey, 0, threshold)
    row = empty_rows(1)[0]
    row[FOUND] = len(boxes)
    if boxes:
        chosen = choose([box.area() for box in boxes], scores, face_choice)
        box = boxes[chosen]
        row[LANDMARKS] = _points(predictor, grey, box, upscale)
        row[BOX] = to_native((box.left(), box.top(), box.right(), box.bottom()), upscale)
        row[SCORE] = scores[chosen]
    return row


def choose(areas, scores, face_choice: str) -> int:
    """Which of several faces: position of the largest, the best scored, or the last one."""
    if face_choice == "last":
        return len(areas) - 1
    return int(np.argmax(areas if face_choice == "largest" else scores))


def describe_faces(images: np.ndarray, options: dict) -> np.ndarray:
    """:func:`describe_face` for a batch: float32 (N, WIDTH). An image that dlib fails on has no face."""
    rows = empty_rows(len(images))
    for position, image in enumerate(images):
        try:
            rows[position] = describe_face(image, **options)
        except RuntimeError as error:
            warnings.warn(f"dlib failed on an image, which counts as one without a face: {error}", stacklevel=2)
    return rows
