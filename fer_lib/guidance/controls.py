"""Controls: maps that look like guidance and say nothing about the image they are given to."""

import numpy as np
import torch

from ..errors import require
from .blur import gaussian_blur
from .registry import register_guidance
from .scale import stretch, to_bytes
from .size import resize
from .soft import soft


def derangement(count: int, seed: int) -> np.ndarray:
    """A seeded permutation int64 (count,) without a fixed point: one random cycle through all.

    Raises:
        InputError: fewer than two items.
    """
    require(count >= 2, f"shuffled guidance needs at least two images, got {count}")
    cycle = np.random.default_rng(seed).permutation(count)
    donors = np.empty(count, dtype=np.int64)
    donors[cycle] = np.roll(cycle, 1)
    return donors


def shuffled_donors(has_face: np.ndarray, *, no_face_fill: str, seed: int, **_) -> np.ndarray:
    """Whose mask each image gets, int64 (N,).

    All images are shuffled together, those without a face too: so the masks are the same
    collection as ``soft`` and only their assignment is destroyed. With "drop" the images without a
    face (left out by the caller) keep to themselves, so that no remaining image gets a blank mask.
    """
    if no_face_fill != "drop":
        return derangement(len(has_face), seed)
    donors = np.arange(len(has_face))
    faces = np.flatnonzero(has_face)
    donors[faces] = faces[derangement(len(faces), seed)]
    return donors


@register_guidance(
    "shuffled",
    landmarks=True,
    donors=shuffled_donors,
    no_face_fill="white",
    seed=2020,
    canvas="native",
    invert=False,
)
def shuffled(images, points, *, rows=None, seed=2020, **options) -> np.ndarray:
    """The soft mask of another image; `points` are the donor's."""
    return soft(images, points, **options)


@register_guidance("noise", seed=2020)
def noise(images, points=None, *, size, rows, seed=2020) -> np.ndarray:
    """Blurred noise: uint8 (B, h, w), each map from 0 to 255.

    Standard normal pixels, blurred with a Gaussian of σ = short side / 24 (2 px at 48; about the
    grain of a spectral saliency map) that wraps around the borders, then stretched to 0…255. The
    generator is seeded with (seed, row): the map depends on the image's position in the set and on
    nothing in the image.
    """
    height, width = size
    raw = np.stack(
        [np.random.default_rng([seed, row]).standard_normal((height, width), dtype=np.float32) for row in rows]
    )
    return to_bytes(stretch(gaussian_blur(torch.from_numpy(raw), min(height, width) / 24, border="wrap")))


@register_guidance("none")
def none(images, points=None, *, size, rows=None) -> np.ndarray:
    """The image itself: guidance of the unguided Baseline-STN."""
    return resize(images, size)
