"""Faces turned, scaled and shifted into one square template, eyes on the same two points."""

from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from ..datasets import FaceSet
from ..errors import require
from .find import find_landmarks
from .five_points import five_points
from .grey import to_grey

#: Where the eyes come to lie, (x, y) as shares of the square, left in the image first: measured in the masks that FMPN
#: distributes (Chen et al., "Facial Motion Prior Networks", VCIP 2019). The square ends at the chin.
EYES = ((0.25, 0.27), (0.77, 0.27))
#: Nose tip and mouth corners, in the order of :data:`~fer_lib.faces.five_points.FIVE_POINTS`: the medians of the 2,372
#: frames of CK+ whose five points FMPN distributes, brought to the same eyes.
FIVE = (*EYES, (0.51, 0.55), (0.29, 0.82), (0.73, 0.82))
TARGETS = {"eyes": EYES, "five": FIVE}


@dataclass(frozen=True)
class Alignment:
    """How the pictures of a set come into the template.

    Attributes:
        matrices: float64 (N, 2, 3), pixels of a picture → pixels of the square; pictures without landmarks are
            taken whole.
        found: bool (N,): where landmarks were found.
        identity: changes with the landmarks and with the template.
    """

    matrices: np.ndarray
    found: np.ndarray
    identity: dict


def template(points: str, size: int) -> np.ndarray:
    """float64 (2, 2) or (5, 2): the points' places in a square of `size` pixels, centre of its first pixel at 0.

    Raises:
        InputError: `points` is neither "eyes" nor "five".
    """
    require(points in TARGETS, f"points is {points!r}, expected one of {', '.join(TARGETS)}")
    return np.array(TARGETS[points]) * size - 0.5


def similarity(points: np.ndarray, target: np.ndarray) -> np.ndarray:
    """The similarities that bring points to a target with the least sum of squared distances.

    Rotation, one scale and shift, never a reflection (Umeyama, IEEE PAMI 13:376, 1991). In the plane that is the
    complex line a·z + b, whose least squares need no singular values.

    Args:
        points: float (N, P, 2), at least two different points a row.
        target: float (P, 2).

    Returns:
        float64 (N, 2, 3); NaN for rows with NaN and where all points are one.
    """
    z, w = _complex(points), _complex(target)
    z0, w0 = z.mean(-1, keepdims=True), w.mean()
    spread = (np.abs(z - z0) ** 2).sum(-1)
    with np.errstate(divide="ignore", invalid="ignore"):
        a = (np.conj(z - z0) * (w - w0)).sum(-1) / np.where(spread > 0, spread, np.nan)
    b = w0 - a * z0[:, 0]
    return np.stack([np.stack([a.real, -a.imag, b.real], -1), np.stack([a.imag, a.real, b.imag], -1)], 1)


def _complex(points: np.ndarray) -> np.ndarray:
    points = np.asarray(points, np.float64)
    return points[..., 0] + 1j * points[..., 1]


def whole(height: int, width: int, size: int) -> np.ndarray:
    """float64 (2, 3): a picture stretched to the square, half-pixel convention."""
    x, y = size / width, size / height
    return np.array([[x, 0, (x - 1) / 2], [0, y, (y - 1) / 2]])


def aligned(images: np.ndarray, matrices: np.ndarray, size: int) -> np.ndarray:
    """Pictures as the matrices move them, bilinear; beyond its border a picture goes on with its border's values.

    A picture that shrinks is drawn at a multiple of the size first, of which blocks are averaged: bilinear sampling
    alone would skip pixels.

    Args:
        images: uint8 (N, H, W) or (N, H, W, 3).
        matrices: float64 (N, 2, 3), pixels of a picture → pixels of the square; none of them NaN.

    Returns:
        uint8 (N, size, size[, 3])
    """
    import cv2

    result = np.empty((len(images), size, size, *images.shape[3:]), np.uint8)
    shrinks = np.sqrt(np.abs(np.linalg.det(matrices[:, :, :2])))
    finer = np.maximum(np.rint(1 / shrinks), 1).astype(int)
    for row, (image, matrix, factor) in enumerate(zip(images, matrices, finer, strict=True)):
        moved = matrix * factor
        moved[:, 2] += (factor - 1) / 2
        side = (size * int(factor),) * 2
        drawn = cv2.warpAffine(image, moved, side, flags=cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE)
        result[row] = drawn if factor == 1 else cv2.resize(drawn, (size, size), interpolation=cv2.INTER_AREA)
    return result


def moved_points(points: np.ndarray, matrices: np.ndarray) -> np.ndarray:
    """Points float (N, P, 2) as the matrices (N, 2, 3) move them."""
    return points @ matrices[:, :, :2].transpose(0, 2, 1) + matrices[:, None, :, 2]


def align(
    faces: FaceSet,
    data_dir: str | Path,
    size: int,
    *,
    landmarks: str = "dlib",
    points: str = "eyes",
    **landmark_options,
) -> Alignment:
    """How each picture of a prepared set comes into a template of `size` pixels; see :func:`aligned_faces`."""
    require(type(size) is int and 8 <= size <= 1024, f"{faces.name}: aligned to size {size!r}, expected 8…1024")
    target = template(points, size)
    known = find_landmarks(faces, data_dir, landmarks, **landmark_options)
    five = five_points(known.found_points)
    matrices = similarity(five[:, : len(target)], target)
    found = np.isfinite(matrices).all(axis=(1, 2))
    matrices[~found] = whole(*faces.images.shape[1:3], size)
    identity = {"landmarks": known.card["identity"], "points": points, "template": TARGETS[points]}
    return Alignment(matrices, found, identity)


def aligned_faces(
    faces: FaceSet,
    data_dir: str | Path = "data",
    size: int = 320,
    *,
    landmarks: str = "dlib",
    points: str = "eyes",
    **landmark_options,
) -> FaceSet:
    """Grey faces in the template of FMPN, drawn anew at every call (a thousand faces take less than a second).

    Args:
        faces: a prepared set or some of its pictures.
        data_dir: the folder with ``prepared/`` and ``guidance/``, where the landmarks are kept.
        size: side of the square in pixels, 8…1024.
        landmarks: "dlib", or "dataset" for landmarks that the set brings itself.
        points: "eyes" aligns the middles of both eyes exactly; "five" eyes, nose tip and mouth corners in the sense
            of least squares, so that turned heads keep their proportions better and moved mouths shift the eyes.
        landmark_options: see :class:`~fer_lib.faces.options.DetectorOptions`.

    Returns:
        The same rows with images uint8 (N, size, size); pictures without landmarks are resized whole. The card's
        ``alignment`` says how many these are. Guidance maps and landmarks remain those of the stored pictures, so the
        extras in pixels, "landmarks" and "face_mask", are left out.

    Raises:
        InputError: a size out of range; unknown `points`; no landmarks to be had.
    """
    how = align(faces, data_dir, size, landmarks=landmarks, points=points, **landmark_options)
    without = int((~how.found).sum())
    print(f"{faces.name}: {len(faces) - without:,} faces aligned by {points}, {without:,} pictures resized whole")
    told = {"landmarks": landmarks, "points": points, "frame": size, "without_landmarks": without}
    return replace(
        faces,
        images=aligned(to_grey(faces.images), how.matrices, size),
        card={**faces.card, "alignment": told},
        extras={key: array for key, array in faces.extras.items() if key not in ("landmarks", "face_mask")},
    )
