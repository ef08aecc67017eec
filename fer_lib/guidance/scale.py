"""From real-valued maps to bytes."""

import numpy as np
import torch
from torch import Tensor

#: A map whose range is below this share of its largest value has no content.
FLAT = 1e-6


def stretch(maps: Tensor) -> Tensor:
    """Each map min–max scaled to [0, 1]; a map without range becomes 0.5 everywhere.

    Args:
        maps: float (B, H, W), finite.
    """
    low = maps.amin((1, 2), keepdim=True)
    span = maps.amax((1, 2), keepdim=True) - low
    flat = span <= FLAT * maps.abs().amax((1, 2), keepdim=True)
    scaled = (maps - low) / torch.where(flat, torch.ones_like(span), span)
    return torch.where(flat, torch.full_like(scaled, 0.5), scaled)


def to_bytes(maps: Tensor) -> np.ndarray:
    """[0, 1] → uint8, rounded (0.5 becomes 128)."""
    return (maps * 255).round().clamp(0, 255).to(torch.uint8).numpy()


def is_uniform(maps: np.ndarray) -> np.ndarray:
    """bool (B,): maps of one value, which tell the localization network nothing."""
    flat = maps.reshape(len(maps), -1)
    return flat.min(axis=1) == flat.max(axis=1)
