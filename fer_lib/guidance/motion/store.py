"""Motion masks per fold and class, made once: ``data/motion/<set>-<fingerprint>/<fold>/<class>.png`` and a card."""

import hashlib
import shutil
import time
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from PIL import Image

from ...artifacts import atomic_path, fingerprint, in_turn, is_complete, read_card, write_card
from ...datasets import FaceSet
from ...datasets.labels import canonical
from ...errors import require
from ...faces.grey import to_grey
from ...faces.prepared import stored_set
from ...faces.similarity import align, aligned
from .build import class_motion, normalized, pair_motion
from .checks import (
    check_options,
    checked_classes,
    checked_counts,
    checked_folds,
    checked_left_out,
    refuse_for_published,
)
from .pairs import find_pairs, neutral_label
from .published import check_folds, hashes, published_files, read_masks

OWN = ("pairs", "class_mean")  # made from the set's own pictures


@dataclass(frozen=True)
class MotionMasks:
    """Attributes:
    masks: uint8 (F, K, size, size), by position in `fold_ids` and `classes`.
    fold_ids: int64 (F,), ascending; classes: K names.
    folder: where they are stored; card: how they were made, ``counts`` by fold and class.
    """

    masks: np.ndarray
    fold_ids: np.ndarray
    classes: tuple[str, ...]
    folder: Path
    card: dict


def make_motion_masks(
    faces: FaceSet,
    folds: np.ndarray,
    classes: tuple[str, ...],
    data_dir: str | Path = "data",
    *,
    source: str = "pairs",
    borrowed_from: str = "ckplus",
    left_out: np.ndarray | None = None,
    normalizer: str = "equalize",
    size: int = 70,
    photometric: bool = False,
    blur: float = 0.0,
    landmarks: str = "dlib",
    points: str = "eyes",
    landmark_options: dict | None = None,
) -> MotionMasks:
    """A mask per fold and class, from nothing that the fold tests; stored ones are read again.

    Args:
        faces: a prepared set with its neutral pictures.
        folds: int (N,): which fold tests a picture, −1 for none (as neutral pictures may be). Whatever a fold tests
            is in none of its masks: a pair is left out if either of its pictures is tested.
        classes: names of the expressions wanted, in the order of the labels of the experiment.
        data_dir: the folder with ``prepared/``, ``guidance/`` and ``motion/``.
        source: "pairs": mean |expressive − neutral| of the pairs of :func:`find_pairs`; "class_mean": |mean of the
            class − mean of the neutral pictures|, without knowing who is who; "published": FMPN's own masks of CK+ and
            MMI, with the published folds; "borrowed": FMPN's masks of another set, of the class of the same name and
            the fold of the same number (as a public fork did for JAFFE), motion of other people.
        borrowed_from: "ckplus" or "mmi"; it matters to "borrowed" alone.
        left_out: bool (N,): pictures that are in no mask either, such as an official part that selects.
        normalizer: "equalize", "minmax", "clahe" or "none", see :func:`~.build.normalized`.
        size: side of the masks in pixels; 70 as published for CK+.
        photometric: whether faces are brought to one mean and contrast first, see :func:`~.build.matched`.
        blur: σ in pixels of a Gaussian over the mean difference.
        landmarks, points, landmark_options: how faces are aligned, see
            :func:`~fer_lib.faces.similarity.aligned_faces`; pictures without landmarks are in no mask.

    Raises:
        InputError: an option out of range; rows that do not fit; no neutral pictures; a class of which a fold may see
            no pair; published masks that are not there, or with folds that are not the published ones.
    """
    folds, fold_ids = checked_folds(faces, folds)
    classes = checked_classes(faces, classes)
    check_options(source, normalizer, blur, size)
    data_dir = Path(data_dir)
    parameters = {"source": source, "classes": classes, "fold_ids": fold_ids, "size": size}
    if source in OWN:
        hidden = checked_left_out(faces, left_out)
        neutral_label(faces)  # refused before landmarks are looked for
        pairs = find_pairs(faces) if source == "pairs" else None
        how = align(faces, data_dir, size, landmarks=landmarks, points=points, **(landmark_options or {}))
        rows = np.stack([faces.rows, faces.labels, folds, hidden]).astype("<i8")
        parameters |= {
            "prepared": stored_set(faces).identity,
            "pictures": hashlib.sha256(rows.tobytes()).hexdigest(),
            "known_as": faces.classes,
            "alignment": how.identity,
            "normalizer": normalizer,
            "photometric": photometric,
            "blur": float(blur),
        }

        def make() -> tuple[np.ndarray, dict]:
            shown = aligned(to_grey(faces.images), how.matrices, size)
            dealt = folds, fold_ids, len(classes), photometric
            named = {canonical(name): label for label, name in enumerate(classes)}  # a label space renames classes
            kind = np.array([named.get(canonical(name), -1) for name in faces.classes])[faces.labels]
            usable = how.found & ~hidden
            told = {"pictures": len(faces), "without_landmarks": int((~how.found).sum()), "left_out": int(hidden.sum())}
            if source == "pairs":
                wanted = pairs[kind[pairs["expressive"]] >= 0]
                known = wanted[usable[wanted["expressive"]] & usable[wanted["neutral"]]]
                told |= {"pairs": len(wanted), "pairs_not_used": len(wanted) - len(known)}
                motion, count = pair_motion(shown, known, kind[known["expressive"]], *dealt)
            else:
                neutral = usable & (faces.labels == neutral_label(faces))
                motion, count = class_motion(shown, np.where(usable, kind, -1), neutral, *dealt)
            told["counts"] = checked_counts(faces, count, fold_ids, classes, source)
            return normalized(motion, normalizer, blur), told
    else:
        refuse_for_published(source, normalizer, photometric, blur, left_out)
        files = _published(faces, folds, fold_ids, classes, data_dir, source, borrowed_from)
        parameters |= {"borrowed_from": borrowed_from if source == "borrowed" else None, "files": hashes(files)}

        def make() -> tuple[np.ndarray, dict]:
            return read_masks(files, size), {}

    folder = data_dir / "motion" / f"{faces.name}-{fingerprint(parameters)}"
    with in_turn(folder):
        if not is_complete(folder, parameters):
            start = time.perf_counter()
            masks, told = make()
            _store(masks, fold_ids, classes, folder, parameters, **told, seconds=time.perf_counter() - start)
            print(f"motion masks of {faces.name} ({source}): {len(fold_ids)} folds × {len(classes)} expressions")
    masks = np.stack([[_read(folder / str(fold) / f"{name}.png") for name in classes] for fold in fold_ids])
    return MotionMasks(masks, fold_ids, classes, folder, read_card(folder))


def _published(
    faces: FaceSet,
    folds: np.ndarray,
    fold_ids: np.ndarray,
    classes: tuple[str, ...],
    data_dir: Path,
    source: str,
    borrowed_from: str,
) -> list[list[Path]]:
    own = faces.card.get("parameters", {}).get("dataset", faces.name)
    if source == "borrowed":
        require(own != borrowed_from, f"{faces.name}: would borrow its own masks, expected source='published'")
        return published_files(borrowed_from, data_dir, fold_ids, classes)
    files = published_files(own, data_dir, fold_ids, classes)
    check_folds(faces, folds)
    return files


def _store(
    masks: np.ndarray, fold_ids: np.ndarray, classes: tuple[str, ...], folder: Path, parameters: dict, **told
) -> None:
    if folder.exists():  # no valid card: left-overs
        shutil.rmtree(folder)
    for fold, row in zip(fold_ids, masks, strict=True):
        for name, mask in zip(classes, row, strict=True):
            with atomic_path(folder / str(fold) / f"{name}.png") as temporary:
                Image.fromarray(mask).save(temporary, format="PNG")
    seconds = round(told.pop("seconds"), 2)
    content = hashlib.sha256(np.ascontiguousarray(masks).tobytes()).hexdigest()[:16]
    write_card(folder, "motion", parameters, **told, content=content, wall_seconds=seconds)


def _read(path: Path) -> np.ndarray:
    with Image.open(path) as image:
        return np.asarray(image)
