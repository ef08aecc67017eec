"""Figures, one idea per file; every function returns a matplotlib Figure and shows nothing itself."""

from .classes import class_bars
from .guidance import coverage_bars, landmark_error_histogram, landmark_overlay
from .samples import guidance_sheet, sample_sheet
from .training import accuracy_intervals, learning_curves, optimism_bars, theta_histograms

__all__ = [
    "accuracy_intervals",
    "class_bars",
    "coverage_bars",
    "guidance_sheet",
    "landmark_error_histogram",
    "landmark_overlay",
    "learning_curves",
    "optimism_bars",
    "sample_sheet",
    "theta_histograms",
]
