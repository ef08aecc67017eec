"""MTCNN (Zhang et al., IEEE Signal Processing Letters 23(10), 2016), for images in which HOG finds nothing."""

import warnings
from functools import cache

import numpy as np

from ..errors import InputError
from .detector import choose, enlarge, fit_landmarks, to_native
from .rows import BOX, FIVE, FOUND, LANDMARKS, SCORE, empty_rows

#: Smallest face in native pixels, and the thresholds of the three networks: what the published code
#: left at their defaults.
MIN_FACE = 20
THRESHOLDS = (0.6, 0.7, 0.7)
#: Mid-grey border around the image, in parts of its short side. The networks are given what a candidate
#: box holds; a box that is cut off at the image's border is stretched, and FER-2013's faces fill their
#: images. With the border MTCNN finds 56 % instead of 43 % of the faces that HOG misses, 96 % instead of 87 %
#: of the others, and its five points come twice as near to dlib's. Grey is 0 to the networks; repeating the
#: outermost pixels instead finds 49 % and 92 %.
BORDER, GREY = 1 / 3, 128
#: dlib's square: its side in geometric means of the box's sides, and how much lower its centre lies in heights.
SIDE, LOWER = 0.93, 0.05
#: What decides the answers besides the options.
SETTINGS = {"min_face": MIN_FACE, "thresholds": THRESHOLDS, "border": [BORDER, GREY], "square": [SIDE, LOWER]}
#: Pixels looked at together.
PIXELS = 4_000_000


@cache
def load_mtcnn():
    """The three networks, loaded once. Raises InputError where facenet-pytorch is missing."""
    try:
        with warnings.catch_warnings():
            # It looks for a notebook's progress bar, which it needs for training only.
            warnings.filterwarnings("ignore", message="IProgress not found")
            from facenet_pytorch import MTCNN
    except ImportError as error:
        raise InputError(
            "facenet-pytorch is not installed; run `pip install --no-deps facenet-pytorch==2.6.0`"
            " (its own requirements name old versions), or leave mtcnn out of `detectors`"
        ) from error
    return MTCNN(keep_all=True, select_largest=False, thresholds=list(THRESHOLDS), post_process=False, device="cpu")


def find_faces(images: np.ndarray, upscale: int, bgr: bool = False) -> list[np.ndarray]:
    """All faces in each image, best first.

    Args:
        images: uint8 (N, H, W) grey or (N, H, W, 3) RGB.
        upscale: enlargement before detection (cubic).
        bgr: hand the colours over in the order BGR.

    Returns:
        N arrays float64 (faces, 15): box x0 y0 x1 y1, score, then x and y of left eye, right eye, nose
        tip, left and right mouth corner *as seen in the image*; native pixels.
    """
    model = load_mtcnn()
    model.min_face_size = MIN_FACE * upscale
    border = round(min(images.shape[1:3]) * upscale * BORDER)
    step = max(1, PIXELS // (images.shape[1] * images.shape[2] * upscale**2))
    found = []
    for start in range(0, len(images), step):
        batch = np.stack([_canvas(image, upscale, border, bgr) for image in images[start : start + step]])
        found += [_to_native(faces, upscale, border) for faces in _detect(model, batch)]
    return found


def _canvas(image: np.ndarray, upscale: int, border: int, bgr: bool) -> np.ndarray:
    import cv2

    large = cv2.copyMakeBorder(enlarge(image, upscale), *[border] * 4, cv2.BORDER_CONSTANT, value=(GREY,) * 3)
    if large.ndim == 2:
        return np.repeat(large[..., None], 3, axis=-1)
    return large[..., ::-1] if bgr else large


def _detect(model, batch: np.ndarray) -> list[np.ndarray]:
    try:
        boxes, scores, points = model.detect(batch, landmarks=True)
    except (RuntimeError, IndexError, ValueError) as error:
        # A box without content stops the package; one such image must not take its batch along.
        if len(batch) > 1:
            return [faces for image in batch for faces in _detect(model, image[None])]
        warnings.warn(f"MTCNN failed on an image, which counts as one without a face: {error}", stacklevel=2)
        return [np.empty((0, 15))]
    return [
        np.empty((0, 15))
        if box is None
        else np.column_stack([box, score, np.reshape(five, (-1, 10))]).astype(np.float64)
        for box, score, five in zip(boxes, scores, points, strict=True)
    ]


def _to_native(faces: np.ndarray, upscale: int, border: int) -> np.ndarray:
    coordinates = np.r_[0:4, 5:15]
    faces[:, coordinates] = to_native(faces[:, coordinates] - border, upscale)
    return faces


def dlib_square(box: np.ndarray) -> np.ndarray:
    """The square that dlib's detector would report for a face in MTCNN's box.

    MTCNN's boxes are a third taller than wide; dlib's predictor was trained in its own detector's
    squares. On 466 images of FER-2013 in which both find a face, dlib's square has the same centre in x,
    lies lower by 5 % of the height, and its side is 0.93 times the geometric mean of the sides (medians). On
    another 1,447 images, landmarks fitted in that square differ from those in dlib's own by 1.6 % of the
    distance of the outer eye corners, in the raw box by 2.6 % (medians).

    Args:
        box: float (4,): x0 y0 x1 y1.
    """
    x0, y0, x1, y1 = box
    width, height = x1 - x0, y1 - y0
    half = SIDE * np.sqrt(width * height) / 2
    x, y = (x0 + x1) / 2, (y0 + y1) / 2 + LOWER * height
    return np.array([x - half, y - half, x + half, y + half])


def describe_faces(images: np.ndarray, upscale: int, face_choice: str, mtcnn_box: str, mtcnn_bgr: bool) -> np.ndarray:
    """One face of each image, with dlib's 68 points inside MTCNN's box: float32 (N, WIDTH)."""
    rows = empty_rows(len(images))
    for row, image, faces in zip(rows, images, find_faces(images, upscale, mtcnn_bgr), strict=True):
        row[FOUND] = len(faces)
        if len(faces):
            boxes = faces[:, :4]
            areas = (boxes[:, 2] - boxes[:, 0]) * (boxes[:, 3] - boxes[:, 1])
            face = faces[choose(areas, faces[:, 4], face_choice)]
            # Clipped, not mirrored by abs() as published: mirroring moves the face to the other side.
            box = dlib_square(face[:4]) if mtcnn_box == "fitted" else np.maximum(face[:4], 0)
            row[LANDMARKS] = fit_landmarks(image, box, upscale)
            row[BOX], row[SCORE], row[FIVE] = face[:4], face[4], face[5:]
    return rows
