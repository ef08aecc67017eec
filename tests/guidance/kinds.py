"""Kinds of guidance by what they need."""

from fer_lib.guidance import GUIDANCE, list_guidance

#: Drawn from images and landmarks alone; the others look at files that a user brings, or at a run's networks.
DRAWN = [name for name in list_guidance() if GUIDANCE[name].source is None and GUIDANCE[name].read is None]
