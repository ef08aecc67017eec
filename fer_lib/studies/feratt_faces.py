"""Notebook 07: FERAtt, its classifier alone, and the faces and backgrounds that their compositions are made of."""

from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from ..datasets import FaceSet
from ..datasets.backgrounds import photographs, procedural_backgrounds
from ..datasets.folds import make_folds, selecting_part
from ..datasets.labels import label_space
from ..errors import require
from ..faces.crops import load_faces
from ..faces.squares import face_squares
from ..parameters import project_root
from ..training.composed import Backgrounds
from .common import set_title
from .deep_emotion import Split, Target
from .feratt_checks import image_size, require_sound
from .feratt_parameters import FERAttStudy
from .profile_runs import distinct

PROCEDURAL = "procedural"
#: Sides of backgrounds, of which a composition shows a window, in sides of compositions.
DRAWN_SIDES, PHOTOGRAPH_SIDES = 2, 3
#: Of the backgrounds, a tenth each selects and is tested.
SHARE = 10


@dataclass(frozen=True)
class FERAttTarget(Target):
    """A set whose faces have masks, and what its compositions are laid over.

    Attributes:
        faces: their images are the *real* pictures, their extras ``square`` and ``square_mask`` what compositions are
            made of (:func:`~fer_lib.faces.squares.face_squares`).
        backgrounds: no one serves two of training, selection and test.
        name: for files; no other target has it.
    """

    backgrounds: Backgrounds
    name: str

    @property
    def squares(self) -> np.ndarray:
        """uint8 (N, size, size)."""
        return np.asarray(self.faces.extras["square"])

    @property
    def masks(self) -> np.ndarray:
        """uint8 (N, size, size), 0 or 255."""
        return np.asarray(self.faces.extras["square_mask"])


def prepare(study: FERAttStudy) -> list[FERAttTarget]:
    """The planned sets in their label spaces, with faces, masks, splits and backgrounds.

    Raises:
        InputError: networks or trainings that cannot be, or not be compared; options without effect; faces without
            masks; a split that the set does not allow; a folder with too few photographs.
    """
    planned = study.planned()
    for entry in planned:
        require_sound(study, entry)
    titles = distinct([set_title(entry["dataset"]) for entry in planned])
    targets = [_target(study, entry, title) for entry, title in zip(planned, titles, strict=True)]
    names = distinct([target.name for target in targets])
    return [replace(target, name=name) for target, name in zip(targets, names, strict=True)]


def _target(study: FERAttStudy, entry: dict, title: str) -> FERAttTarget:
    size = image_size(study, entry)
    chosen = label_space(entry["label_space"])(load_faces(entry["dataset"], study.data, **entry["options"]))
    how = {"side": entry["side"], "masks": entry["masks"], "landmarks": entry["landmarks"]}
    faces = face_squares(chosen, study.data, size=entry["square_size"], scene_size=size, **how)
    splits = {scheme: _split(scheme, faces, entry, study.seed) for scheme in entry["splits"]}
    return FERAttTarget(title, entry, faces, splits, backgrounds_of(study, entry, size), faces.name)


def _split(scheme: str, faces: FaceSet, entry: dict, seed: int) -> Split:
    return Split(scheme, faces, make_folds(scheme, faces, entry["folds"], seed), selecting_part(scheme, faces))


def backgrounds_of(study: FERAttStudy, entry: dict, size: int) -> Backgrounds:
    """Backgrounds for compositions of `size` pixels, as many as the entry says or as a folder has, divided by chance.

    Raises:
        InputError: a folder with fewer than three photographs.
    """
    source, count = entry["backgrounds"], entry["background_count"]
    if source == PROCEDURAL:
        pictures = procedural_backgrounds(count, DRAWN_SIDES * size, study.seed)
    else:
        pictures = photographs(project_root() / source, PHOTOGRAPH_SIDES * size, at_most=count, seed=study.seed)
        require(
            len(pictures) >= 3,
            f"{source}: photographs: {len(pictures)}, expected at least 3, to train, select and test",
        )
    order = np.random.default_rng(study.seed).permutation(len(pictures))
    part = max(1, len(pictures) // SHARE)
    return Backgrounds(pictures[order[2 * part :]], pictures[order[part : 2 * part]], pictures[order[:part]])


def named_backgrounds(entry: dict) -> dict:
    """For the card: where backgrounds are from; which pictures they are, runs know by their content."""
    source = entry["backgrounds"]
    return {"source": source if source == PROCEDURAL else Path(source).name, "count": entry["background_count"]}
