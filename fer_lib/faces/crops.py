"""Faces cut out of the pictures of a prepared set, each where the detectors find it: again a prepared set."""

from pathlib import Path

import numpy as np

from ..artifacts import fingerprint, in_turn, is_complete
from ..datasets import FaceSet, load_dataset
from ..datasets.cutting import cut, squares_around
from ..datasets.registry import _store, read_prepared, resolve_options
from ..errors import require
from .detect import detector_options
from .find import find_landmarks
from .prepared import stored_set

PICTURE = 256  # side in pixels at which faces are looked for
MARGIN = "face_margin"
#: What the card of the pictures says and what stays true of their faces.
CARRIED = ("layout", "left_out", "public_counts", "published_folds", "identity_disjoint", "raw_files")


def load_faces(name: str, data_dir: str | Path = "data", *, face_margin: float | None = None, **options) -> FaceSet:
    """:func:`~fer_lib.datasets.load_dataset`, and for `face_margin` the faces cut out of the pictures.

    Args:
        face_margin: None takes the set as its reader makes it. A number prepares it at 256 pixels, whole, with bars
            where the pictures are not square, and cuts every face with this margin, see :func:`cut_faces`; the option
            `size` is then the side of the cut faces.

    Raises:
        InputError: as load_dataset; a set whose reader takes no size.
    """
    if face_margin is None:
        return load_dataset(name, data_dir, **options)
    _check_margin(face_margin)  # before anything is prepared
    known = resolve_options(name, options)
    require("size" in known, f"data set {name!r} takes no size, so faces cannot be cut from it; leave out {MARGIN}")
    # no crop that does not know where the face is, and no stretched faces
    uncut = {key: value for key, value in {"size": PICTURE, "crop": None, "resize": "pad"}.items() if key in known}
    return cut_faces(load_dataset(name, data_dir, **{**options, **uncut}), data_dir, face_margin, known["size"])


def cut_faces(
    faces: FaceSet, data_dir: str | Path = "data", margin: float = 0.15, size: int = 48, **detection
) -> FaceSet:
    """Cut a square around every face; stored beside the set as ``<set>-faces-<hash>``.

    Args:
        faces: a whole prepared set; its pictures show one person each.
        data_dir: the folder with ``prepared/`` and ``guidance/``, where the boxes are kept.
        margin: on each side, as a share of the longer side of the detector's box, 0…2. HOG's box ends
            above the chin; with 0.15 the chin is in the square, and eyes are as far apart as in FER-2013.
        size: side of the result in pixels, 8…1024.
        detection: see :class:`~fer_lib.faces.options.DetectorOptions`.

    Returns:
        The set with images uint8 (N, size, size[, 3]) and the columns ``face_found`` and ``cut_from_x0`` … ``_y1``
        (float32, pixels of the picture). Pictures without a face are kept whole. The card's ``faces`` says how many
        there are, which detector found how many, and the margin.

    Raises:
        InputError: margin or size out of range; an unknown option; dlib or its model is missing.
    """
    _check_margin(margin)
    require(type(size) is int and 8 <= size <= 1024, f"{faces.name}: size {size!r}, expected 8…1024")
    stored = stored_set(faces)
    whole = stored.faces
    already = whole.card.get("faces", {}).get("cut")
    require(already is None, f"{whole.name}: its faces are cut already ({already}); leave out {MARGIN}")
    height, width = whole.images.shape[1:3]
    made = {"margin": float(margin), "size": size, "detection": detector_options(detection).resolved(height, width)}
    parameters = {**whole.card["parameters"], "cut_from": stored.identity, "faces": made}
    folder = Path(data_dir) / "prepared" / f"{whole.name}-faces-{fingerprint(made)}"
    if not is_complete(folder, parameters):
        result = _cut(whole, data_dir, margin, size, detection)
        with in_turn(folder):
            if not is_complete(folder, parameters):
                _store(result, folder, parameters, {**whole.card["options"], MARGIN: float(margin), "size": size})
    return read_prepared(folder)


def _check_margin(margin: object) -> None:
    number = isinstance(margin, (int, float)) and not isinstance(margin, bool)
    require(number and 0 <= margin <= 2, f"{MARGIN} {margin!r}, expected a number 0…2")


def _cut(whole: FaceSet, data_dir: str | Path, margin: float, size: int, detection: dict) -> FaceSet:
    found = find_landmarks(whole, data_dir, **detection)
    height, width = whole.images.shape[1:3]
    boxes = np.tile(np.array([0, 0, width, height], float), (len(whole), 1))
    corners = found.table.loc[found.has_face, ["x0", "y0", "x1", "y1"]].to_numpy(float)
    boxes[found.has_face] = squares_around(corners, margin, height, width)
    names = ["cut_from_x0", "cut_from_y0", "cut_from_x1", "cut_from_y1"]
    columns = dict(zip(names, boxes.T.astype(np.float32), strict=True))
    without = int((~found.has_face).sum())
    told = {"cut": "by detectors", "margin": float(margin), "without_face": without, "by_detector": found.by_detector()}
    carried = {key: whole.card[key] for key in CARRIED if key in whole.card}
    print(f"{whole.name}: {len(whole) - without} faces cut with a margin of {margin}, {without} pictures kept whole")
    return FaceSet(
        whole.name,
        cut(whole.images, boxes, size),
        whole.samples.assign(face_found=found.has_face, **columns),
        whole.classes,
        card={**carried, "faces": told},
    )
