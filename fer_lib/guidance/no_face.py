"""What stands in for a mask where no face was found."""

import numpy as np

from ..errors import require
from ..registry import nearest

FILLS = ("white", "black", "drop", "fitted")


def check_fill(no_face_fill: str) -> None:
    require(
        no_face_fill in FILLS,
        f"no_face_fill is {no_face_fill!r}{nearest(no_face_fill, FILLS)}, expected one of {', '.join(FILLS)}",
    )


def fill_no_face(masks: np.ndarray, points: np.ndarray, no_face_fill: str) -> np.ndarray:
    """Fill the masks of images without landmarks, in place.

    "white" (the published runs) makes everything salient, "black" nothing. "drop" leaves white
    too: the array keeps its length, and whoever trains drops those images, which
    :func:`fer_lib.guidance.has_face` names. "fitted" draws the landmarks that were fitted into the
    whole image, and is white only where there are none either.

    Args:
        masks: uint8 (B, H, W).
        points: float (B, 68, 2), NaN where no face was found.
    """
    check_fill(no_face_fill)
    masks[np.isnan(points).any(axis=(1, 2))] = 0 if no_face_fill == "black" else 255
    return masks
