"""What a face can be laid over: drawn clutter, or any folder of photographs."""

from .photographs import photographs
from .procedural import KINDS, procedural_backgrounds

__all__ = ["KINDS", "photographs", "procedural_backgrounds"]
