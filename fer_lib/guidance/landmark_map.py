"""A smooth map of the facial parts, in the look of a saliency map.

It is landmark guidance, not saliency: nothing in the image decides it but where the detector found the parts, and it
says nothing where no face was found. Figures call it "landmark map".
"""

import numpy as np
import torch

from ..errors import require
from ..faces.regions import REGIONS
from .no_face import fill_no_face
from .registry import register_guidance
from .scale import stretch, to_bytes
from .size import NETWORK_SIZE, scale_points

#: In the order of their points, which they share none of.
PARTS = ("right_brow", "left_brow", "nose", "right_eye", "left_eye", "mouth")
_FIRST = REGIONS["jaw"].stop


def _weights() -> np.ndarray:
    """float32 (51,): each part adds the same to the map, the mouth's 20 points as much as a brow's 5."""
    counts = [REGIONS[part].stop - REGIONS[part].start for part in PARTS]
    return np.concatenate([np.full(count, 1 / count, np.float32) for count in counts])


def part_heat(points: np.ndarray, size: tuple[int, int], sigma: float) -> torch.Tensor:
    """Sum of Gaussians at the points of brows, eyes, nose and mouth, each divided by the number of points of its part.

    Args:
        points: float (B, 68, 2) in pixels of the map, finite.
        size: (height, width) of the map.
        sigma: of the Gaussians, in pixels of the map.

    Returns:
        float32 (B, height, width), not negative.
    """
    x, y = torch.from_numpy(np.asarray(points[:, _FIRST:], np.float32)).unbind(2)
    height, width = (torch.arange(n, dtype=torch.float32) for n in size)
    # a Gaussian of two coordinates is the product of two of one, so the sum over points is a matrix product
    down = torch.exp(-((height - y[..., None]) ** 2) / (2 * sigma**2)) * torch.from_numpy(_weights())[:, None]
    across = torch.exp(-((width - x[..., None]) ** 2) / (2 * sigma**2))
    return down.transpose(1, 2) @ across


@register_guidance("saliency_landmark", landmarks=True, title="landmark map", no_face_fill="white", sigma=2.5)
def saliency_landmark(images, points, *, size, rows=None, no_face_fill="white", sigma=2.5) -> np.ndarray:
    """uint8 (B, h, w), each map from about 0 to 255: Gaussians at brows, eyes, nose and mouth; the jaw is left out.

    A face whose parts all lie far outside of the image gets 128 everywhere.

    Args:
        no_face_fill: as of the drawn masks; what is filled is uniform.
        sigma: of each Gaussian in pixels of a map whose shorter side has 48; wider in proportion on larger maps.

    Raises:
        InputError: a `sigma` out of range.
    """
    require(
        isinstance(sigma, int | float) and not isinstance(sigma, bool) and 0.1 <= sigma <= NETWORK_SIZE,
        f"sigma is {sigma!r}, expected pixels from 0.1 to {NETWORK_SIZE}",
    )
    lost = np.isnan(points).any(axis=(1, 2), keepdims=True)
    placed = scale_points(np.where(lost, 0, points), images.shape[1:3], size)
    maps = to_bytes(stretch(part_heat(placed, tuple(size), sigma * min(size) / NETWORK_SIZE)))
    return fill_no_face(maps, points, no_face_fill)
