"""How faces are looked for: which detectors, one after the other, and how each is set."""

from dataclasses import asdict, dataclass

from ..errors import require
from ..registry import nearest
from .rows import DETECTORS

#: Below this height or width the image is doubled first: dlib's detector window is 80 px wide and
#: finds 0 % of the 48 px faces of FER-2013 at native size, 88 % at twice the size.
SMALL = 96
FACE_CHOICES = ("largest", "best", "last")
MTCNN_BOXES = ("fitted", "raw")


@dataclass(frozen=True)
class DetectorOptions:
    """How faces are looked for.

    Attributes:
        detectors: asked in this order, each for the images in which those before found no face:
            "hog" (dlib), "mtcnn", "whole_image" (the image is taken for the box: landmarks are
            fitted, but the image counts as one without a face). Any part of the chain may be left
            out; ``("hog",)`` is dlib alone.
        upscale: enlargement before detection (cubic); None means 2 below 96 px and 1 above.
        threshold: dlib's adjust threshold; 0 is dlib's default, lower finds more.
        face_choice: which of several faces is kept: the "largest", the "best" scored, or the
            "last" reported (what Luna-Jiménez et al. 2021 kept by overwriting their files).
        mtcnn_box: what MTCNN's box becomes before landmarks are fitted: "fitted" turns it into
            the square that dlib would report, "raw" takes it as it is (published); see
            :func:`~fer_lib.faces.mtcnn.dlib_square`.
        mtcnn_bgr: True hands MTCNN the colours in the order BGR, a slip of the published code;
            grey images are the same in both orders.
    """

    detectors: tuple[str, ...] = DETECTORS
    upscale: int | None = None
    threshold: float = -0.5
    face_choice: str = "largest"
    mtcnn_box: str = "fitted"
    mtcnn_bgr: bool = False

    def __post_init__(self):
        named = self.detectors
        require(
            isinstance(named, (tuple, list)) and len(named) > 0,
            f"detectors is {named!r}, expected a list of {', '.join(DETECTORS)}",
        )
        for name in named:
            require(
                name in DETECTORS,
                f"detectors names {name!r}{nearest(name, DETECTORS)}, expected {', '.join(DETECTORS)}",
            )
        object.__setattr__(self, "detectors", tuple(named))  # a notebook's list
        require(len(set(named)) == len(named), f"detectors is {list(named)}, expected each name once")
        require(
            "whole_image" not in named[:-1],
            f"detectors is {list(named)}, expected whole_image last: it leaves nothing to those after it",
        )
        require(
            self.upscale is None or (isinstance(self.upscale, int) and 1 <= self.upscale <= 8),
            f"upscale is {self.upscale!r}, expected a whole number from 1 to 8 or None",
        )
        for key, known in (("face_choice", FACE_CHOICES), ("mtcnn_box", MTCNN_BOXES), ("mtcnn_bgr", (False, True))):
            value = getattr(self, key)
            require(value in known, f"{key} is {value!r}, expected one of {', '.join(map(str, known))}")

    def resolved(self, height: int, width: int) -> dict:
        """The options that matter, with `upscale` decided for images of this size."""
        upscale = self.upscale or (2 if min(height, width) < SMALL else 1)
        known = {
            **asdict(self),
            "detectors": list(self.detectors),
            "upscale": upscale,
            "threshold": float(self.threshold),
        }
        unused = [key for key in known if key.startswith("mtcnn_") and "mtcnn" not in self.detectors]
        if "hog" not in self.detectors:
            unused.append("threshold")
        if not {"hog", "mtcnn"} & set(self.detectors):
            unused.append("face_choice")
        return {key: value for key, value in known.items() if key not in unused}
