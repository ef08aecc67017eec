"""The class that users of the ``rmn`` package (Pham, Vu and Tran, ICPR 2020) know as ``RMN``."""

from collections.abc import Callable, Iterable, Sequence
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from ..errors import require
from .detectors import MIN_FACE, as_frame, make_detector, square
from .drawing import draw
from .views import Face

if TYPE_CHECKING:  # torch is slow to import, and finding faces needs none
    from .model import Classifier


class Recognizer:
    """Finds faces and classifies their expression.

    Differences from ``rmn`` 3.3: weights are read at first use and never downloaded, the model is any trained run of
    this study, its classes are that run's, all faces of a frame go through the network together, boxes end at the
    right and bottom edges too, and nothing is printed.

    Args:
        face_detector: False: no faces are looked for, and :meth:`detect_faces` says so.
        model: None, the best finished run of the demo, with a warning, as it knows drawn faces only; the folder of
            a finished run (the probabilities of its folds' networks are averaged, unless `fold` chooses one); a list
            of such folders, whose probabilities are averaged; or a public checkpoint of residual masking, a file.
            Networks that were trained on aligned or upright faces see each face so, by landmarks that dlib fits in the
            detector's box, or in the whole of an image that is a face.
        fold: whose network of each run.
        device: "auto" (CUDA, else MPS, else CPU) or a name that torch knows.
        detector: "dlib" (HOG, needs no file), "haar" (OpenCV's cascade, where OpenCV ships it), "yunet" (needs
            ``data/weights/face_detection_yunet_2023mar.onnx``), or a function that takes a frame and returns
            (xmin, ymin, xmax, ymax) for every face.
        batch_size: most faces in one forward pass.

    Frames are uint8 arrays (H, W, 3) in OpenCV's order BGR, or (H, W) grey; so are faces. Boxes are whole pixels,
    `xmax` and `ymax` the first ones outside: ``frame[ymin:ymax, xmin:xmax]`` is the face.

    Raises:
        InputError: an argument is none of these. What is wrong with `model` or `device` is said at first use.
    """

    def __init__(
        self,
        face_detector: bool = True,
        model: str | Path | Sequence[str | Path] | None = None,
        *,
        fold: int | None = None,
        device: str = "auto",
        detector: str | Callable[[np.ndarray], Iterable] = "dlib",
        batch_size: int = 64,
    ):
        require(
            isinstance(face_detector, bool),
            f"face_detector is {face_detector!r}, expected True or False; a run is named with model=…, "
            "a detector with detector=…",
        )
        require(
            type(batch_size) is int and batch_size >= 1, f"batch_size is {batch_size!r}, expected a whole number from 1"
        )
        self.model, self.fold, self.device, self.batch_size = model, fold, device, batch_size
        self.detector = make_detector(detector) if face_detector else None

    @cached_property
    def classifier(self) -> "Classifier":
        """The networks, read from disk when first asked for.

        Raises:
            InputError: there is no such run or file, it does not fit, its networks need guidance maps or given masks,
                or they need landmarks and dlib or its model is missing.
        """
        from .model import load_classifier

        return load_classifier(self.model, self.fold, self.device)

    @property
    def classes(self) -> tuple[str, ...]:
        """Names of the classes, in the order of every `proba_list`."""
        return self.classifier.classes

    def load(self) -> "Recognizer":
        """Read the weights now, so that what is wrong with them is told before the first frame."""
        _ = self.classifier
        return self

    def detect_faces(self, frame: np.ndarray) -> list[dict[str, int]]:
        """Square boxes around all faces, as ``{"xmin", "ymin", "xmax", "ymax"}``.

        Half a side is 1.1 × a quarter of width plus height of the detector's box, in whole pixels around its centre;
        what lies outside of the frame is cut off, at the right and at the bottom too, where ``rmn`` lets it stand out.

        Raises:
            InputError: `frame` is no frame, or this recognizer was made without a face detector.
        """
        return [_named(face.crop) for face in self._found(as_frame(frame))]

    def detect_emotion_for_single_face_image(self, face: np.ndarray) -> tuple[str, float, list[dict[str, float]]]:
        """What one face expresses.

        Args:
            face: uint8 (H, W, 3) BGR or (H, W) grey, the face and little else.

        Returns:
            label; its probability in [0, 1]; and `proba_list`, a dict of one entry for every class, in their order.
        """
        (answer,) = self._classify([self.classifier.seen(Face.whole(as_frame(face, "face")))])
        return answer["emo_label"], answer["emo_proba"], answer["proba_list"]

    def detect_emotion_for_single_frame(self, frame: np.ndarray) -> list[dict]:
        """Every face of at least 10 × 10 pixels, and what it expresses.

        Returns:
            per face a dict of ``xmin, ymin, xmax, ymax`` (int), ``emo_label`` (str), ``emo_proba`` (float) and
            ``proba_list`` (list of one-entry dicts in the order of the classes).
        """
        (results,) = self.detect_emotion_for_frames([frame])
        return results

    def detect_emotion_for_frames(self, frames: Iterable[np.ndarray]) -> list[list[dict]]:
        """:meth:`detect_emotion_for_single_frame` for many frames; their faces share forward passes."""
        boxes, waiting, answers = [], [], []
        for frame in frames:
            found = [face for face in self._found(as_frame(frame)) if _large(face.crop)]
            boxes.append([_named(face.crop) for face in found])
            waiting += [self.classifier.seen(face) for face in found]  # small images: the frame is not kept
            if len(waiting) >= self.batch_size:  # nor are the faces of a whole film
                answers += self._classify(waiting)
                waiting = []
        each = iter(answers + self._classify(waiting))
        return [[{**box, **next(each)} for box in found] for found in boxes]

    @staticmethod
    def draw(frame: np.ndarray, results: list[dict]) -> np.ndarray:
        """Draw boxes and labels of `results` into `frame`, which is returned; labels are moved into the frame.

        Raises:
            InputError: `frame` is no frame, or cannot be written to.
        """
        return draw(frame, results)

    def video_demo(self) -> None:
        """Webcam 0, mirrored, in a window; q ends it."""
        from .video import webcam

        webcam(self)

    def _found(self, frame: np.ndarray) -> list[Face]:
        require(
            self.detector is not None,
            "Recognizer(face_detector=False) has no face detector; make it with face_detector=True to find faces",
        )
        squares = ((square(box, *frame.shape[:2]), box) for box in self.detector(frame))
        return [Face.found(frame, crop, box) for crop, box in squares if crop]

    def _classify(self, seen: list[dict]) -> list[dict]:
        """``emo_label``, ``emo_proba`` and ``proba_list`` of every face."""
        parts = [seen[start : start + self.batch_size] for start in range(0, len(seen), self.batch_size)]
        answers = []
        for row in (row for part in parts for row in self.classifier.answers(part)):
            probabilities = dict(zip(self.classes, map(float, row), strict=True))
            label = max(probabilities, key=probabilities.get)
            single = [{name: value} for name, value in probabilities.items()]
            answers.append({"emo_label": label, "emo_proba": probabilities[label], "proba_list": single})
        return answers


def _named(crop: tuple[int, int, int, int]) -> dict[str, int]:
    return dict(zip(("xmin", "ymin", "xmax", "ymax"), crop, strict=True))


def _large(crop: tuple[int, int, int, int]) -> bool:
    xmin, ymin, xmax, ymax = crop
    return min(xmax - xmin, ymax - ymin) >= MIN_FACE
