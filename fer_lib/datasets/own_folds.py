"""Folds that a set's publisher, or a paper on it, made public: the column ``published_fold`` of its samples."""

import numpy as np

from ..errors import require
from .faceset import FaceSet


def own_folds(faces: FaceSet, n_folds: int) -> np.ndarray:
    """The published folds of a set that has them.

    Args:
        faces: its samples have ``published_fold``, −1 where the lists were not there when it was prepared; its card
            says under ``published_folds`` which lists these are and where they belong.
        n_folds: must be their number, so that nobody takes ten folds for five.

    Returns:
        int64 (N,) in 0…n_folds − 1.

    Raises:
        InputError: the lists are not there, or there are more or fewer folds than `n_folds`.
    """
    folds = faces.samples["published_fold"].to_numpy(np.int64)
    require(
        bool((folds >= 0).all()),
        f"{faces.name}: its published folds are not there, expected "
        f"{faces.card.get('published_folds', 'their lists')}; "
        "put them there, or use the scheme 'subject'",
    )
    found = int(folds.max(initial=-1)) + 1
    require(found == n_folds, f"{faces.name}: its published folds are {found}, not {n_folds}; ask for {found} folds")
    return folds
