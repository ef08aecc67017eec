"""The guidance kind ``saliency_msinet``: learned saliency, where a file of weights is given."""

from functools import lru_cache
from pathlib import Path

import numpy as np
import torch

from ...artifacts import file_sha256
from ...models.msinet import MSINet
from ...models.msinet_loading import DEFAULT, load_msinet, require_weights_file, weights_record
from ...parameters import project_root
from ..registry import register_guidance
from ..size import resize
from .canvas import canvas_size
from .maps import saliency_maps


def weights_source(*, weights: str, **_) -> dict:
    """What the card of stored maps says of their weights: the hash of the file and where it is from. Maps made with
    other weights of the same path are made again."""
    path = require_weights_file(project_root() / weights)
    return {"weights_sha256": _sha256(*_version(path)), "weights_record": weights_record(path)}


@register_guidance(
    "saliency_msinet",
    colour=True,
    source=weights_source,
    at_once=32,
    title="saliency[MSI-Net]",
    weights=str(DEFAULT),
    infer_size=None,
    jpeg=False,
)
def saliency_msinet(
    images, points=None, *, size, rows=None, weights=str(DEFAULT), infer_size=None, jpeg=False
) -> np.ndarray:
    """uint8 (B, h, w): MSI-Net's map of each image at the image's size, made as large as `size` (bicubic).

    Computed on a GPU where there is one. At 240 × 320 a map costs two cores more than half a second; images of 48 × 48
    may be shown at 96 × 96 or 120 × 120 with the same weights, which is an approximation.

    Args:
        weights: a file that ``fer guidance saliency`` wrote; seen from the project's folder.
        infer_size: height and width of the canvas, or the side of a square one, multiples of 8; None: 240 × 320.
        jpeg: see :func:`~fer_lib.guidance.msinet.maps.saliency_maps`.

    Raises:
        InputError: what :func:`~fer_lib.models.msinet_loading.load_msinet` says.
    """
    canvas = canvas_size(infer_size)
    maps, _ = saliency_maps(_network(*_version(require_weights_file(project_root() / weights))), images, canvas, jpeg)
    return resize(maps, tuple(size))


def _version(path: Path) -> tuple[Path, int, int]:
    """A file as it is now, so that one in its place is read anew."""
    status = path.stat()
    return path, status.st_mtime_ns, status.st_size


@lru_cache(maxsize=4)
def _sha256(path: Path, *_: int) -> str:
    return file_sha256(path)


@lru_cache(maxsize=1)
def _network(path: Path, *_: int) -> MSINet:
    device = torch.device("cuda" if torch.cuda.is_available() else "cpu")
    return load_msinet(path).to(device, memory_format=torch.channels_last)
