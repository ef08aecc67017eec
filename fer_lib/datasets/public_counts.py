"""Whether what was read has the counts of the public set."""

import warnings
from collections.abc import Mapping

import numpy as np


def class_sizes(labels: np.ndarray, classes: tuple[str, ...]) -> dict[str, int]:
    return dict(zip(classes, np.bincount(labels, minlength=len(classes)).tolist(), strict=True))


def has_public_counts(where: str, found: Mapping[str, int], public: Mapping[str, int]) -> bool:
    """Compare counts; a difference is no error, since parts of a set are useful too, but it is told.

    Warns:
        UserWarning: naming every count that differs.
    """
    different = [f"{name} {found[name]} instead of {public[name]}" for name in public if found[name] != public[name]]
    if different:
        warnings.warn(f"{where} is not the whole public set: {', '.join(different)}", stacklevel=3)
    return not different
