"""68 landmarks per image, as arrays."""

from dataclasses import dataclass, field

import numpy as np
import pandas as pd

from .regions import POINTS


@dataclass(frozen=True)
class Landmarks:
    """Landmarks of N images; row *i* belongs to image *i*.

    Attributes:
        points: float32 (N, 68, 2), native pixels, x right, y down, centre of the top-left pixel at
            (0, 0); NaN where no face was found.
        has_face: bool (N,).
        table: N rows: ``has_face``, box ``x0 y0 x1 y1`` (native pixels), ``score``,
            ``faces_found``, ``detector``.
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

    def take(self, rows: np.ndarray) -> "Landmarks":
        """The landmarks at these positions, in that order."""
        return Landmarks(
            self.points[rows], self.has_face[rows], self.table.iloc[rows].reset_index(drop=True), self.card
        )

    def summary(self) -> str:
        """``"35,887 images, 31,000 with a face (86.4 %)"``"""
        found = int(self.has_face.sum())
        return f"{len(self):,} images, {found:,} with a face ({100 * found / max(1, len(self)):.1f} %)"


def landmarks_from_rows(rows: np.ndarray, detector: str = "dlib-hog", card: dict | None = None) -> Landmarks:
    """Rows of numbers, float32 (N, 142) as :func:`~fer_lib.faces.detector.describe_face` makes them."""
    has_face = rows[:, -1] > 0
    box = {name: rows[:, 2 * POINTS + i] for i, name in enumerate(("x0", "y0", "x1", "y1"))}
    table = pd.DataFrame(
        {
            "has_face": has_face,
            **box,
            "score": rows[:, -2],
            "faces_found": rows[:, -1].astype(np.int16),
            "detector": pd.Series([detector] * len(rows), dtype="object").where(has_face, ""),
        }
    )
    return Landmarks(rows[:, : 2 * POINTS].reshape(-1, POINTS, 2).copy(), has_face, table, card or {})
