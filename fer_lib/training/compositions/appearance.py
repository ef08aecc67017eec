"""Light, sharpness and noise of finished compositions, changed at random as FERAtt's public code does."""

from typing import NamedTuple

import torch
import torch.nn.functional as F
from torch import Tensor

from ...errors import require
from ...registry import nearest

# shares of the images that are changed
TONED = 0.5  # by each of brightness, contrast and gamma
EQUALISED = 0.25
BLURRED = 0.25

DRAWN = 9  # numbers for each image, besides those of its noise
#: Gaussian windows of 3, 5 and 7 pixels, OpenCV's for 8-bit images, each in seven.
WINDOWS = torch.tensor([[0, 0, 8, 16, 8, 0, 0], [0, 2, 8, 12, 8, 2, 0], [1, 3.5, 7, 9, 7, 3.5, 1]]) / 32


class Appearance(NamedTuple):
    """Attributes:
    tone: largest change of the factors of brightness and contrast and of the exponent's inverse, from 1.
    noise: standard deviation in shares of the range of grey values.
    side: everything happens at this share of the side; what is below 1 takes sharpness from every image.
    """

    tone: float
    noise: float
    side: float


#: Specification, §3.4. "2018" and "2019" are the public code's two states.
APPEARANCES = {"none": None, "2018": Appearance(0.25, 0.07, 1.0), "2019": Appearance(0.0, 0.005, 48 / 64)}


def appearance(images: Tensor, preset: str, generator: torch.Generator | None = None) -> Tensor:
    """Images changed one by one, in this order: made smaller, brightness (v → α·v), contrast (away from the image's
    mean, or towards it), gamma (v → v^(1/γ)), histogram equalised in 8 × 8 tiles with clip limit 2 (in 256 grey
    levels), noise and a Gaussian blur of 3, 5 or 7 pixels, made larger again.

    Everything is drawn on the CPU, image after image: devices see the same changes, and so do batches of other sizes.
    The public code's contrast also multiplies the mean by 3 − 2α, a slip that is not repeated, and its noise is
    added to L*, which for greys is nearly the same.

    Args:
        images: float (B, 1, S, S) in [0, 1], on any device; not changed themselves.
        preset: one of :data:`APPEARANCES`; ``"none"`` returns `images` themselves and draws nothing.
        generator: on the CPU; None is torch's global one.

    Returns:
        As `images`, also in [0, 1].

    Raises:
        InputError: an unknown preset, or images of another shape.
    """
    require(
        preset in APPEARANCES,
        f"compositions: unknown appearance {preset!r}{nearest(preset, APPEARANCES)} (known: {', '.join(APPEARANCES)})",
    )
    look, shape = APPEARANCES[preset], tuple(images.shape)
    if look is None:
        return images
    require(
        images.is_floating_point() and len(shape) == 4 and shape[1] == 1 and shape[2] == shape[3],
        f"compositions: images are {str(images.dtype).removeprefix('torch.')} {shape}, expected float (B, 1, S, S)",
    )
    side = round(look.side * shape[-1])
    drawn = torch.rand(len(images), DRAWN + side * side, generator=generator)
    changed = _sized(images, side) if side != shape[-1] else images.clone()
    if look.tone:
        changed = toned(changed, factors(drawn[:, :6], look.tone).to(images))
    rows = torch.nonzero(drawn[:, 6] < EQUALISED).flatten()
    if len(rows):
        changed[rows] = equalised(changed[rows])
    rows = torch.nonzero(drawn[:, 7] < BLURRED).flatten()
    if len(rows):
        noise = look.noise * normal(drawn[rows, DRAWN:]).view(-1, 1, side, side)
        window = WINDOWS[(3 * drawn[rows, 8]).long()]
        changed[rows] = blurred((changed[rows] + noise.to(images)).clamp(0, 1), window.to(images))
    return _sized(changed, shape[-1]).clamp(0, 1)


def factors(drawn: Tensor, tone: float) -> Tensor:
    """(3, B) from uniform numbers (B, 6): of brightness, contrast and gamma, 1 where there is no change."""
    return torch.where(drawn[:, ::2] < TONED, 1 + tone * (2 * drawn[:, 1::2] - 1), 1).T


def toned(images: Tensor, factors: Tensor) -> Tensor:
    """Images (B, 1, H, W) in another light.

    Args:
        factors: (3, B) of brightness, contrast and gamma.
    """
    bright, contrast, gamma = factors[:, :, None, None, None]
    lit = (bright * images).clamp_(0, 1)
    mean = lit.mean((2, 3), keepdim=True)
    return lit.mul_(contrast).add_((1 - contrast) * mean).clamp_(0, 1).pow_(1 / gamma)


def equalised(images: Tensor) -> Tensor:
    """CLAHE of each of (B, 1, H, W), by OpenCV on the CPU, as there is none for batches."""
    import cv2

    levels = (images[:, 0] * 255).round().to(torch.uint8).cpu().numpy()
    clahe = cv2.createCLAHE(clipLimit=2.0, tileGridSize=(8, 8))
    for image in levels:
        clahe.apply(image, dst=image)
    return torch.from_numpy(levels).unsqueeze(1).to(images) / 255


def normal(uniform: Tensor) -> Tensor:
    """Standard normal numbers from uniform ones in [0, 1), one from each.

    PyTorch draws normal numbers in blocks that depend on how many are asked for, and uniform ones one by one.
    """
    return 2**0.5 * torch.erfinv((2 * uniform - 1).clamp(min=2**-23 - 1))  # −1 would be minus infinity


def blurred(images: Tensor, windows: Tensor) -> Tensor:
    """Each of (B, 1, H, W) with its own symmetric window of `windows` (B, 7); what is beyond the border mirrors what
    is inside, the outermost pixels not repeated."""
    count = len(images)
    padded = F.pad(images, (3, 3, 3, 3), mode="reflect").transpose(0, 1)
    down = F.conv2d(padded, windows.view(count, 1, 7, 1), groups=count)
    return F.conv2d(down, windows.view(count, 1, 1, 7), groups=count).transpose(0, 1)


def _sized(images: Tensor, side: int) -> Tensor:
    if side == images.shape[-1]:
        return images
    return F.interpolate(images, (side, side), mode="bilinear", align_corners=False)
