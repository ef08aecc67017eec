"""Floor 2: guidance maps, what a localization network is shown instead of the image."""

from . import (  # noqa: F401  (each registers its kinds)
    binary,
    controls,
    dilated,
    finegrained,
    gradcam,
    landmark_map,
    msinet,
    products,
    soft,
    spectral,
)
from .deciding import deciding_options
from .inputs import network_inputs
from .registry import GUIDANCE, Kind, list_guidance, register_guidance
from .render import render_guidance
from .spectral import saliency_valid
from .store import has_face, make_guidance

__all__ = [
    "GUIDANCE",
    "Kind",
    "deciding_options",
    "has_face",
    "list_guidance",
    "make_guidance",
    "network_inputs",
    "register_guidance",
    "render_guidance",
    "saliency_valid",
]
