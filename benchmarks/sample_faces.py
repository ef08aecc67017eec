"""Faces to time training with, drawn in memory."""

from pathlib import Path

import numpy as np

from fer_lib.datasets.labels import polarity
from fer_lib.datasets.synthetic import build

CLASSES = 3
DISTINCT = 600  # speed does not depend on what is in the images, and drawing takes milliseconds each
FEWEST = 40  # that are drawn


def sample_faces(count: int, distinct: int = DISTINCT) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Images and masks, uint8 (count, 48, 48), and labels in 0 … 2; at most `distinct` faces, repeated."""
    faces = polarity(build(Path(), images=max(FEWEST, min(count, distinct))))
    chosen = np.resize(np.arange(len(faces)), count)
    masks = np.asarray(faces.extras["face_mask"])[chosen]
    return np.asarray(faces.images)[chosen], masks.astype(np.uint8), faces.labels[chosen]
