"""Parameters and steps that several notebooks share."""

from typing import ClassVar, Literal

from pydantic import Field

from ..datasets import FaceSet, load_dataset
from ..parameters import Parameters
from ..reporting.stage import Stage


class DatasetParameters(Parameters):
    """A data set by name, with the options of its builder.

    Subclasses name their notebook, whose results go to ``reports/<profile>/<notebook>``.
    """

    notebook: ClassVar[str]
    dataset: str = "synthetic"
    dataset_options: dict = {}

    def load(self) -> FaceSet:
        """The prepared set; prepared first where that has not been done."""
        return load_dataset(self.dataset, self.data, **self.dataset_options)

    def stage(self) -> Stage:
        """Where this notebook leaves its figures, tables and card."""
        return Stage(self.reports / self.notebook, self.model_dump())

    @property
    def set_name(self) -> str:
        """For figure titles: a substitute says so."""
        names = {"synthetic": "synthetic faces", "fer2013": "FER-2013"}
        return names.get(self.dataset, self.dataset)


class GuidanceParameters(DatasetParameters):
    """How guidance maps are made; shared by the notebooks that make and that use them."""

    landmarks: Literal["dlib", "dataset"] = "dlib"
    no_face_fill: Literal["white", "black", "drop"] = "white"
    seed: int = Field(2020, ge=0)

    def guidance_options(self) -> dict:
        return {"landmarks": self.landmarks, "no_face_fill": self.no_face_fill, "seed": self.seed}
