"""68 landmarks per image, as arrays."""

from dataclasses import dataclass, field

import numpy as np
import pandas as pd

from .regions import POINTS
from .rows import BOX, DETECTOR_NAMES, FIVE, FOUND, LANDMARKS, SCORE, STAGE


@dataclass(frozen=True)
class Landmarks:
    """Landmarks of N images; row *i* belongs to image *i*.

    Attributes:
        points: float32 (N, 68, 2), native pixels, x right, y down, centre of the top-left pixel at
            (0, 0); NaN where nothing is known. Rows without a face hold numbers too where landmarks
            were fitted into the whole image: take :attr:`found_points` unless those are wanted.
        has_face: bool (N,): whether a detector found a face; False for the whole image as box.
        table: N rows: ``has_face``, box ``x0 y0 x1 y1`` (native pixels, none below 0), ``score`` (of
            the detector that found it; scales differ), ``faces_found``, ``detector`` ("dlib-hog",
            "mtcnn", "whole_image", "dataset" or ""), and ``mtcnn_x0 mtcnn_y0 … mtcnn_y4``: MTCNN's own
            five points where it found the face, in the order of
            :data:`~fer_lib.faces.five_points.FIVE_POINTS`.
        card: how they were made, {} for images in memory. ``card["identity"]`` is a fingerprint
            that changes with the images or the options, ``card["standard"]`` tells whether the
            options are the default ones.
    """

    points: np.ndarray
    has_face: np.ndarray
    table: pd.DataFrame
    card: dict = field(default_factory=dict)

    def __len__(self) -> int:
        return len(self.points)

    @property
    def found_points(self) -> np.ndarray:
        """float32 (N, 68, 2): the points, NaN where no face was found."""
        return np.where(self.has_face[:, None, None], self.points, np.float32(np.nan))

    @property
    def mtcnn_points(self) -> np.ndarray:
        """float32 (N, 5, 2): MTCNN's own five points, NaN where another detector found the face; in the order of
        :data:`~fer_lib.faces.five_points.FIVE_POINTS`."""
        columns = [f"mtcnn_{axis}{point}" for point in range(5) for axis in "xy"]
        return self.table[columns].to_numpy(np.float32).reshape(-1, 5, 2)

    def by_detector(self) -> dict[str, int]:
        """Images per detector: ``{"dlib-hog": 31675, "mtcnn": …}``; "" counts those nothing is known of."""
        return {str(name): int(count) for name, count in self.table["detector"].value_counts().items()}

    def take(self, rows: np.ndarray) -> "Landmarks":
        """The landmarks at these positions, in that order."""
        return Landmarks(
            self.points[rows], self.has_face[rows], self.table.iloc[rows].reset_index(drop=True), self.card
        )

    def summary(self) -> str:
        """``"35,887 images, 31,000 with a face (86.4 %)"``"""
        found = int(self.has_face.sum())
        return f"{len(self):,} images, {found:,} with a face ({100 * found / max(1, len(self)):.1f} %)"


def landmarks_from_rows(rows: np.ndarray, source: str | None = None, card: dict | None = None) -> Landmarks:
    """Rows of numbers, float32 (N, WIDTH), see :mod:`fer_lib.faces.rows`.

    Args:
        source: what `table["detector"]` says of every face; None means the stage of its row.
    """
    has_face = rows[:, FOUND] > 0
    names = np.array([*DETECTOR_NAMES, ""], dtype=object)
    stages = np.nan_to_num(rows[:, STAGE], nan=len(DETECTOR_NAMES)).astype(int)
    detector = names[stages] if source is None else np.where(has_face, source, "")
    box = {name: np.maximum(rows[:, BOX][:, i], 0) for i, name in enumerate(("x0", "y0", "x1", "y1"))}
    five = {f"mtcnn_{'xy'[i % 2]}{i // 2}": rows[:, FIVE][:, i] for i in range(10)}
    table = pd.DataFrame(
        {
            "has_face": has_face,
            **box,
            "score": rows[:, SCORE],
            "faces_found": rows[:, FOUND].astype(np.int16),
            "detector": pd.Series(detector, dtype="object"),
            **five,
        }
    )
    return Landmarks(rows[:, LANDMARKS].reshape(-1, POINTS, 2).copy(), has_face, table, card or {})
