"""Label spaces: a set's own classes, or the three-way valence ("polarity") of the guided-STN study."""

from collections.abc import Callable
from dataclasses import replace

import numpy as np

from ..errors import require
from ..registry import Registry
from .faceset import FaceSet

POLARITY = ("neutral", "positive", "negative")

# Names that data sets use for one expression, each set to the spelling of this study.
SYNONYMS = {
    "anger": "angry",
    "disgusted": "disgust",
    "afraid": "fear",
    "fearful": "fear",
    "happiness": "happy",
    "joy": "happy",
    "sadness": "sad",
    "surprised": "surprise",
}

# Luna-Jiménez et al. 2021: surprise is dropped because its valence is ambiguous. Contempt does not
# occur in FER-2013, so the study does not say; it counts as negative here, as an unpleasant emotion.
POLARITY_OF = {
    "neutral": "neutral",
    "happy": "positive",
    "angry": "negative",
    "disgust": "negative",
    "fear": "negative",
    "sad": "negative",
    "contempt": "negative",
    "surprise": None,
}

LABEL_SPACES = Registry("label space")


def canonical(name: str) -> str:
    """``"Anger"`` → ``"angry"``; a name that is nobody's synonym comes back in lower case."""
    name = name.strip().lower()
    return SYNONYMS.get(name, name)


@LABEL_SPACES.register("native")
def native(faces: FaceSet) -> FaceSet:
    """The set under its own classes."""
    return faces


@LABEL_SPACES.register("polarity")
def polarity(faces: FaceSet) -> FaceSet:
    """0 neutral, 1 positive (happy), 2 negative (angry, disgust, fear, sad, contempt); surprise is dropped.

    Goes by class names, so it serves every set whose classes have one of the usual names. A set that
    is already in these three classes comes back as it is. The class an image had is kept in the column
    ``expression`` (canonical name), which the error analysis reads, unless the set brings its own.

    Raises:
        InputError: a class whose valence is not known by its name.
    """
    if faces.classes == POLARITY:
        return faces
    names = [canonical(name) for name in faces.classes]
    for given, name in zip(faces.classes, names, strict=True):
        require(
            name in POLARITY_OF,
            f"{faces.name}: class {given!r} has no known polarity (known: {', '.join(sorted(POLARITY_OF))})",
        )
    valence = [POLARITY_OF[name] for name in names]
    table = np.array([-1 if v is None else POLARITY.index(v) for v in valence], dtype=np.int64)
    if "expression" not in faces.samples:
        faces = replace(faces, samples=faces.samples.assign(expression=np.array(names)[faces.labels]))
    return faces.relabel(table[faces.labels], POLARITY)


def label_space(name: str) -> Callable[[FaceSet], FaceSet]:
    """``label_space("polarity")(faces)``. Raises InputError naming the closest known label space."""
    return LABEL_SPACES[name]
