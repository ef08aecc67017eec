"""Five points of a face, which later systems align faces by."""

import numpy as np

from .regions import REGIONS

#: Left and right as *seen in the image*, the order of MTCNN and of the networks that align by it. So the left eye
#: is the subject's right one.
FIVE_POINTS = ("left_eye", "right_eye", "nose_tip", "left_mouth_corner", "right_mouth_corner")
_NOSE_TIP, _LEFT_CORNER, _RIGHT_CORNER = 30, 48, 54


def five_points(points: np.ndarray) -> np.ndarray:
    """Five points from 68, in the order of :data:`FIVE_POINTS`; one definition whichever detector found the face.

    An eye is the mean of its six lid points.

    Args:
        points: float (N, 68, 2); NaN stays NaN.

    Returns:
        float32 (N, 5, 2)
    """
    eyes = [points[:, REGIONS[name]].mean(axis=1) for name in ("right_eye", "left_eye")]
    return np.stack([*eyes, *(points[:, i] for i in (_NOSE_TIP, _LEFT_CORNER, _RIGHT_CORNER))], 1).astype(np.float32)
