"""What is known of one image's face, as one row of numbers."""

import numpy as np

from .regions import POINTS

#: Detectors in the order in which they are asked; a row's STAGE is the position in this tuple.
DETECTORS = ("hog", "mtcnn", "whole_image")
#: What faces.parquet calls them.
DETECTOR_NAMES = ("dlib-hog", "mtcnn", "whole_image")
WHOLE_IMAGE = DETECTORS.index("whole_image")

#: Columns: 68 × (x, y), box x0 y0 x1 y1, MTCNN's own 5 × (x, y), score, stage, faces found.
LANDMARKS = slice(0, 2 * POINTS)
BOX = slice(LANDMARKS.stop, LANDMARKS.stop + 4)
FIVE = slice(BOX.stop, BOX.stop + 10)
SCORE, STAGE, FOUND = FIVE.stop, FIVE.stop + 1, -1
WIDTH = FIVE.stop + 3


def empty_rows(count: int) -> np.ndarray:
    """float32 (count, WIDTH): nothing is known, no face was found."""
    rows = np.full((count, WIDTH), np.nan, dtype=np.float32)
    rows[:, FOUND] = 0
    return rows
