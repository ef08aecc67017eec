"""Faces laid over backgrounds, drawn anew as often as wanted, with the truth that goes with them (FERAtt)."""

from .appearance import APPEARANCES, appearance
from .composer import Composed, Compositions
from .placement import Placement
from .recipe import PRESETS, Recipe

__all__ = ["APPEARANCES", "PRESETS", "Composed", "Compositions", "Placement", "Recipe", "appearance"]
