"""Learned saliency by MSI-Net: pictures onto its canvas, maps off it, and the guidance kind."""

from . import kind  # noqa: F401  (registers it)
from .canvas import CANVAS, canvas_size, fit, unfit
from .maps import saliency_maps

__all__ = ["CANVAS", "canvas_size", "fit", "saliency_maps", "unfit"]
