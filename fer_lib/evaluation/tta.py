"""Test-time augmentation: a network is asked about several views of each image, and its probabilities are averaged.

After L. Pham, T. H. Vu, T. A. Tran, *Facial Expression Recognition Using Residual Masking Network*, ICPR 2020. Their
code draws views at random as in training, and the image itself is not among them; here fixed views are the default.
"""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor, nn

from ..errors import require
from ..models.guided_stn import resample
from ..models.precision import at_least_float32
from ..progress import progress
from ..registry import nearest

ROTATIONS = (0.0, 10.0, -10.0, 20.0, -20.0)  # degrees
REFERENCE_ROTATION = 30.0  # degrees, to either side
FILLS = ("black", "border")


@dataclass(frozen=True)
class Views:
    """V ways to show an image: mirrored left and right or not, then rotated about its centre.

    Attributes:
        mirror: bool (V, 1), or (V, N) where every image has views of its own.
        degrees: float32 of the same shape; positive turns what is seen clockwise.
    """

    mirror: np.ndarray
    degrees: np.ndarray

    def __len__(self) -> int:
        return len(self.mirror)

    def of(self, rows: slice, view: int) -> tuple[np.ndarray, np.ndarray]:
        """Mirror and degrees of one view for the images in `rows`, (1,) or (B,) each."""
        own = rows if self.mirror.shape[1] > 1 else slice(None)
        return self.mirror[view, own], self.degrees[view, own]


def identity_view() -> Views:
    """The image as it is."""
    return _fixed((False,), (0.0,))


def flip_views() -> Views:
    """The image and its mirror image."""
    return _fixed((False, True), (0.0,))


def fixed_views(rotations: tuple[float, ...] = ROTATIONS) -> Views:
    """Every rotation, each plain and mirrored; by default ten views, of which the first is the image itself and the
    second its mirror image."""
    return _fixed((False, True), rotations)


def _fixed(mirrors: tuple[bool, ...], rotations: tuple[float, ...]) -> Views:
    pairs = [(mirror, degrees) for degrees in rotations for mirror in mirrors]
    mirror, degrees = zip(*pairs, strict=True)
    return Views(np.array(mirror)[:, None], np.array(degrees, np.float32)[:, None])


def reference_views(n: int, seed: int, images: int) -> Views:
    """`n` random views of each of `images` images as in the reference: mirrored with probability ½, rotated uniformly
    by up to 30° to either side. The image as it is is not included.

    The reference seeds once for everything, so that its draws depend on what was asked before; here they depend on
    `seed` and the image's position alone. Its rotation acts on the image enlarged to 224 pixels and rounded to 8 bits,
    ours on the image as stored.
    """
    require(n >= 1, f"{n} random views, expected at least 1")
    rng = np.random.default_rng(seed)
    mirror = rng.random((n, images)) < 0.5
    return Views(mirror, rng.uniform(-REFERENCE_ROTATION, REFERENCE_ROTATION, (n, images)).astype(np.float32))


def view_theta(mirror: np.ndarray, degrees: np.ndarray, size: tuple[int, int]) -> np.ndarray:
    """θ float32 (B, 2, 3), from pixels of the view to those of the image, as ``F.affine_grid`` takes them.

    Args:
        mirror: bool (B,); degrees: (B,).
        size: height and width, as a rotation is one of pixels and not of normalised coordinates.
    """
    height, width = size
    angle = np.deg2rad(np.asarray(degrees, np.float64))
    cos, sin, zero = np.cos(angle), np.sin(angle), np.zeros(len(angle))
    theta = np.stack([cos, sin * (height / width), zero, -sin * (width / height), cos, zero], 1).reshape(-1, 2, 3)
    theta[:, 0] *= np.where(mirror, -1.0, 1.0)[:, None]
    return theta.astype(np.float32)


def turned(values: Tensor, mirror: np.ndarray, degrees: np.ndarray, black: Tensor, fill: str = "black") -> Tensor:
    """The view of `values` (B, C, H, W), of the same shape and type.

    Without any rotation pixels are exchanged; else the image is resampled bilinearly, in one step with the mirror.

    Args:
        mirror, degrees: (1,) for all images, or (B,).
        black: (1, C, H, W), a black image in the scale of `values`.
        fill: what stands outside of the image: ``"black"``, as in the reference, or ``"border"``, its outermost pixels.
    """
    if not np.any(degrees):
        flip = torch.from_numpy(np.asarray(mirror)).to(values.device)
        return torch.where(flip[:, None, None, None], values.flip(-1), values)
    theta = torch.from_numpy(view_theta(mirror, degrees, values.shape[-2:])).to(values.device)
    theta = theta.expand(len(values), -1, -1)
    if fill == "border":
        return resample(values, theta, padding_mode="border")
    # what lies outside is 0: sampling is linear, so black can be moved there and back
    return resample(values - black, theta) + black


@torch.inference_mode()
def view_probabilities(
    model: nn.Module,
    images: np.ndarray,
    views: Views,
    *,
    prepare: Callable[[Tensor], Tensor],
    guidance: np.ndarray | None = None,
    fill: str = "black",
    dtype: torch.dtype = torch.float32,
    batch: int = 512,
    label: str = "test-time augmentation",
) -> np.ndarray:
    """The network's probabilities for every view, float32 (V, N, K); their mean over V is its answer with
    test-time augmentation.

    Args:
        model: called as ``model(image)`` or ``model(image, guidance)``, returns logits; put into evaluation mode. Where
            its parameters are is where everything is computed.
        images: uint8 (N, H, W) or (N, H, W, 3).
        guidance: uint8 (N, H', W') or None; shown in the same views as the images.
        prepare: uint8 (B, H, W[, 3]) → float (B, C, H, W), what the network was trained on
            (:func:`fer_lib.training.batches.normalise`).
        fill: see :func:`turned`.
        dtype: bfloat16 computes the network in that, views and probabilities stay float32.
        batch: images at a time.

    Raises:
        InputError: unknown fill; guidance or views for another number of images.
    """
    require(fill in FILLS, f"unknown fill {fill!r}{nearest(fill, FILLS)} (known: {', '.join(FILLS)})")
    count = len(images)
    rows_of = count if guidance is None else len(guidance)
    require(rows_of == count, f"guidance has {rows_of} rows for {count} images")
    own = views.mirror.shape[1]
    require(own in (1, count), f"views were drawn for {own} images, but there are {count}")
    device = next(model.parameters()).device
    model = model.to(memory_format=torch.channels_last).eval()
    arrays = [array for array in (images, guidance) if array is not None]
    # np.array copies: torch must not hold a read-only memory map
    blacks = [prepare(torch.from_numpy(np.zeros_like(array[:1])).to(device)) for array in arrays]
    parts = []
    with progress(total=count * len(views), label=label, unit="view") as bar:
        for start in range(0, count, batch):
            rows = slice(start, start + batch)
            inputs = [prepare(torch.from_numpy(np.array(array[rows])).to(device)) for array in arrays]
            answers = []
            for view in range(len(views)):
                shown = [turned(x, *views.of(rows, view), black, fill) for x, black in zip(inputs, blacks, strict=True)]
                with torch.autocast(device.type, torch.bfloat16, enabled=dtype == torch.bfloat16):
                    logits = model(*shown)
                answers.append(at_least_float32(logits).softmax(1))
                bar.update(len(inputs[0]))
            parts.append(torch.stack(answers).float().cpu().numpy())
    return np.concatenate(parts, axis=1)
