"""Guidance for arrays in memory, batch by batch; nothing is stored."""

from collections.abc import Iterator

import numpy as np

from ..errors import require
from ..faces.grey import to_grey
from .no_face import check_fill
from .registry import GUIDANCE, Kind, kind_options
from .size import check_size

#: Pixels worked on at once, 434 images of 48 × 48: small enough for the caches, which makes the
#: spectral code twice as fast as with thousands of images at a time.
PIXELS = 1_000_000


def render_guidance(
    kind: str,
    images: np.ndarray,
    points: np.ndarray | None = None,
    *,
    no_face_fill: str = "white",
    seed: int = 2020,
    canvas: str | int = "native",
    invert: bool = False,
    dilate_mode: str = "reference",
    size: int | None = None,
    **options,
) -> np.ndarray:
    """Guidance maps of images that are not a prepared set, such as a photograph to be recognised.

    Args:
        kind: see :func:`list_guidance`.
        images: uint8 (N, H, W) grey or (N, H, W, 3) RGB.
        points: float (N, 68, 2) in pixels, NaN where no face was found; needed by kinds drawn from
            landmarks (``detect_landmarks(images).points``).
        no_face_fill, seed, canvas, invert, dilate_mode, size, options: as in :func:`make_guidance`.

    Returns:
        uint8 (N, H, W), or (N, size, size)

    Raises:
        InputError: unknown kind or option, or landmarks are needed and missing.
    """
    chosen = GUIDANCE[kind]
    common = {"no_face_fill": no_face_fill, "seed": seed, "canvas": canvas, "invert": invert}
    settings = checked_options(chosen, size, options, **common, dilate_mode=dilate_mode)
    shape = map_shape(images, size)
    maps = np.empty((len(images), *shape), dtype=np.uint8)
    for rows, batch in batches(chosen, images, points, settings, shape):
        maps[rows] = batch
    return maps


def checked_options(kind: Kind, size: int | None, given: dict, **common) -> dict:
    """See :func:`~fer_lib.guidance.registry.kind_options`; values that no kind knows are refused."""
    check_fill(common["no_face_fill"])
    check_size(common["canvas"], size)
    return kind_options(kind, given, common)


def map_shape(images: np.ndarray, size: int | None) -> tuple[int, int]:
    """(height, width) of the maps of these images."""
    return images.shape[1:3] if size is None else (size, size)


def batches(
    kind: Kind, images: np.ndarray, points: np.ndarray | None, settings: dict, shape: tuple[int, int]
) -> Iterator[tuple[slice, np.ndarray]]:
    """Yield (rows, uint8 maps of that shape) over all images, in order, a few hundred at a time."""
    height, width = images.shape[1:3]
    if kind.landmarks:
        require(
            points is not None and points.shape == (len(images), 68, 2),
            f"guidance kind {kind.name!r} is drawn from landmarks: "
            f"points are {None if points is None else points.shape}, expected ({len(images)}, 68, 2)",
        )
    donors = np.arange(len(images))
    if kind.donors is not None:
        donors = kind.donors(np.isfinite(points).all(axis=(1, 2)), **settings)
    step = max(1, min(PIXELS // (height * width), kind.at_once or len(images)))
    for start in range(0, len(images), step):
        rows = slice(start, min(start + step, len(images)))
        sources = rows if kind.donors is None else donors[rows]
        pixels = np.asarray(images[sources])
        yield (
            rows,
            kind.render(
                pixels if kind.colour else to_grey(pixels),
                np.asarray(points[sources]) if kind.landmarks else None,
                size=shape,
                rows=np.arange(rows.start, rows.stop),
                **settings,
            ),
        )
