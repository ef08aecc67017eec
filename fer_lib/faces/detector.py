"""One image in, one described face out: dlib's HOG detector and 68-point predictor.

Pixel coordinates everywhere: x right, y down, the *centre* of the top-left pixel at (0, 0), so
the image's left edge is at x = −0.5. Enlarging by s maps native x to s·(x + 0.5) − 0.5; the way
back is x = (x_up + 0.5) / s − 0.5. dlib rounds its points to whole pixels of the image it sees;
nothing is rounded again here.
"""

from dataclasses import asdict, dataclass
from functools import cache

import numpy as np

from ..errors import InputError, require
from .grey import to_grey
from .model_files import landmark_model_path
from .regions import POINTS

#: Below this height or width the image is doubled first: dlib's detector window is 80 px wide and
#: finds 0 % of the 48 px faces of FER-2013 at native size, 87 % at twice the size.
SMALL = 96
FACE_CHOICES = ("largest", "best", "last")
#: One row of numbers per image: 68 × (x, y), box x0 y0 x1 y1, score, faces found.
WIDTH = 2 * POINTS + 6


@dataclass(frozen=True)
class DetectorOptions:
    """How faces are looked for.

    Attributes:
        upscale: enlargement before detection (cubic); None means 2 below 96 px and 1 above.
        threshold: dlib's adjust threshold; 0 is dlib's default, lower finds more.
        face_choice: which of several faces is kept: the "largest", the "best" scored, or the
            "last" reported (what Luna-Jiménez et al. 2021 kept by overwriting their files).
    """

    upscale: int | None = None
    threshold: float = -0.5
    face_choice: str = "largest"

    def __post_init__(self):
        require(
            self.upscale is None or (isinstance(self.upscale, int) and 1 <= self.upscale <= 8),
            f"upscale is {self.upscale!r}, expected a whole number from 1 to 8 or None",
        )
        require(
            self.face_choice in FACE_CHOICES,
            f"face_choice is {self.face_choice!r}, expected one of {', '.join(FACE_CHOICES)}",
        )

    def resolved(self, height: int, width: int) -> dict:
        """The options as a dict with `upscale` decided for images of this size."""
        upscale = self.upscale or (2 if min(height, width) < SMALL else 1)
        return {**asdict(self), "upscale": upscale, "threshold": float(self.threshold)}


@cache
def load_models() -> tuple:
    """(detector, predictor), loaded once per process. Raises InputError where one is missing."""
    try:
        import dlib
    except ImportError as error:
        raise InputError("dlib is not installed; run `pip install dlib-bin` (conda: `dlib`)") from error
    path = landmark_model_path()
    try:
        return dlib.get_frontal_face_detector(), dlib.shape_predictor(str(path))
    except RuntimeError as error:  # dlib's word for a truncated or foreign file
        raise InputError(f"{path}: dlib cannot read it as a shape predictor ({error})") from error


def to_native(coordinates: np.ndarray, upscale: int) -> np.ndarray:
    """Coordinates in the enlarged image → coordinates in the native one (half-pixel convention)."""
    return (np.asarray(coordinates, dtype=np.float64) + 0.5) / upscale - 0.5


def describe_face(image: np.ndarray, upscale: int, threshold: float, face_choice: str) -> np.ndarray:
    """Find one face in one image.

    Args:
        image: uint8 (H, W) grey or (H, W, 3) RGB.
        upscale, threshold, face_choice: see :class:`DetectorOptions`.

    Returns:
        float32 (142,): landmarks x0 y0 … x67 y67, box x0 y0 x1 y1 (all in native pixels), score,
        number of faces found. Without a face everything is NaN but the number, which is 0.
    """
    import cv2

    detector, predictor = load_models()
    grey = np.ascontiguousarray(to_grey(image))
    if upscale != 1:
        grey = cv2.resize(grey, None, fx=upscale, fy=upscale, interpolation=cv2.INTER_CUBIC)
    boxes, scores, _ = detector.run(grey, 0, threshold)
    row = np.full(WIDTH, np.nan, dtype=np.float32)
    row[-1] = len(boxes)
    if boxes:
        chosen = _choose(boxes, scores, face_choice)
        box = boxes[chosen]
        points = [(part.x, part.y) for part in predictor(grey, box).parts()]
        corners = (box.left(), box.top(), box.right(), box.bottom())
        row[: 2 * POINTS] = to_native(points, upscale).ravel()
        row[2 * POINTS : -2] = to_native(corners, upscale)
        row[-2] = scores[chosen]
    return row


def _choose(boxes, scores, face_choice: str) -> int:
    if face_choice == "last":
        return len(boxes) - 1
    sizes = [box.area() for box in boxes] if face_choice == "largest" else scores
    return int(np.argmax(sizes))


def describe_faces(images: np.ndarray, options: dict) -> np.ndarray:
    """:func:`describe_face` for a batch: float32 (N, 142). `options` are resolved ones."""
    rows = np.empty((len(images), WIDTH), dtype=np.float32)
    for position, image in enumerate(images):
        rows[position] = describe_face(image, **options)
    return rows
