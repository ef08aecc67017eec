"""Notebook 02: landmarks of a set, what each detector contributes, and every kind of guidance."""

from typing import ClassVar

import numpy as np
import pandas as pd
from pydantic import Field, field_validator

from ..datasets import FaceSet
from ..errors import require
from ..faces.landmarks import Landmarks
from ..faces.rows import DETECTOR_NAMES
from ..guidance import GUIDANCE, make_guidance
from ..guidance.agreement import map_agreement
from ..guidance.gradcam import KIND as GRADCAM
from ..guidance.size import NETWORK_SIZE
from .common import GuidanceParameters


class GuidanceGenerationParameters(GuidanceParameters):
    """Parameters of notebook 02; `compared` images are shown to both HOG and MTCNN.

    ``saliency_gradcam`` needs `gradcam_maps`, the name of maps that notebook 03 had drawn; those by the network of
    `gradcam_fold` are shown.
    """

    notebook: ClassVar[str] = "02_guidance_generation"
    kinds: list[str] = Field(
        [
            *("binary", "soft", "dilated", "patches", "weighted"),
            *("saliency_spectral", "saliency_finegrained", "saliency_landmark", "shuffled", "noise"),
        ],
        min_length=1,
    )
    compared: int = Field(100, ge=1)
    gradcam_maps: str = ""
    gradcam_fold: int = Field(0, ge=0)

    @field_validator("kinds")
    @classmethod
    def _known(cls, kinds: list[str]) -> list[str]:
        for kind in kinds:
            GUIDANCE[kind]
        return kinds

    @field_validator("gradcam_maps")
    @classmethod
    def _shown(cls, maps: str, info) -> str:
        require(not maps or GRADCAM in info.data.get("kinds", [GRADCAM]), f"expected {GRADCAM!r} among kinds, too")
        return maps

    def guidance_options(self, kind: str) -> dict:
        own = {"maps": self.gradcam_maps, "fold": self.gradcam_fold} if kind == GRADCAM else {}
        return {**super().guidance_options(kind), **own}


def coverage_table(faces: FaceSet, landmarks: Landmarks) -> pd.DataFrame:
    """Images and share with a face, per class of `faces` and over all. Where several detectors had work, also the
    share of the images that each of them settled: columns ``dlib-hog (%)``, ``mtcnn (%)``, ``whole_image (%)``."""
    classes = pd.Categorical.from_codes(faces.labels, categories=list(faces.classes))
    names = landmarks.table["detector"]
    busy = [name for name in DETECTOR_NAMES if (names == name).any()]
    marks = pd.DataFrame({"coverage": landmarks.has_face, **{name: names == name for name in busy if len(busy) > 1}})
    shares = 100 * pd.concat([marks.groupby(classes, observed=False).mean(), marks.mean().to_frame("all").T])
    counts = {"images": classes.value_counts(), "with a face": classes[landmarks.has_face].value_counts()}
    table = pd.DataFrame(counts).reindex(list(faces.classes))
    table.loc["all"] = table.sum()
    return table.join(shares.add_suffix(" (%)")).rename_axis("class").reset_index()


def make_all(faces: FaceSet, study: GuidanceGenerationParameters) -> tuple[Landmarks, dict[str, np.ndarray]]:
    """Landmarks and every kind of the study at the networks' size, computed once and kept on disk."""
    landmarks = study.find_landmarks(faces)
    require(landmarks.has_face.any(), f"{faces.name}: no face was found in any image, so nothing can be guided")
    return landmarks, {
        kind: make_guidance(kind, faces, study.data, **study.guidance_options(kind), size=NETWORK_SIZE)
        for kind in study.kinds
    }


def by_title(maps: dict[str, np.ndarray], study: GuidanceGenerationParameters) -> dict[str, np.ndarray]:
    """Maps by what pictures call their kind."""
    fold = {GRADCAM: study.gradcam_fold}
    return {GUIDANCE[kind].titled(fold.get(kind)): array for kind, array in maps.items()}


def agreement_table(faces: FaceSet, study: GuidanceGenerationParameters, maps: dict[str, np.ndarray]) -> pd.DataFrame:
    """:func:`~fer_lib.guidance.agreement.map_agreement` of the images themselves and of `maps`."""
    images = make_guidance("none", faces, study.data, size=NETWORK_SIZE)
    return map_agreement({"image": images, **maps})


def map_statistics(maps: dict[str, np.ndarray]) -> pd.DataFrame:
    """Mean grey value, share of white pixels and share of uniform maps of each kind."""
    rows = []
    for kind, array in maps.items():
        flat = np.asarray(array).reshape(len(array), -1)
        rows.append(
            {
                "kind": kind,
                "mean (0–255)": flat.mean(),
                "white pixels (%)": 100 * (flat == 255).mean(),
                "uniform maps (%)": 100 * (flat.min(1) == flat.max(1)).mean(),
            }
        )
    return pd.DataFrame(rows)
