"""True motion of drawn faces in the template: what masks built from pictures are checked against."""

from pathlib import Path

import numpy as np

from ...datasets import FaceSet
from ...datasets.synthetic import drawn_parameters, motion
from ...faces.similarity import align, aligned


def true_motion(
    faces: FaceSet, classes: tuple[str, ...], data_dir: str | Path = "data", size: int = 70, **alignment
) -> np.ndarray:
    """Mean true change of each expression's pictures against their neutral twins.

    Unlike what a pair of pictures shows, the twin has the same occluders, noise and stray expression, none.

    Args:
        faces: of the set "synthetic".
        classes: names of K expressions.
        alignment: as for :func:`~fer_lib.faces.similarity.aligned_faces`; the twin is moved as its picture is.

    Returns:
        float64 (K, size, size), grey levels.

    Raises:
        InputError: another set than "synthetic".
    """
    chosen = faces.subset(np.isin(faces.labels, [faces.classes.index(name) for name in classes]))
    change = motion(drawn_parameters(chosen), chosen.images.shape[1])
    moved = aligned(change, align(chosen, data_dir, size, **alignment).matrices, size)
    return np.stack([moved[chosen.labels == chosen.classes.index(name)].mean(0) for name in classes])


def correlations(masks: np.ndarray, truths: np.ndarray) -> np.ndarray:
    """Pearson's correlation of every mask with every truth over the pixels: (A, S, S), (B, S, S) → float64 (A, B)."""
    a, b = (x.reshape(len(x), -1) - x.reshape(len(x), -1).mean(1, keepdims=True) for x in (masks, truths))
    return (a @ b.T) / np.outer(np.linalg.norm(a, axis=1), np.linalg.norm(b, axis=1))
