"""Training with facial motion priors (FMPN): the mask generator first, then all three networks jointly."""

from .config import MotionConfig
from .runs import cross_validate_motion, load_mask_scores, trained_generator
from .task import MotionTask

__all__ = ["MotionConfig", "MotionTask", "cross_validate_motion", "load_mask_scores", "trained_generator"]
