"""Near duplicates: one photograph saved twice with another crop, size, brightness or watermark.

Three steps, each over all images at once: fingerprints propose pairs, a comparison at half size drops most of
them, and the comparison at full size decides. What remains is joined to groups, together with equal images.
"""

import numpy as np
import pandas as pd
from scipy.sparse import coo_matrix
from scipy.sparse.csgraph import connected_components

from .alignment import aligned_correlation
from .duplicates import exact_groups, groups_of
from .faceset import FaceSet
from .fingerprints import SIDE, candidate_pairs, fingerprints, mirrored, thumbnails

# Justified in notebook 01 by the labels of FER-2013: pairs of one photograph agree in 82 % (web searches label
# carelessly), pairs of look-alikes in 30 %. From 0.91 on the share is that of one photograph; below it falls.
SIMILARITY = 0.91
CANDIDATE = 0.88  # fingerprints
HALF_SIZE = 0.84  # compared at half size, where a pair of one photograph hardly ever has less
SHIFT = 4  # pixels of 48


def near_pairs(images: np.ndarray, mirror: bool = False) -> pd.DataFrame:
    """Pairs of different images that are nearly equal, and those that nearly are.

    Time grows with the square of the number of images, memory with the number of images.

    Args:
        images: uint8 (N, H, W[, 3]), memory-mapped or not, all different; only their 48 × 48 thumbnails are compared.
        mirror: compare each image with the others mirrored left to right. Faces are nearly symmetric and few
            photographs are stored both ways, so this counts how often different photographs look alike.

    Returns:
        One row per pair, ordered: ``first`` < ``second`` int64, positions in `images`; ``similarity`` float32,
        the correlation of the two at the best shift by up to 4 of 48 pixels. Pairs below some 0.84 are mostly
        left out; :data:`SIMILARITY` is where one photograph begins.
    """
    small = thumbnails(images)
    prints = fingerprints(small)
    pairs = candidate_pairs(prints, CANDIDATE, mirrored(prints) if mirror else None)
    offset = 0
    if mirror:
        small, offset = np.concatenate([small, small[:, :, ::-1]]), len(small)
    half = aligned_correlation(_half(small), pairs + [0, offset], SHIFT // 2)
    pairs = pairs[half >= HALF_SIZE]
    similarity = aligned_correlation(small, pairs + [0, offset], SHIFT)
    return pd.DataFrame({"first": pairs[:, 0], "second": pairs[:, 1], "similarity": similarity})


def near_groups(images: np.ndarray, exact: np.ndarray | None = None) -> np.ndarray:
    """Group ids by likeness: images that are equal, nearly equal, or joined by a chain of such pairs.

    Args:
        images: uint8 (N, H, W[, 3]).
        exact: int (N,), groups of equal images, where they are known already.

    Returns:
        int64 (N,), numbered by first appearance.
    """
    exact = exact_groups(images) if exact is None else np.asarray(exact)
    _, first, group = np.unique(exact, return_index=True, return_inverse=True)
    pairs = near_pairs(images[first])
    pairs = pairs[pairs["similarity"] >= SIMILARITY]
    links = coo_matrix((np.ones(len(pairs)), (pairs["first"], pairs["second"])), shape=(len(first), len(first)))
    component = connected_components(links, directed=False)[1][group]
    return pd.factorize(component)[0].astype(np.int64)


def near_groups_of(faces: FaceSet) -> np.ndarray:
    """int64 (N,): the stored ``near_duplicate_group``, computed where the set has none."""
    if "near_duplicate_group" in faces.samples:
        return faces.samples["near_duplicate_group"].to_numpy(dtype=np.int64)
    return near_groups(faces.images, groups_of(faces))


def _half(small: np.ndarray) -> np.ndarray:
    """float32 (N, 24, 24): averages of 2 × 2 pixels."""
    halves = np.zeros((len(small), SIDE // 2, SIDE // 2), np.float32)
    for down in (0, 1):
        for right in (0, 1):
            halves += small[:, down::2, right::2]
    return halves / 4
