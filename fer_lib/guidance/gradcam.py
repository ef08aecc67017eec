"""The guidance kind ``saliency_gradcam``: where an unguided network looks, by the network of each training fold.

A network learned from the labels of its training part, so its maps may guide only what is tested elsewhere: each fold
has maps of its own of every image, and a run uses those of its fold. The networks live above this floor:
:func:`fer_lib.evaluation.explain.fold_cams.make_gradcam_maps` computes what is stored and read here.
"""

import hashlib
import shutil
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np

from ..artifacts import atomic_path, fingerprint, in_turn, is_complete, read_array, read_card, save_array, write_card
from ..datasets import FaceSet
from ..datasets.folds import NEVER_TESTED
from ..errors import InputError, require
from ..faces.prepared import stored_set
from ..registry import nearest
from .registry import register_guidance
from .scale import is_uniform
from .size import NETWORK_SIZE, resize

KIND = "saliency_gradcam"
HOW = (
    "notebook 03 makes them for its variant, fer_lib.evaluation.explain.fold_cams.make_gradcam_maps of any unguided run"
)
_FOLDS = "folds.npy"


def store_fold_maps(
    faces: FaceSet,
    folds: np.ndarray,
    draw: Callable[[int], Iterator[tuple[slice, np.ndarray]]],
    source: dict,
    data_dir: str | Path = "data",
    **facts: object,
) -> str:
    """Every fold's maps of every image of a prepared set, computed unless they are there.

    Stored as ``<data_dir>/guidance/<set>/saliency_gradcam-<fingerprint>/<fold>.npy`` with a card; ``folds.npy`` there
    says in which fold each image is tested.

    Args:
        faces: the set, or a subset of it: the whole of it is stored, M images.
        folds: int (M,), −1 for images that no fold tests.
        draw: called with a fold's number, yields rows and their maps, uint8 (m, 48, 48), until all M are drawn.
        source: what decides the maps beside images and folds: the networks.
        facts: for the card.

    Returns:
        The folder's name, which the kind's option `maps` takes.
    """
    stored = stored_set(faces)
    folds = np.asarray(folds, np.int64)
    dealt = hashlib.sha256(folds.astype("<i8").tobytes()).hexdigest()[:16]
    parameters = {"guidance": KIND, **source, "folds": dealt, "prepared": stored.identity}
    folder = Path(data_dir) / "guidance" / faces.name / f"{KIND}-{fingerprint(parameters)}"
    with in_turn(folder):
        if is_complete(folder, parameters):
            return folder.name
        if folder.exists():  # no valid card: left-overs
            shutil.rmtree(folder)
        start, uniform, fold_ids = time.perf_counter(), {}, _tested(folds)
        shape = (len(stored.faces), NETWORK_SIZE, NETWORK_SIZE)
        for fold in fold_ids:
            uniform[fold] = 0
            with atomic_path(folder / f"{fold}.npy") as temporary:
                maps = np.lib.format.open_memmap(temporary, mode="w+", dtype=np.uint8, shape=shape)
                for rows, batch in draw(fold):
                    maps[rows] = batch
                    uniform[fold] += int(is_uniform(batch).sum())
                maps.flush()
                del maps
        save_array(folder / _FOLDS, folds)
        seconds = round(time.perf_counter() - start, 2)
        counts = {"images": shape[0], "fold_ids": fold_ids, "uniform_maps": uniform}
        write_card(folder, "guidance", parameters, **counts, **facts, wall_seconds=seconds)
        print(f"{KIND} of {faces.name}: {shape[0]:,} maps by the networks of {len(fold_ids)} folds")
    return folder.name


def fold_guidance(faces: FaceSet, folds: np.ndarray, maps: str, data_dir: str | Path = "data") -> dict[int, np.ndarray]:
    """What :class:`fer_lib.training.Experiment` takes as guidance: each fold's maps of all its images.

    Args:
        faces: the images of the experiment.
        folds: int (N,): its folds; where the maps were made for others, a tested image would meet a map by a network
            that learned its label.
        maps: what :func:`store_fold_maps` returned.

    Returns:
        By fold, uint8 (N, 48, 48); memory-mapped where `faces` is a whole prepared set.

    Raises:
        InputError: maps that are not there or of the set as it was before, or made for other folds.
    """
    folder, tested = _find(faces, Path(data_dir) / "guidance" / faces.name, maps)
    known, folds = tested[faces.rows], np.asarray(folds)
    require(len(folds) == len(faces), f"{faces.name}: folds of {len(folds)} images for {len(faces)}")
    other = np.flatnonzero(known != folds)
    row = int(other[0]) if len(other) else 0
    require(
        not len(other),
        f"{faces.name}: these Grad-CAM maps were made for other folds: {len(other)} images are tested elsewhere, such "
        f"as {faces.samples['sample_id'].iloc[row]} in fold {folds[row]} and not {known[row]}, so networks that "
        "learned their labels would draw their maps",
    )
    return {fold: _of(folder, fold, faces) for fold in _tested(folds)}


def read_maps(
    faces: FaceSet, folder: Path, size: tuple[int, int], *, maps: str = "", fold: int | None = None
) -> np.ndarray:
    """uint8 (N, *size): with `fold` None of each image the map by the network of the fold that tests it, which has
    not seen its label; else all by the network of that fold.

    Raises:
        InputError: maps that are not there, no such fold, or an image that no fold tests and no fold named.
    """
    folder, known = _find(faces, folder, maps)
    ids = _tested(known)
    if fold is not None:
        require(fold in ids, f"{folder.name}: no maps of fold {fold!r} (has {', '.join(map(str, ids))})")
        return resize(_of(folder, fold, faces), tuple(size))
    folds = known[faces.rows]
    never = int((folds == NEVER_TESTED).sum())
    require(
        not never, f"{folder.name}: no fold tests {never} of {len(faces)} images; name the fold whose network to take"
    )
    found = np.empty((len(faces), NETWORK_SIZE, NETWORK_SIZE), np.uint8)
    for own in _tested(folds):
        found[folds == own] = read_array(folder / f"{own}.npy")[faces.rows[folds == own]]
    return resize(found, tuple(size))


@register_guidance(KIND, read=read_maps, title="saliency[Grad-CAM]", maps="", fold=None)
def saliency_gradcam(images, points=None, **_) -> np.ndarray:
    """Refused: a picture in memory is in no fold, so no network is known that has not learned its label."""
    raise InputError(f"guidance kind {KIND!r} is there for prepared sets alone, by training fold; {HOW}")


def _find(faces: FaceSet, place: Path, maps: str) -> tuple[Path, np.ndarray]:
    """The folder named `maps`, and in which fold each image of the stored set is tested."""
    there = sorted(card.parent.name for card in place.glob(f"{KIND}-*/card.json"))
    hint = nearest(maps, there) if maps else ""
    require(maps in there, f"{faces.name}: no Grad-CAM maps {maps!r}{hint} (has {', '.join(there) or 'none'}); {HOW}")
    folder = place / maps
    made = read_card(folder)["parameters"]["prepared"]
    require(made == stored_set(faces).identity, f"{folder}: made of the set before it was prepared anew; {HOW}")
    return folder, read_array(folder / _FOLDS, mapped=False)


def _of(folder: Path, fold: int, faces: FaceSet) -> np.ndarray:
    maps = read_array(folder / f"{fold}.npy")
    return maps if stored_set(faces).covers(faces) else maps[faces.rows]


def _tested(folds: np.ndarray) -> list[int]:
    return [int(fold) for fold in np.unique(folds) if fold != NEVER_TESTED]
