"""Fine-grained static saliency (S. Montabone and A. Soto, Image and Vision Computing 28(3):391–402, 2010), by OpenCV.

How much a pixel differs from the mean of its surroundings, brighter or darker, at six sizes of them (24 to 224 pixels
wide), added up at the image's own resolution. Small detail of a face stays, and so does noise; backgrounds are not
suppressed. On images of 48 pixels all surroundings but the smallest reach over half of the image or more, so that the
map is mostly a pixel's difference from the image's mean. Figures call it "saliency[fine-grained]".
"""

import numpy as np
import torch
import torch.nn.functional as F

from ..errors import InputError
from .registry import register_guidance
from .scale import stretch, to_bytes


@register_guidance("saliency_finegrained", title="saliency[fine-grained]")
def saliency_finegrained(images, points=None, *, size, rows=None) -> np.ndarray:
    """uint8 (B, h, w), each map from 0 to 255; 128 everywhere where an image has no detail, as one of a flat colour.

    Computed at the images' size from 8-bit steps (OpenCV's own), then resized (bilinear).

    Raises:
        InputError: an OpenCV without its contrib modules.
    """
    compute = _fine_grained().computeSaliency
    maps = np.stack([compute(np.ascontiguousarray(image))[1] for image in images])
    stretched = stretch(torch.from_numpy(maps))
    if stretched.shape[1:] != tuple(size):
        stretched = F.interpolate(
            stretched[:, None], size=tuple(size), mode="bilinear", align_corners=False, antialias=True
        )[:, 0]
    return to_bytes(stretched)


def _fine_grained():
    import cv2

    if not hasattr(cv2, "saliency"):
        raise InputError(
            "guidance kind 'saliency_finegrained' is computed by OpenCV's contrib modules, which the OpenCV "
            f"{cv2.__version__} here lacks; install opencv-contrib-python-headless in place of any other OpenCV package"
        )
    return cv2.saliency.StaticSaliencyFineGrained_create()
