"""Seeded splits into train, validation and test for sets whose publisher gives none.

"paper" means the sizes that Minaee et al. (Deep-Emotion, Sensors 21(9):3046, 2021) report, whose lists of images are
not published, so that sizes and seed are all that can be repeated; for MMI and BU-3DFE it means the first of their
published folds.
"""

from collections.abc import Sequence

import numpy as np
import pandas as pd
from sklearn.model_selection import train_test_split

from ..errors import require
from .folds import inner_validation

SPLITS = ("paper", "subject")
TRAIN, VALIDATION, TEST = "train", "validation", "test"


def counted_split(
    data_set: str, labels: np.ndarray, classes: Sequence[str], test_per_class: int, validation: int, seed: int
) -> np.ndarray:
    """As many test images of every class, and a validation part with the class shares of the rest.

    Args:
        data_set: its name, for messages.
        labels: int (N,), positions in `classes`.
        test_per_class: images of each class in the test part.
        validation: images in the validation part.

    Returns:
        str (N,): "train", "validation" or "test", image by image: a subject may be in all three.

    Raises:
        InputError: a class is too small, or too few images are left for validation or training.
    """
    labels = np.asarray(labels)
    present, counts = np.unique(labels, return_counts=True)
    for label, count in zip(present, counts, strict=True):
        require(
            count >= test_per_class + 2,
            f"{data_set}: {count} images of {classes[label]!r}, the split tests {test_per_class} of each class and "
            "needs 2 more; set a smaller test_per_class, or split='subject'",
        )
    order = np.random.default_rng(seed).permutation(len(labels))
    place = pd.Series(labels[order]).groupby(labels[order]).cumcount().to_numpy()  # 0, 1, … within each class
    rest = np.sort(order[place >= test_per_class])
    most = len(rest) - len(present)
    require(len(labels) > 0, f"{data_set}: no images, expected some of each class")
    require(
        len(present) <= validation <= most,
        f"{data_set}: validation {validation}, expected {len(present)}…{most} of the {len(rest)} images not tested",
    )
    held_out = train_test_split(rest, test_size=validation, stratify=labels[rest], random_state=seed)[1]
    split = np.full(len(labels), TEST, dtype="<U10")
    split[rest], split[held_out] = TRAIN, VALIDATION
    return split


def dealt_split(
    data_set: str, labels: np.ndarray, groups: np.ndarray, validation: float, test: float, seed: int
) -> np.ndarray:
    """Shares of the images with nearly the class shares of the whole set, and no group in two parts.

    Args:
        groups: (N,), equal for images that must stay together (a subject, a sequence).
        validation, test: shares of all images, their sum below 1.

    Returns:
        str (N,): "train", "validation" or "test"; none of them is empty.

    Raises:
        InputError: fewer than three groups.
    """
    labels, groups = np.asarray(labels), np.asarray(groups)
    n_groups = len(np.unique(groups))
    require(n_groups >= 3, f"{data_set}: three parts need at least 3 groups that stay together, found {n_groups}")
    tested = inner_validation(labels, groups, np.arange(len(labels)), test, seed)
    if len(np.unique(groups[~tested])) < 2:  # few groups of uneven sizes: the smallest tested one will do
        ids, size = np.unique(groups[tested], return_counts=True)
        tested = groups == ids[size.argmin()]
    held_out = inner_validation(labels, groups, ~tested, validation / (1 - test), seed)
    return np.where(tested, TEST, np.where(held_out, VALIDATION, TRAIN))


def first_fold_split(
    data_set: str, labels: np.ndarray, groups: np.ndarray, folds: np.ndarray, validation: float, seed: int
) -> np.ndarray:
    """The first published fold as test part; the other folds are dealt to training and validation.

    Args:
        groups: (N,), equal for images that must stay together.
        folds: int (N,), the published fold that tests each image.
        validation: share of the images that are not tested.

    Returns:
        str (N,): "train", "validation" or "test".

    Raises:
        InputError: no image of the first fold; fewer than two groups in the others.
    """
    tested = np.asarray(folds) == 0
    require(
        bool(tested.any()), f"{data_set}: no image of the first published fold, which is tested; use split='subject'"
    )
    held_out = inner_validation(labels, groups, ~tested, validation, seed)
    return np.where(tested, TEST, np.where(held_out, VALIDATION, TRAIN))
