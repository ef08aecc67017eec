"""Where faces move for an expression, from pictures of neutral and expressive faces: FMPN's training targets.

A mask depends on the true class of what it is made of. It is what a network learns to draw, and never shown to one
that is tested.
"""

from .checks import NORMALIZERS, SOURCES
from .pairs import find_pairs
from .store import MotionMasks, make_motion_masks
from .truth import correlations, true_motion

__all__ = [
    "NORMALIZERS",
    "SOURCES",
    "MotionMasks",
    "correlations",
    "find_pairs",
    "make_motion_masks",
    "true_motion",
]
