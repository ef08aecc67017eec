"""Motion of an expression: the mean absolute difference of expressive and neutral faces, as an 8-bit picture.

After Chen et al., "Facial Motion Prior Networks" (FMPN), VCIP 2019, whose code for the masks is not public. That they
are equalised shows in the distributed files.
"""

import numpy as np
import pandas as pd

from .checks import check_normalizer

CHUNK = 256  # pairs at once: some megabytes at 70 px
#: Half axes of the ellipse that holds brows, eyes, nose and mouth, and its middle, as shares of the square.
ELLIPSE, MIDDLE = (0.45, 0.48), (0.51, 0.50)
GREY, CONTRAST = 128.0, 48.0  # mean and standard deviation that matched faces have there


def matched(images: np.ndarray) -> np.ndarray:
    """Aligned faces with one mean and one contrast inside of an ellipse, so that light counts less.

    Args:
        images: uint8 (N, S, S).

    Returns:
        float32 (N, S, S): mean 128 and standard deviation 48 inside; a face without contrast is 128 everywhere.
    """
    inside = ellipse(images.shape[1])
    pixels = images.astype(np.float32)
    face = pixels[:, inside]
    mean, spread = face.mean(1)[:, None, None], face.std(1)[:, None, None]
    return (pixels - mean) * np.where(spread > 0, CONTRAST / np.maximum(spread, 1e-6), 0).astype(np.float32) + GREY


def ellipse(size: int) -> np.ndarray:
    """bool (size, size)"""
    centre = (np.arange(size) + 0.5) / size
    x, y = (centre[None] - MIDDLE[0]) / ELLIPSE[0], (centre[:, None] - MIDDLE[1]) / ELLIPSE[1]
    return x * x + y * y <= 1


def pair_motion(
    images: np.ndarray,
    pairs: pd.DataFrame,
    labels: np.ndarray,
    folds: np.ndarray,
    fold_ids: np.ndarray,
    classes: int,
    photometric: bool = False,
) -> tuple[np.ndarray, np.ndarray]:
    """Mean of |expressive − neutral| over the pairs that each fold may see.

    A fold's mean is a sum over pairs that it does not test, and never a sum over all less some: rounding would carry
    what was taken away.

    Args:
        images: uint8 (N, S, S), aligned.
        pairs: columns ``expressive`` and ``neutral``, positions in `images`.
        labels: int (len(pairs),), 0 … classes − 1.
        folds: int (N,): which fold tests a picture; −1: none.
        fold_ids: int (F,).
        photometric: whether the faces are :func:`matched` first.

    Returns:
        motion float64 (F, classes, S, S), grey levels, NaN where a fold sees no pair of a class; and the number of
        pairs int64 (F, classes).
    """
    expressive, neutral = pairs["expressive"].to_numpy(), pairs["neutral"].to_numpy()
    tested = np.sort(np.stack([folds[expressive], folds[neutral]], 1), axis=1)

    def sums(chosen: np.ndarray) -> np.ndarray:
        total = np.zeros(images.shape[1:])
        for start in range(0, len(chosen), CHUNK):
            part = chosen[start : start + CHUNK]
            moved, still = (_seen(images[rows[part]], photometric) for rows in (expressive, neutral))
            total += np.abs(moved - still).sum(0, dtype=np.float64)
        return total

    return _mean_of_groups(sums, tested, labels, fold_ids, classes, images.shape[1:])


def class_motion(
    images: np.ndarray,
    labels: np.ndarray,
    neutral: np.ndarray,
    folds: np.ndarray,
    fold_ids: np.ndarray,
    classes: int,
    photometric: bool = False,
) -> tuple[np.ndarray, np.ndarray]:
    """|mean of a class − mean of the neutral pictures|, for sets that do not know who is who.

    Args:
        images: uint8 (N, S, S), aligned.
        labels: int (N,), 0 … classes − 1, anything else for pictures of no class; neutral: bool (N,).
        folds, fold_ids, photometric: as for :func:`pair_motion`.

    Returns:
        As pair_motion; the numbers are the expressive pictures, 0 where there is no neutral one.
    """
    kind = np.where(neutral, classes, np.where((labels >= 0) & (labels < classes), labels, -1))
    used = np.flatnonzero(kind >= 0)

    def sums(chosen: np.ndarray) -> np.ndarray:
        total = np.zeros(images.shape[1:])
        for start in range(0, len(chosen), CHUNK):
            total += _seen(images[used[chosen[start : start + CHUNK]]], photometric).sum(0, dtype=np.float64)
        return total

    tested = np.stack([folds[used], folds[used]], 1)
    mean, count = _mean_of_groups(sums, tested, kind[used], fold_ids, classes + 1, images.shape[1:])
    return np.abs(mean[:, :-1] - mean[:, -1:]), np.where(count[:, -1:] > 0, count[:, :-1], 0)


def _seen(images: np.ndarray, photometric: bool) -> np.ndarray:
    return matched(images) if photometric else images.astype(np.float32)


def _mean_of_groups(sums, tested, labels, fold_ids, classes, shape) -> tuple[np.ndarray, np.ndarray]:
    """Means per fold and class; `tested` (items, 2): the folds that test an item's pictures."""
    groups, group = np.unique(tested, axis=0, return_inverse=True)
    total = np.zeros((len(fold_ids), classes, *shape))
    count = np.zeros((len(fold_ids), classes), np.int64)
    for index, members in enumerate(groups):
        sees = ~np.isin(fold_ids, members)
        for label in range(classes):
            chosen = np.flatnonzero((group.ravel() == index) & (labels == label))
            if len(chosen):
                total[sees, label] += sums(chosen)
                count[sees, label] += len(chosen)
    with np.errstate(invalid="ignore"):
        return total / np.where(count > 0, count, np.nan)[..., None, None], count


def normalized(motion: np.ndarray, normalizer: str = "equalize", blur: float = 0.0) -> np.ndarray:
    """Mean differences as 8-bit pictures.

    "equalize": rounded to grey levels, then its histogram is made flat over the whole picture, as in the published
    masks; "minmax": stretched to 0…255; "clahe": stretched, then equalised in 8 × 8 tiles with clip limit 2; "none":
    rounded.

    Args:
        motion: float64 (..., S, S), grey levels 0…255.
        blur: σ in pixels of a Gaussian before all that; 0: none.

    Returns:
        uint8 (..., S, S)

    Raises:
        InputError: an unknown normaliser, or a blur below 0.
    """
    import cv2

    check_normalizer(normalizer, blur)
    result = np.empty(motion.shape, np.uint8)
    flat, out = motion.reshape(-1, *motion.shape[-2:]), result.reshape(-1, *motion.shape[-2:])
    for mask, row in zip(flat, out, strict=True):
        if blur > 0:
            mask = cv2.GaussianBlur(mask, (0, 0), blur, borderType=cv2.BORDER_REFLECT_101)
        if normalizer in ("minmax", "clahe"):
            low, span = mask.min(), np.ptp(mask)
            mask = (mask - low) * (255 / span if span > 0 else 0)
        row[:] = np.rint(mask).clip(0, 255)
        if normalizer == "equalize":
            row[:] = cv2.equalizeHist(row)
        elif normalizer == "clahe":
            row[:] = cv2.createCLAHE(clipLimit=2.0, tileGridSize=(8, 8)).apply(row)
    return result
