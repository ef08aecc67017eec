"""Where the faces of a frame are: three detectors or the user's own, and the square boxes made of what they say."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from ..errors import InputError, require
from ..parameters import project_root
from ..registry import nearest

MIN_FACE = 10  # pixels; smaller boxes are not classified
#: dlib's box ends at the brows. Moved up by this share of its side and enlarged by :func:`square`, it holds eyes and
#: mouth where FER-2013's images do (medians of 29,800 of those and of 204 photographs of the London set).
UP = 0.09
YUNET = "face_detection_yunet_2023mar.onnx"
YUNET_URL = "https://github.com/opencv/opencv_zoo/tree/main/models/face_detection_yunet"

Boxes = Iterable[tuple[float, float, float, float]]
Detector = Callable[[np.ndarray], Boxes]


def as_frame(frame: object, what: str = "frame") -> np.ndarray:
    """`frame`, if it is uint8 (H, W, 3) or (H, W) with pixels in it.

    Raises:
        InputError: it is anything else.
    """
    wanted = "expected a uint8 array (H, W, 3) in the order BGR or (H, W) grey"
    require(frame is not None, f"{what} is None, as cv2.imread gives for a file that it cannot read; {wanted}")
    require(isinstance(frame, np.ndarray), f"{what} is of type {type(frame).__name__}, {wanted}")
    shaped = frame.ndim == 2 or (frame.ndim == 3 and frame.shape[2] == 3)
    require(
        frame.dtype == np.uint8 and shaped and frame.size > 0,
        f"{what} is {frame.dtype} of shape {frame.shape}, {wanted}",
    )
    return frame


def square(box: tuple[float, float, float, float], height: int, width: int) -> tuple[int, int, int, int] | None:
    """A detector's box as a square of whole pixels inside of the frame; None where nothing of it is inside.

    The half side is 1.1 × (w + h) / 4, the centre and the quarter rounded down, as ``rmn`` does it. Coordinates are
    xmin, ymin, xmax, ymax; a square that reaches beyond the frame is cut off there.
    """
    xmin, ymin, xmax, ymax = (int(value) for value in box)
    x, y = (xmin + xmax) // 2, (ymin + ymax) // 2
    half = ((xmax - xmin) + (ymax - ymin)) // 2 // 2 * 1.1
    left, top, right, bottom = int(x - half), int(y - half), int(x + half), int(y + half)
    left, top, right, bottom = max(left, 0), max(top, 0), min(right, width), min(bottom, height)
    return (left, top, right, bottom) if left < right and top < bottom else None


def make_detector(detector: str | Detector) -> Detector:
    """A function from a frame to boxes (xmin, ymin, xmax, ymax), whatever was named.

    Raises:
        InputError: an unknown name, or a detector whose files are not on this machine.
    """
    if isinstance(detector, str):
        require(
            detector in BUILT_IN,
            f"detector {detector!r}{nearest(detector, BUILT_IN)}, expected {', '.join(BUILT_IN)} or a function",
        )
        return BUILT_IN[detector]()
    require(
        callable(detector),
        f"detector is of type {type(detector).__name__}, expected {', '.join(BUILT_IN)} or a function",
    )
    return Own(detector)


@dataclass(frozen=True)
class Own:
    """The user's function, with a word on what it gives."""

    find: Callable[[np.ndarray], Iterable]

    def __call__(self, frame: np.ndarray) -> Boxes:
        boxes = []
        for box in self.find(frame):
            try:
                xmin, ymin, xmax, ymax = map(float, box)
                good = bool(np.isfinite([xmin, ymin, xmax, ymax]).all())
            except (TypeError, ValueError):
                good = False
            require(good, f"detector gave the box {box!r}, expected four numbers xmin, ymin, xmax, ymax")
            boxes.append((xmin, ymin, xmax, ymax))
        return boxes


@dataclass(frozen=True)
class Scaled:
    """A detector that sees a copy of the frame of a size that it is good at.

    Args:
        find: from a frame to float (N, 4), xmin, ymin, xmax, ymax in its pixels.
        longest: a longer side than this many pixels is brought down to it: a frame of 10,000 × 10,000 pixels is
            searched in the time and memory of one of 1,600 × 1,600.
        doubled_below: frames with a shorter side than this are doubled.
    """

    find: Callable[[np.ndarray], np.ndarray]
    longest: int
    doubled_below: int

    def __call__(self, frame: np.ndarray) -> Boxes:
        import cv2

        height, width = frame.shape[:2]
        scale = min(self.longest / max(height, width), 2 if min(height, width) < self.doubled_below else 1)
        size = max(1, round(width * scale)), max(1, round(height * scale))
        seen = np.ascontiguousarray(frame)
        if size != (width, height):
            seen = cv2.resize(seen, size, interpolation=cv2.INTER_CUBIC if scale > 1 else cv2.INTER_AREA)
        back = width / size[0], height / size[1]
        return (self.find(seen).reshape(-1, 4) * (*back, *back)).tolist()


def dlib_detector() -> Detector:
    """dlib's HOG detector at its own threshold; finds faces from 80 pixels up, 40 where the frame is doubled."""
    from ..faces.detector import load_detector

    hog = load_detector()

    def find(frame: np.ndarray) -> np.ndarray:
        found = hog(_grey(frame), 0)
        boxes = np.array([(b.left(), b.top(), b.right() + 1, b.bottom() + 1) for b in found], float).reshape(-1, 4)
        boxes[:, [1, 3]] -= UP * (boxes[:, 3:] - boxes[:, 1:2])
        return boxes

    return Scaled(find, longest=1600, doubled_below=320)


def haar_detector() -> Detector:
    """OpenCV's cascade for upright faces (Viola and Jones, CVPR 2001); finds faces from 24 pixels up."""
    import cv2

    folder = getattr(getattr(cv2, "data", None), "haarcascades", "")
    path = Path(folder) / "haarcascade_frontalface_default.xml"
    if not (hasattr(cv2, "CascadeClassifier") and path.is_file()):
        raise InputError(
            f"detector 'haar': OpenCV {cv2.__version__} ships no cascades, expected one before 5; use 'dlib' instead"
        )
    cascade = cv2.CascadeClassifier(str(path))

    def find(frame: np.ndarray) -> np.ndarray:
        boxes = np.array(cascade.detectMultiScale(_grey(frame), 1.1, 5), float).reshape(-1, 4)
        boxes[:, 2:] += boxes[:, :2]  # from width and height
        return boxes

    return Scaled(find, longest=1600, doubled_below=0)


def yunet_detector() -> Detector:
    """YuNet (Wu, Peng and Yu, Machine Intelligence Research 2023) with the thresholds of ``rmn``; faces of 10 to 300
    pixels in a frame of at most 640."""
    import cv2

    path = project_root() / "data" / "weights" / YUNET
    require(
        path.is_file(),
        f"detector 'yunet': {path} is not there; download {YUNET} from {YUNET_URL} and put it there, or use 'dlib'",
    )
    try:
        network = cv2.FaceDetectorYN.create(str(path), "", (320, 320), score_threshold=0.5, nms_threshold=0.3)
    except cv2.error as error:
        raise InputError(f"{path}: OpenCV cannot read it, expected {YUNET} from {YUNET_URL}") from error

    def find(frame: np.ndarray) -> np.ndarray:
        network.setInputSize(frame.shape[1::-1])
        _, found = network.detect(frame if frame.ndim == 3 else cv2.cvtColor(frame, cv2.COLOR_GRAY2BGR))
        boxes = np.empty((0, 4)) if found is None else found[:, :4].astype(float)
        boxes[:, 2:] += boxes[:, :2]
        return boxes

    return Scaled(find, longest=640, doubled_below=0)


BUILT_IN = {"dlib": dlib_detector, "haar": haar_detector, "yunet": yunet_detector}


def _grey(frame: np.ndarray) -> np.ndarray:
    import cv2

    return frame if frame.ndim == 2 else cv2.cvtColor(frame, cv2.COLOR_BGR2GRAY)
