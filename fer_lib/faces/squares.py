"""Faces as squares with masks, to be laid over backgrounds, and the photographs that they are from as a network is
tested on them."""

from dataclasses import replace
from pathlib import Path

import numpy as np

from ..datasets import FaceSet
from ..errors import require
from ..registry import nearest
from .find import find_landmarks
from .grey import to_grey
from .hulls import upright_faces, upright_matrices
from .similarity import aligned, whole

MASKS = ("hull", "dataset", "black")
SIDES = (0.2, 1.0)


def scene_matrices(matrices: np.ndarray, size: int, side: float) -> np.ndarray:
    """Matrices float64 (..., 2, 3) into a square of `size` pixels, scaled about its centre by `side`: into a scene of
    the same size, in which the square takes `side` of the width."""
    moved = matrices * side
    moved[..., 2] += (1 - side) * (size - 1) / 2
    return moved


def face_squares(
    faces: FaceSet,
    data_dir: str | Path = "data",
    *,
    size: int,
    scene_size: int,
    side: float = 1.0,
    masks: str = "hull",
    landmarks: str = "dlib",
    **landmark_options,
) -> FaceSet:
    """What compositions are made of, and the real pictures that go with them; drawn anew at every call.

    Args:
        faces: a prepared set or some of its pictures.
        data_dir: the folder with ``prepared/`` and ``guidance/``, where the landmarks are kept.
        size: of the squares and masks, 8…1024 pixels.
        scene_size: of the real pictures, 8…1024 pixels.
        side: share of a real picture's width that the face's square takes, 0.2…1.
        masks: "hull", the hull of the landmarks in an upright square around them
            (:func:`~fer_lib.faces.hulls.upright_faces`); or the picture as a whole, resized to a square, with the
            ``face_mask`` that the set brings ("dataset") or with the pixels that are not black ("black").
        landmarks: for hulls: "dlib", or "dataset" for landmarks that the set brings itself.
        landmark_options: for hulls: see :class:`~fer_lib.faces.options.DetectorOptions`.

    Returns:
        The rows whose face has a mask, grey: ``images`` uint8 (N, scene_size, scene_size), where the photograph goes on
        around the square, with its border's values beyond its border; the extras ``square`` and ``square_mask`` uint8
        (N, size, size), the mask 0 or 255. The extras in pixels of the stored pictures, "landmarks" and "face_mask",
        are left out. The card's ``squares`` holds the arguments and, as ``left_out``, how many pictures have no
        landmarks, or nothing in their mask.

    Raises:
        InputError: unknown `masks`; sizes or `side` out of range; a set without the masks or landmarks asked for;
            options of landmarks that are not needed; no picture is left.
    """
    _require_sensible(faces.name, masks, size, scene_size, side, landmark_options)
    grey = to_grey(faces.images)
    if masks == "hull":
        points = find_landmarks(faces, data_dir, landmarks, **landmark_options).found_points
        matrices = upright_matrices(points, scene_size)
        kept = np.isfinite(matrices).all(axis=(1, 2))
        squares, square_masks = upright_faces(grey[kept], points[kept], size)
    else:
        shown = _own_masks(faces) if masks == "dataset" else (grey > 0) * np.uint8(255)
        square_masks = (_resized(shown, size) > 127) * np.uint8(255)
        kept = square_masks.any(axis=(1, 2))
        squares, square_masks = _resized(grey[kept], size), square_masks[kept]
        matrices = np.tile(whole(*grey.shape[1:], scene_size), (len(faces), 1, 1))
    left_out = int((~kept).sum())
    lack = "without landmarks" if masks == "hull" else "with an empty mask"
    require(bool(kept.any()), f"{faces.name}: {len(faces):,} pictures, all {lack}, expected at least one with a face")
    print(f"{faces.name}: {len(faces) - left_out:,} faces with masks ({masks}), left out {lack}: {left_out:,}")
    told = {
        "masks": masks,
        "landmarks": landmarks if masks == "hull" else None,
        **landmark_options,
        "size": size,
        "scene_size": scene_size,
        "side": float(side),
        "left_out": left_out,
    }
    rest = faces.subset(kept)
    others = {key: array for key, array in rest.extras.items() if key not in ("landmarks", "face_mask")}
    return replace(
        rest,
        images=aligned(grey[kept], scene_matrices(matrices[kept], scene_size, side), scene_size),
        card={**faces.card, "squares": told},
        extras={**others, "square": squares, "square_mask": square_masks},
    )


def squares_of_run(faces: FaceSet, data_dir: str | Path, told: dict) -> FaceSet:
    """The pictures that a run's networks know, from what its card tells under "squares"."""
    return face_squares(faces, data_dir, **{key: value for key, value in told.items() if key != "left_out"})


def _require_sensible(name: str, masks: str, size: int, scene_size: int, side: float, landmark_options: dict) -> None:
    require(masks in MASKS, f"unknown masks {masks!r}{nearest(masks, MASKS)} (known: {', '.join(MASKS)})")
    for what, value in (("squares", size), ("scenes", scene_size)):
        require(type(value) is int and 8 <= value <= 1024, f"{name}: {what} of size {value!r}, expected 8…1024")
    number = isinstance(side, (int, float)) and not isinstance(side, bool)
    require(number and SIDES[0] <= side <= SIDES[1], f"{name}: side {side!r}, expected 0.2…1")
    require(
        masks == "hull" or not landmark_options,
        f"masks={masks!r} needs no landmarks and takes no options of them, got {', '.join(landmark_options)}",
    )


def _own_masks(faces: FaceSet) -> np.ndarray:
    masks = faces.extras.get("face_mask")
    require(masks is not None, f"{faces.name}: this data set brings no face_mask; ask for 'hull' in place of 'dataset'")
    return masks


def _resized(images: np.ndarray, size: int) -> np.ndarray:
    return aligned(images, np.tile(whole(*images.shape[1:], size), (len(images), 1, 1)), size)
