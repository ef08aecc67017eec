"""Parameters and steps that several notebooks share."""

from typing import ClassVar, Literal

from pydantic import Field, field_validator

from ..datasets import FaceSet
from ..errors import require
from ..faces.crops import load_faces
from ..faces.find import find_landmarks
from ..faces.landmarks import Landmarks
from ..faces.options import DetectorOptions
from ..faces.rows import DETECTORS
from ..models.msinet_loading import DEFAULT as MSINET_WEIGHTS
from ..parameters import Parameters
from ..reporting.stage import Stage

MSINET = "saliency_msinet"
DETECTION = ("detectors", "face_choice", "mtcnn_box", "mtcnn_bgr")


def set_title(dataset: str) -> str:
    """The set as readers call it."""
    names = {
        "synthetic": "synthetic faces", "fer2013": "FER-2013", "ckplus": "CK+", "jaffe": "JAFFE", "ferg": "FERG",
        "mmi": "MMI", "bu3dfe": "BU-3DFE", "kdef": "KDEF", "london": "London faces",
    }  # fmt: skip
    return names.get(dataset, dataset)


class DatasetParameters(Parameters):
    """A data set by name, with the options of its builder.

    Subclasses name their notebook, whose results go to ``reports/<profile>/<notebook>``.
    """

    notebook: ClassVar[str]
    dataset: str = "synthetic"
    dataset_options: dict = {}

    def load(self) -> FaceSet:
        """The prepared set; prepared first where that has not been done, faces cut where `face_margin` asks for it."""
        return load_faces(self.dataset, self.data, **self.dataset_options)

    def stage(self) -> Stage:
        """Where this notebook leaves its figures, tables and card."""
        return Stage(self.reports / self.notebook, self.model_dump())

    @property
    def set_name(self) -> str:
        """For figure titles: a substitute says so."""
        return set_title(self.dataset)


class GuidanceParameters(DatasetParameters):
    """How landmarks are found and guidance maps are made; shared by the notebooks that make and that use them.

    `detectors`, `face_choice`, `mtcnn_box` and `mtcnn_bgr` are those of
    :class:`~fer_lib.faces.options.DetectorOptions`, the others those of :func:`~fer_lib.guidance.make_guidance`;
    `msinet_weights` and `msinet_size` are the options `weights` and `infer_size` of ``saliency_msinet``.
    """

    landmarks: Literal["dlib", "dataset"] = "dlib"
    detectors: list[str] = list(DETECTORS)
    face_choice: Literal["largest", "best", "last"] = "largest"
    mtcnn_box: Literal["fitted", "raw"] = "fitted"
    mtcnn_bgr: bool = False
    no_face_fill: Literal["white", "black", "drop", "fitted"] = "white"
    canvas: Literal["native", 48] = "native"
    invert: bool = False
    dilate_mode: Literal["reference", "centered"] = "reference"
    msinet_weights: str = str(MSINET_WEIGHTS)
    msinet_size: int | list[int] | None = None
    seed: int = Field(2020, ge=0)

    @field_validator(*DETECTION)
    @classmethod
    def _can_be_detected(cls, value, info):
        name = info.field_name
        own = info.data.get("landmarks") == "dataset"
        require(
            not own or value == cls.model_fields[name].default,
            "landmarks of the data set are not detected, so this stays at its default",
        )
        DetectorOptions(**{name: value})
        return value

    def landmark_options(self) -> dict:
        """What :func:`~fer_lib.guidance.has_face` takes: `landmarks` and `landmark_options`."""
        asked = {key: getattr(self, key) for key in DETECTION} if self.landmarks == "dlib" else {}
        return {"landmarks": self.landmarks, "landmark_options": asked}

    def guidance_options(self, kind: str) -> dict:
        """What make_guidance, network_inputs and deciding_options take for this kind."""
        drawing = ("no_face_fill", "canvas", "invert", "dilate_mode", "seed")
        own = {"weights": self.msinet_weights, "infer_size": self.msinet_size} if kind == MSINET else {}
        return {**self.landmark_options(), **{key: getattr(self, key) for key in drawing}, **own}

    def find_landmarks(self, faces: FaceSet) -> Landmarks:
        """The landmarks from which the maps of this study are drawn."""
        chosen = self.landmark_options()
        return find_landmarks(faces, self.data, chosen["landmarks"], **chosen["landmark_options"])
