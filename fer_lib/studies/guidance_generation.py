"""Notebook 02: landmarks of a set, their coverage and error, and every kind of guidance."""

from typing import ClassVar

import numpy as np
import pandas as pd
from pydantic import Field, field_validator

from ..datasets import FaceSet
from ..errors import require
from ..faces.find import find_landmarks
from ..faces.landmarks import Landmarks
from ..guidance import GUIDANCE, make_guidance
from .common import GuidanceParameters

OUTER_EYE_CORNERS = (36, 45)


class GuidanceGenerationParameters(GuidanceParameters):
    notebook: ClassVar[str] = "02_guidance_generation"
    kinds: list[str] = Field(
        ["binary", "soft", "dilated", "patches", "weighted", "saliency_spectral", "shuffled", "noise"], min_length=1
    )

    @field_validator("kinds")
    @classmethod
    def _known(cls, kinds: list[str]) -> list[str]:
        for kind in kinds:
            GUIDANCE[kind]
        return kinds


def coverage_table(faces: FaceSet, landmarks: Landmarks) -> pd.DataFrame:
    """Images and share with a face, per class of `faces` and over all."""
    classes = pd.Categorical.from_codes(faces.labels, categories=list(faces.classes))
    by_class = pd.Series(landmarks.has_face).groupby(classes, observed=False).agg(["size", "sum", "mean"])
    by_class.loc["all"] = [len(faces), landmarks.has_face.sum(), landmarks.has_face.mean()]
    table = by_class.rename(columns={"size": "images", "sum": "with a face", "mean": "coverage (%)"})
    table["coverage (%)"] *= 100
    return table.astype({"images": int, "with a face": int}).rename_axis("class").reset_index()


def landmark_error(faces: FaceSet, landmarks: Landmarks) -> np.ndarray | None:
    """Mean distance to the true points over the true distance of the outer eye corners, float (n,)
    for the n images with a face; None where the set brings no truth."""
    truth = faces.extras.get("landmarks")
    if truth is None:
        return None
    found = landmarks.has_face
    truth = np.asarray(truth)[found]
    left, right = (truth[:, corner] for corner in OUTER_EYE_CORNERS)
    interocular = np.linalg.norm(left - right, axis=1)
    return np.linalg.norm(np.asarray(landmarks.points)[found] - truth, axis=2).mean(axis=1) / interocular


def make_all(faces: FaceSet, study: GuidanceGenerationParameters) -> tuple[Landmarks, dict[str, np.ndarray]]:
    """Landmarks and every kind of the study, computed once and kept on disk."""
    landmarks = find_landmarks(faces, study.data, study.landmarks)
    require(landmarks.has_face.any(), f"{faces.name}: no face was found in any image, so nothing can be guided")
    return landmarks, {kind: make_guidance(kind, faces, study.data, **study.guidance_options()) for kind in study.kinds}


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
