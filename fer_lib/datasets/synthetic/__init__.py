"""The built-in demo set: faces drawn from action units, with the truth that goes with them.

``sample_parameters`` decides what is to be seen, ``render`` draws it, :mod:`.truth` derives what later systems
check themselves against, and ``load_dataset("synthetic")`` stores a whole set.
"""

from .action_units import AU_COLUMN, AU_NAMES, AUS, CLASSES
from .dataset import build, drawn_parameters
from .parameters import Parameters, sample_parameters
from .renderer import Rendered, landmarks, render
from .shifted import build_shifted, cut_out, draw_shifts
from .styles import STYLES, Style
from .truth import au_region_masks, class_region_masks, face_box, motion, motion_masks

__all__ = [
    "AUS",
    "AU_COLUMN",
    "AU_NAMES",
    "CLASSES",
    "STYLES",
    "Parameters",
    "Rendered",
    "Style",
    "au_region_masks",
    "build",
    "build_shifted",
    "class_region_masks",
    "cut_out",
    "draw_shifts",
    "drawn_parameters",
    "face_box",
    "landmarks",
    "motion",
    "motion_masks",
    "render",
    "sample_parameters",
]
