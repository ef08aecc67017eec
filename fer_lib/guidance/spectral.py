"""Spectral residual saliency (Hou & Zhang, CVPR 2007) for whole batches; no weights needed.

An honest substitute for a trained fixation model, not one: it answers to edges, leaves the inside
of uniform bright areas dark and knows no centre bias. The Fourier transform takes the image for a tile
of a repeated pattern, so the jump from one border to the opposite one answers too: on FER-2013 the
outer four pixels (31 % of the area) hold 37 % of the map. Figures call it "saliency[spectral]".
"""

import numpy as np
import torch
import torch.nn.functional as F
from torch import Tensor

from .blur import gaussian_blur
from .registry import register_guidance
from .scale import is_uniform, stretch, to_bytes

SIZE = 64
_FLOOR = 1e-8


def spectral_residual(images: Tensor, sigma: float) -> Tensor:
    """What remains of the spectrum once its local average is taken away, back in space.

    ``F = FFT(image); L = log(1e-8 + |F|); R = L − circular 3×3 mean of L;
    S = |IFFT(exp(R + i·arg F))|²``, then a Gaussian. Images are real, so half of the spectrum holds
    everything, and ``exp(R + i·arg F) = F · exp(R) / |F|`` spares arctangent, sine and cosine.

    Args:
        images: float32 (B, 64, 64).
        sigma: final blur in pixels of the 64 × 64 grid.

    Returns:
        float32 (B, 64, 64), not negative.
    """
    spectrum = torch.fft.rfft2(images)
    magnitude = spectrum.abs() + _FLOOR
    log = magnitude.log()
    whitened = spectrum * (torch.exp(log - _local_mean(log)) / magnitude)
    # Zero outside: with mirrored or wrapped borders 9 of 10 maps of FER-2013 peak in the border rows.
    return gaussian_blur(torch.fft.irfft2(whitened, s=images.shape[1:]).square(), sigma)


def _local_mean(half: Tensor) -> Tensor:
    """Circular 3×3 mean of a symmetric spectrum, float (B, n, n), of which `half` (B, n, n/2 + 1) is given."""
    mirrored = half.flip(1).roll(1, 1)  # the value at −row; the spectrum at −column is half's at −row
    wide = torch.cat([mirrored[:, :, 1:2], half, mirrored[:, :, -2:-1]], dim=2)
    wide = wide + wide.roll(1, 1) + wide.roll(-1, 1)
    return (wide[:, :, :-2] + wide[:, :, 1:-1] + wide[:, :, 2:]) / 9


@register_guidance("saliency_spectral", title="saliency[spectral]", sigma=2.5)
def saliency_spectral(images, points=None, *, size, rows=None, sigma=2.5) -> np.ndarray:
    """uint8 (B, h, w), each map from about 0 to 255; a constant image gives 128 everywhere.

    Computed at 64 × 64 (bilinear both ways). Constant images are named by :func:`saliency_valid`.
    """
    pixels = torch.from_numpy(images.astype(np.float32))
    small = _resize(pixels, (SIZE, SIZE))
    maps = stretch(spectral_residual(small, sigma))
    # Without content only rounding noise is left in the spectrum, and whitening would enlarge it.
    maps[torch.from_numpy(~saliency_valid(images))] = 0.5
    return to_bytes(_resize(maps, size))


def saliency_valid(images: np.ndarray) -> np.ndarray:
    """bool (B,): False for images of one flat colour, whose map is uniform for want of content."""
    return ~is_uniform(images)


def _resize(maps: Tensor, size) -> Tensor:
    return F.interpolate(maps[:, None], size=tuple(size), mode="bilinear", align_corners=False, antialias=True)[:, 0]
