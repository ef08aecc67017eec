"""Floor 2: where faces are in an image, and their 68 landmarks."""

from .detect import detect_landmarks
from .find import find_landmarks
from .five_points import FIVE_POINTS, five_points
from .grey import to_grey
from .landmarks import Landmarks
from .model_files import landmark_model_path
from .options import DetectorOptions
from .regions import POINTS, REGIONS

__all__ = [
    "FIVE_POINTS",
    "POINTS",
    "REGIONS",
    "DetectorOptions",
    "Landmarks",
    "detect_landmarks",
    "find_landmarks",
    "five_points",
    "landmark_model_path",
    "to_grey",
]
