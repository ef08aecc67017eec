"""Label spaces: a set's own classes, the three-way valence ("polarity") of the guided-STN study, or the expressions
that sets have in common under whatever names."""

from collections.abc import Callable
from dataclasses import replace

import numpy as np

from ..errors import require
from ..registry import Registry
from .faceset import FaceSet

POLARITY = ("neutral", "positive", "negative")
NEUTRAL_UP_TO = 0.2  # Luna-Jiménez et al. 2021: beyond it, valence is positive or negative

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

# The order of FER-2013, neutral after the six basic emotions; contempt is in too few sets to come before them.
EXPRESSIONS = ("angry", "disgust", "fear", "happy", "sad", "surprise", "neutral", "contempt")
NO_EXPRESSION = ("none", "uncertain", "non-face")  # what AffectNet's annotators could say instead

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

    A set whose card says ``polarity: valence`` (AffectNet) goes by its column ``valence`` instead, see
    :func:`polarity_of_valence`, whatever the class; images without a valence are dropped and the others come in the
    order positive, neutral, negative, because the published folds depend on it.

    Raises:
        InputError: a class whose valence is not known by its name.
    """
    if faces.classes == POLARITY:
        return faces
    if faces.card.get("polarity") == "valence":
        return _by_valence(faces)
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


def polarity_of_valence(valence: np.ndarray) -> np.ndarray:
    """The rule of the guided-STN study: neutral in [-0.2, 0.2], positive in (0.2, 1], negative in [-1, -0.2).

    Args:
        valence: float64 (N,). In 32 bits, 0.2 would be above the border.

    Returns:
        int64 (N,), positions in `POLARITY`; −1 outside of [-1, 1], such as the −2 of images without a valence.
    """
    positive, negative = valence > NEUTRAL_UP_TO, valence < -NEUTRAL_UP_TO
    return np.where(np.abs(valence) <= 1, np.select([positive, negative], [1, 2], 0), -1).astype(np.int64)


def _by_valence(faces: FaceSet) -> FaceSet:
    labels = polarity_of_valence(faces.samples["valence"].to_numpy(np.float64))
    names = ("positive", "neutral", "negative")
    order = np.concatenate([np.flatnonzero(labels == POLARITY.index(name)) for name in names])
    samples = faces.samples.assign(label=np.maximum(labels, 0))
    return replace(faces, samples=samples, classes=POLARITY).subset(order)


@LABEL_SPACES.register("expression6")
def expression6(faces: FaceSet) -> FaceSet:
    """The six basic expressions, 0 angry … 5 surprise, whatever the set calls them; see :func:`in_expressions`."""
    return in_expressions(faces, EXPRESSIONS[:6])


@LABEL_SPACES.register("expression7")
def expression7(faces: FaceSet) -> FaceSet:
    """The six basic expressions and 6 neutral, the classes of FER-2013; see :func:`in_expressions`."""
    return in_expressions(faces, EXPRESSIONS[:7])


@LABEL_SPACES.register("expression8")
def expression8(faces: FaceSet) -> FaceSet:
    """The seven of ``expression7`` and 7 contempt: AffectNet and FER+ have them; see :func:`in_expressions`."""
    return in_expressions(faces, EXPRESSIONS)


def shared_expressions(*sets: FaceSet) -> tuple[str, ...]:
    """The expressions that all sets have images of, in the order of :data:`EXPRESSIONS`.

    FER-2013 and JAFFE share seven (``expression7``), either of them and CK+48 six (``expression6``).
    """
    present = [{canonical(faces.classes[label]) for label in np.unique(faces.labels)} for faces in sets]
    return tuple(name for name in EXPRESSIONS if all(name in names for names in present))


def in_expressions(faces: FaceSet, classes: tuple[str, ...]) -> FaceSet:
    """The images of these expressions under these classes; all others are dropped.

    Sets in the same classes have the same labels, so a network trained on one of them fits the others.

    Args:
        classes: names of :data:`EXPRESSIONS`, position = label.

    Raises:
        InputError: a class of the set that is no known expression, or a class without an image.
    """
    names = [canonical(name) for name in faces.classes]
    known = (*EXPRESSIONS, *NO_EXPRESSION)
    for given, name in zip(faces.classes, names, strict=True):
        require(name in known, f"{faces.name}: class {given!r} is no known expression (known: {', '.join(known)})")
    table = np.array([classes.index(name) if name in classes else -1 for name in names], dtype=np.int64)
    labels = table[faces.labels]
    missing = [name for label, name in enumerate(classes) if not (labels == label).any()]
    require(
        not missing, f"{faces.name}: no image of {', '.join(missing)}, expected one of each of {', '.join(classes)}"
    )
    return faces if faces.classes == tuple(classes) else faces.relabel(labels, tuple(classes))


def label_space(name: str) -> Callable[[FaceSet], FaceSet]:
    """``label_space("polarity")(faces)``. Raises InputError naming the closest known label space."""
    return LABEL_SPACES[name]
