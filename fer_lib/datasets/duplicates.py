"""Exact duplicates: which images are the same picture, and where groups leak from training to test."""

from dataclasses import asdict, dataclass
from hashlib import blake2b

import numpy as np
import pandas as pd

from ..errors import require
from .faceset import FaceSet


def exact_groups(images: np.ndarray) -> np.ndarray:
    """Group ids by equal pixels.

    Args:
        images: uint8 (N, H, W[, C]), memory-mapped or not; one image is in memory at a time.

    Returns:
        int64 (N,): equal exactly where all pixels are equal, numbered by first appearance.
    """
    first: dict[bytes, int] = {}  # digest → position of the first image that has it
    leader = np.empty(len(images), np.int64)
    for position, image in enumerate(images):
        leader[position] = first.setdefault(blake2b(image.tobytes(), digest_size=16).digest(), position)
    # Equal digests are compared pixel by pixel: the groups are exact, not just very likely.
    for position in np.flatnonzero(leader != np.arange(len(images))):
        if not np.array_equal(images[position], images[leader[position]]):
            raise RuntimeError(f"images {leader[position]} and {position} differ but share a BLAKE2 digest")
    return np.unique(leader, return_inverse=True)[1].astype(np.int64)


def groups_of(faces: FaceSet) -> np.ndarray:
    """int64 (N,): the stored ``duplicate_group``, computed where the set has none."""
    if "duplicate_group" in faces.samples:
        return faces.samples["duplicate_group"].to_numpy(dtype=np.int64)
    return exact_groups(faces.images)


@dataclass(frozen=True)
class DuplicateReport:
    """Counts of one set; "images" counts images, "groups" counts groups of two or more equal images.

    Attributes:
        images: all images.
        distinct: images that remain when each picture is kept once.
        duplicated_images, duplicated_groups: those that are not the only one of their kind.
        largest_group: images of the picture that occurs most often.
        conflicting_images, conflicting_groups: the same picture under different labels.
        images_across_splits: images with an equal image in another official part.
        images_across_folds: images with an equal image in another fold; None without folds.
        flat_images: images of one single colour.
    """

    images: int
    distinct: int
    duplicated_images: int
    duplicated_groups: int
    largest_group: int
    conflicting_images: int
    conflicting_groups: int
    images_across_splits: int
    images_across_folds: int | None
    flat_images: int

    def to_frame(self) -> pd.DataFrame:
        """One row per count: columns ``count`` (what is counted) and ``value``."""
        return pd.DataFrame({"count": list(asdict(self)), "value": pd.array(list(asdict(self).values()), "Int64")})


def duplicate_report(
    faces: FaceSet, folds: np.ndarray | None = None, groups: np.ndarray | None = None
) -> DuplicateReport:
    """Count duplicates in a set, under its present labels.

    Args:
        folds: int (N,), the fold that tests each image.
        groups: int (N,), which images count as equal: by default those with equal pixels.
    """
    require(folds is None or len(folds) == len(faces), f"{faces.name}: folds do not have one row per image")
    groups = groups_of(faces) if groups is None else groups
    distinct, inverse, size = np.unique(groups, return_inverse=True, return_counts=True)
    repeated = size[inverse] > 1
    conflicting = _varies(faces.labels, groups)
    across_folds = None if folds is None else int(_varies(np.asarray(folds), groups).sum())
    return DuplicateReport(
        images=len(faces),
        distinct=len(distinct),
        duplicated_images=int(repeated.sum()),
        duplicated_groups=len(np.unique(groups[repeated])),
        largest_group=int(size.max(initial=0)),
        conflicting_images=int(conflicting.sum()),
        conflicting_groups=len(np.unique(groups[conflicting])),
        images_across_splits=int(_varies(faces.samples["split"].to_numpy(), groups).sum()),
        images_across_folds=across_folds,
        flat_images=int(flat_images(faces.images).sum()),
    )


def flat_images(images: np.ndarray) -> np.ndarray:
    """bool (N,): all pixels of the image have one colour."""
    pixels = images.reshape(len(images), images.shape[1] * images.shape[2], -1)
    return (pixels.min(axis=1) == pixels.max(axis=1)).all(axis=1)


def _varies(values: np.ndarray, groups: np.ndarray) -> np.ndarray:
    """bool (N,): the image's group holds more than one value."""
    return (pd.Series(values).groupby(groups).transform("nunique") > 1).to_numpy()
