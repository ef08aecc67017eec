"""What images may be grouped by to see where errors are: detector, raters' agreement, intensity."""

import numpy as np
import pandas as pd

from ..datasets import FaceSet
from ..datasets.ferplus_votes import FILE, votes_of
from ..datasets.labels import POLARITY, POLARITY_OF, canonical
from ..faces.find import find_landmarks
from .trained_runs import TrainedParameters, TrainedRuns

NO_FACE = "no face"
RATED = ("fer2013", "ferplus")


def detectors(faces: FaceSet, trained: TrainedRuns, study: TrainedParameters) -> tuple[pd.Categorical, np.ndarray]:
    """Which detector found the face of each image, and where one was found.

    Returns:
        Categories are the detectors that found a face, the busiest first, then what was done where none did:
        "whole_image" (landmarks were fitted into the whole image) or "no face"; and bool (N,), True where a
        detector found a face.
    """
    asked = trained.guidance.landmark_options()
    found = find_landmarks(faces, study.data, asked["landmarks"], **asked["landmark_options"])
    names = found.table["detector"].replace("", NO_FACE)
    order = [name for rows in (found.has_face, ~found.has_face) for name in names[rows].value_counts().index]
    return pd.Categorical(names, categories=order), np.array(found.has_face)


def in_bins(values, edges: list[float]) -> pd.Categorical:
    """Groups such as "0.5–0.6", which holds 0.5 < value ≤ 0.6; the first group holds its lower edge too, values
    outside the edges and NaN are in none."""
    names = [f"{low:g}–{high:g}" for low, high in zip(edges, edges[1:], strict=False)]
    return pd.Categorical(pd.cut(np.asarray(values, float), edges, labels=names, include_lowest=True))


def votes(faces: FaceSet, study: TrainedParameters) -> pd.DataFrame | None:
    """FER+ votes on each image, see :func:`~fer_lib.datasets.ferplus_votes.votes_of`; None where the images are not
    those of the public FER-2013, or its votes are not under ``data/raw/ferplus``."""
    there = (study.data / "raw" / "ferplus" / FILE).is_file()
    public = study.dataset in RATED and faces.card.get("public_file", True)
    return votes_of(faces, study.data) if there and public else None


def agreement_groups(votes: pd.DataFrame, edges: list[float]) -> pd.Categorical:
    """Images by the share of raters that gave the most frequent answer; what they call no face is in no group."""
    return in_bins(votes["agreement"].where(~votes["not_a_face"]), edges)


def intensity_groups(faces: FaceSet, edges: list[float]) -> pd.Categorical | None:
    """Images by the intensity of their expression; neutral ones, which have none, are in no group. None where the
    set does not know intensities."""
    if "intensity" not in faces.samples:
        return None
    shown = faces.samples["intensity"].where(faces.samples["expression"] != "neutral")
    return in_bins(shown, edges)


def rater_polarity(votes: pd.DataFrame) -> np.ndarray:
    """Polarity of each image's majority vote, int64 (N,); −1 where the raters have no majority, do not know, see
    no face, or see surprise."""
    codes = {name: POLARITY.index(polarity) for name, polarity in POLARITY_OF.items() if polarity is not None}
    return votes["majority"].map(canonical).map(codes).fillna(-1).to_numpy(np.int64)
