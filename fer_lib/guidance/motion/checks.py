"""What is asked of motion masks, refused in one sentence where it cannot be."""

import numpy as np

from ...datasets import FaceSet
from ...datasets.labels import canonical
from ...errors import require
from ...registry import nearest
from .pairs import NEUTRAL

SOURCES = ("pairs", "class_mean", "published", "borrowed")
NORMALIZERS = ("equalize", "minmax", "clahe", "none")


def check_options(source: str, normalizer: str, blur: float, size: int) -> None:
    require(source in SOURCES, f"source is {source!r}{nearest(source, SOURCES)} (known: {', '.join(SOURCES)})")
    check_normalizer(normalizer, blur)
    require(type(size) is int and 8 <= size <= 1024, f"size is {size!r}, expected a whole number 8…1024")


def check_normalizer(normalizer: str, blur: float) -> None:
    require(normalizer in NORMALIZERS, f"normalizer is {normalizer!r}, expected one of {', '.join(NORMALIZERS)}")
    number = isinstance(blur, (int, float)) and not isinstance(blur, bool)
    require(number and 0 <= blur <= 100, f"blur is {blur!r}, expected a standard deviation of 0…100 pixels")


def checked_folds(faces: FaceSet, folds: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    folds = np.asarray(folds)
    require(
        folds.shape == (len(faces),) and folds.dtype.kind in "iu",
        f"{faces.name}: folds are {folds.dtype} {folds.shape}, expected whole numbers ({len(faces)},)",
    )
    fold_ids = np.unique(folds[folds >= 0]).astype(np.int64)
    require(len(fold_ids) > 0, f"{faces.name}: no picture is tested in any fold, expected fold numbers from 0")
    return folds.astype(np.int64), fold_ids


def checked_classes(faces: FaceSet, classes: tuple[str, ...]) -> tuple[str, ...]:
    classes = tuple(classes)
    require(len(classes) > 0, f"{faces.name}: no classes are named, expected expressions to make masks of")
    known = [canonical(name) for name in faces.classes]
    for name in classes:
        require(
            canonical(name) in known,
            f"{faces.name}: no class {name!r}{nearest(name, faces.classes)} (known: {', '.join(faces.classes)})",
        )
        require(canonical(name) != NEUTRAL, f"{faces.name}: {name!r} shows no motion, expected expressions alone")
    require(len(set(classes)) == len(classes), f"{faces.name}: classes are {', '.join(classes)}, expected each once")
    return classes


def checked_left_out(faces: FaceSet, left_out: np.ndarray | None) -> np.ndarray:
    hidden = np.zeros(len(faces), bool) if left_out is None else np.asarray(left_out)
    require(
        hidden.shape == (len(faces),) and hidden.dtype == bool,
        f"{faces.name}: left_out is {hidden.dtype} {hidden.shape}, expected true or false ({len(faces)},)",
    )
    return hidden


def refuse_for_published(
    source: str, normalizer: str, photometric: bool, blur: float, left_out: np.ndarray | None
) -> None:
    given = {"normalizer": normalizer != "equalize", "photometric": photometric, "blur": blur != 0}
    given["left_out"] = left_out is not None and bool(np.any(left_out))
    for option in (name for name, changed in given.items() if changed):
        require(False, f"{option} with source={source!r}: published masks are taken as they are; leave {option} out")


def checked_counts(
    faces: FaceSet, count: np.ndarray, fold_ids: np.ndarray, classes: tuple[str, ...], source: str
) -> dict[str, dict[str, int]]:
    """Pairs or pictures by fold and class, for the card, from int (F, K); none of them 0."""
    for fold, label in np.argwhere(count == 0)[:1]:
        what = "pair" if source == "pairs" else "picture beside neutral ones"
        told = f"{faces.name}: class {classes[label]!r} has no {what} outside of what fold {fold_ids[fold]} tests"
        require(False, f"{told}, expected at least one")
    return {
        str(fold): dict(zip(classes, row, strict=True))
        for fold, row in zip(fold_ids.tolist(), count.tolist(), strict=True)
    }
