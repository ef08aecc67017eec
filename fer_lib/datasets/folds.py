"""Which fold tests each image, and which part of the training folds selects the model.

A fold vector is int64 (N,): ``folds[i]`` is the fold whose test part holds image *i*; that fold
trains on all images with another value. An image is tested exactly once; under the scheme "official"
only the publisher's test part is, and the others carry :data:`NEVER_TESTED`.
"""

import numpy as np
import pandas as pd
from sklearn.model_selection import StratifiedKFold

from ..errors import InputError, require
from ..registry import nearest
from .dealing import deal
from .faceset import FaceSet
from .near_duplicates import near_groups_of
from .own_folds import own_folds

SCHEMES = ("published", "random", "duplicate_safe", "sequence", "subject", "leave_one_subject_out", "official")
NEVER_TESTED = -1
ROLES = {"Training": "train", "PublicTest": "validation", "PrivateTest": "test"}


def make_folds(scheme: str, faces: FaceSet, n_folds: int = 5, seed: int = 2020) -> np.ndarray:
    """Folds by the name of a protocol.

    Args:
        scheme: "published" (the set's own published folds where it has a column ``published_fold``, else
            stratified by class only, as in the guided-STN study), "random" (stratified by class only), "duplicate_safe"
            (images that are equal or nearly so share a fold), "sequence" (all frames of a recording share a fold),
            "subject" (all images of a person share a fold), "leave_one_subject_out" (fold k tests the k-th person in
            order of names, no matter the `seed`) or "official" (one fold, tested on the publisher's test part;
            `n_folds` and `seed` do not matter, and :func:`selecting_part` is the part that selects).

    Returns:
        int64 (N,) in 0…n_folds − 1; under "official" 0 for the test part and :data:`NEVER_TESTED` elsewhere.

    Raises:
        InputError: unknown scheme; "subject" or "leave_one_subject_out" for a set that does not know its subjects, the
            latter with other than as many folds as subjects; "sequence" for one that does not know its sequences;
            "official" for a set without a test part, or with nothing but one;
            published folds that are not there, or are not `n_folds`; more folds than images of the largest class,
            or than groups.
    """
    require(
        scheme in SCHEMES, f"unknown fold scheme {scheme!r}{nearest(scheme, SCHEMES)} (known: {', '.join(SCHEMES)})"
    )
    if scheme == "published":
        own = "published_fold" in faces.samples
        return own_folds(faces, n_folds) if own else stratified(faces.labels, n_folds, seed)
    if scheme == "official":
        return _official_fold(faces)
    if scheme == "leave_one_subject_out":
        return _one_subject_each(faces, n_folds)
    if scheme == "random":
        return stratified(faces.labels, n_folds, seed)
    groups = {"duplicate_safe": near_groups_of, "sequence": sequences_of, "subject": subjects_of}[scheme](faces)
    return grouped(faces.labels, groups, n_folds, seed)


def subjects_of(faces: FaceSet) -> np.ndarray:
    """int64 (N,): one id per subject. Raises InputError where an image has no known subject."""
    subject = faces.samples["subject"]
    unknown = int((subject.isna() | (subject == "")).sum())
    require(
        unknown == 0,
        f"{faces.name}: {unknown} of {len(faces)} images have no known subject, "
        "so folds by subject cannot be made; use the scheme 'duplicate_safe'",
    )
    return pd.factorize(subject)[0].astype(np.int64)


def sequences_of(faces: FaceSet) -> np.ndarray:
    """int64 (N,): one id per recording. Raises InputError for a set of single pictures."""
    require(
        "sequence" in faces.samples,
        f"{faces.name}: its images are not frames of known sequences, so folds by sequence cannot be made; use the "
        "scheme 'random', 'subject' or 'duplicate_safe'",
    )
    return pd.factorize(faces.samples["sequence"])[0].astype(np.int64)


def stratified(labels: np.ndarray, n_folds: int = 5, seed: int = 2020) -> np.ndarray:
    """Folds with the class shares of the whole set; duplicates may fall on both sides.

    On the 31,885 polarity labels of FER-2013 in file order, with the default arguments, these are
    the folds published by Luna-Jiménez et al.
    """
    labels = _checked(labels, n_folds)
    folds = np.empty(len(labels), np.int64)
    splitter = StratifiedKFold(n_folds, shuffle=True, random_state=seed)
    for fold, (_, test) in enumerate(splitter.split(labels, labels)):
        folds[test] = fold
    return folds


def grouped(labels: np.ndarray, groups: np.ndarray, n_folds: int = 5, seed: int = 2020) -> np.ndarray:
    """Folds with nearly the class shares of the whole set and no group in two folds.

    Args:
        labels: int (N,).
        groups: (N,), equal for images that must stay together (duplicates, a subject).
    """
    labels = _checked(labels, n_folds)
    n_groups = len(np.unique(groups))
    require(n_groups >= n_folds, f"{n_folds} folds need at least as many groups, found {n_groups}")
    return deal(labels, groups, [1 / n_folds] * n_folds, seed)


def inner_validation(
    labels: np.ndarray, groups: np.ndarray, train_index: np.ndarray, share: float = 0.1, seed: int = 2020
) -> np.ndarray:
    """The part of the training folds that selects the model: stratified, no group on both sides.

    Args:
        labels: int (N,) of the whole set.
        groups: (N,) of the whole set.
        train_index: bool (N,) or positions: the images of the training folds.
        share: of the training images, in (0, 1).

    Returns:
        bool (N,): True for validation images, all of them among `train_index`; at least one group.
    """
    require(0 < share < 1, f"validation share is {share}, expected a number between 0 and 1")
    labels, groups = np.asarray(labels), np.asarray(groups)
    train = np.arange(len(labels))[train_index]
    ids, size = np.unique(groups[train], return_counts=True)
    require(len(ids) >= 2, f"a validation part needs at least 2 groups in the training folds, found {len(ids)}")
    chosen = deal(labels[train], groups[train], [1 - share, share], seed) == 1
    if not chosen.any():  # a few large groups: none is small enough for the share, so take the smallest
        chosen = groups[train] == ids[size.argmin()]
    mask = np.zeros(len(labels), bool)
    mask[train[chosen]] = True
    return mask


def _one_subject_each(faces: FaceSet, n_folds: int) -> np.ndarray:
    subjects_of(faces)  # refuses unknown ones
    names, folds = np.unique(faces.samples["subject"].to_numpy(str), return_inverse=True)
    require(len(names) >= 2, f"{faces.name}: {len(names)} subject, leaving one out needs at least 2")
    require(
        n_folds == len(names),
        f"{faces.name}: leaving one of its {len(names)} subjects out makes {len(names)} folds, not {n_folds}; "
        f"ask for {len(names)} folds",
    )
    return folds.astype(np.int64)


def _official_fold(faces: FaceSet) -> np.ndarray:
    tested = official(faces.samples) == "test"
    require(
        0 < tested.sum() < len(faces),
        f"{faces.name}: {tested.sum()} of {len(faces)} images are in the official test part, so the scheme 'official' "
        "has nothing to test or to train on; use the scheme 'duplicate_safe'",
    )
    return np.where(tested, 0, NEVER_TESTED)


def selecting_part(scheme: str, faces: FaceSet) -> np.ndarray | None:
    """The part that selects the model where the scheme names one, else None (:func:`inner_validation` draws it).

    Returns:
        bool (N,): under "official" the publisher's validation part, None for a set that has none.
    """
    chosen = official(faces.samples) == "validation" if scheme == "official" else np.zeros(len(faces), bool)
    return chosen if chosen.any() else None


def official(samples: pd.DataFrame) -> np.ndarray:
    """Roles by the publisher's split: str (N,), "train", "validation" or "test".

    Under the scheme "official" a network trains on "train", is selected on "validation" and scored
    once on "test".

    FER-2013: Training → train, PublicTest → validation, PrivateTest → test; sets whose ``split``
    already has the three roles keep them. Raises InputError for any other value.
    """
    names = {**ROLES, **{role: role for role in ROLES.values()}}
    for value in samples["split"].unique():
        if value not in names:
            raise InputError(f"split {value!r} has no role, expected one of {', '.join(names)}")
    return samples["split"].map(names).to_numpy(dtype=str)


def _checked(labels: np.ndarray, n_folds: int) -> np.ndarray:
    labels = np.asarray(labels)
    require(n_folds >= 2, f"{n_folds} folds, expected at least 2")
    largest = int(np.unique(labels, return_counts=True)[1].max(initial=0))
    require(largest >= n_folds, f"{n_folds} folds need a class with at least as many images, the largest has {largest}")
    return labels
