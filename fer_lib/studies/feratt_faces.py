"""Notebook 07: FERAtt, its classifier alone, and the faces and backgrounds that their compositions are made of."""

from contextlib import nullcontext
from dataclasses import dataclass
from inspect import signature
from pathlib import Path

import numpy as np
import torch

from ..datasets import FaceSet
from ..datasets.backgrounds import photographs, procedural_backgrounds
from ..datasets.folds import make_folds, selecting_part
from ..datasets.labels import label_space
from ..errors import require
from ..faces.crops import load_faces
from ..faces.squares import face_squares
from ..models.registry import MODELS, create_model
from ..parameters import project_root
from ..training.composed import Backgrounds
from ..training.device import choose_device
from .common import set_title
from .deep_emotion import Split, Target
from .feratt_parameters import NETWORK, FERAttStudy
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
    """

    backgrounds: Backgrounds

    @property
    def name(self) -> str:
        """For files."""
        return self.faces.name

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
        InputError: networks or trainings that cannot be; variants of different sizes; faces without masks; a split that
            the set does not allow; a folder with too few photographs.
    """
    planned = study.planned()
    for entry in planned:
        _require_heard(study, entry)
        for variant in entry["variants"]:
            require_possible(study, variant, entry)
    titles = distinct([set_title(entry["dataset"]) for entry in planned])
    return [_target(study, entry, title) for entry, title in zip(planned, titles, strict=True)]


def _target(study: FERAttStudy, entry: dict, title: str) -> FERAttTarget:
    size = _image_size(study, entry)
    chosen = label_space(entry["label_space"])(load_faces(entry["dataset"], study.data, **entry["options"]))
    how = {"side": entry["side"], "masks": entry["masks"], "landmarks": entry["landmarks"]}
    faces = face_squares(chosen, study.data, size=entry["square_size"], scene_size=size, **how)
    splits = {scheme: _split(scheme, faces, entry, study.seed) for scheme in entry["splits"]}
    return FERAttTarget(title, entry, faces, splits, backgrounds_of(study, entry, size))


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


def require_possible(study: FERAttStudy, variant: str, entry: dict) -> None:
    """Raise InputError for a network or a training that cannot be: now, not after hours of others."""
    choose_device(study.device)
    study.composed(variant, entry).require_possible(study.training(variant, entry, study.seed))
    model, options = study.network(variant, entry)
    with nullcontext() if "weights" in options else torch.device("meta"):  # weights are read, the rest costs nothing
        create_model(model, num_classes=2, **options)


def _require_heard(study: FERAttStudy, entry: dict) -> None:
    """An option of networks that none of an entry's has would otherwise be set and change nothing."""
    models = {study.network(variant, entry)[0] for variant in entry["variants"]}
    known = set().union(*(signature(MODELS[model]).parameters for model in models))
    for name in NETWORK:
        require(
            entry[name] is None or name in known,
            f"{entry['dataset']}: {name} = {entry[name]!r}, which none of {', '.join(sorted(models))} has",
        )


def _image_size(study: FERAttStudy, entry: dict) -> int:
    """Of what all variants of an entry see: their pictures are made once."""
    sizes = {variant: study.asked(variant, entry, "image_size") for variant in entry["variants"]}
    require(
        len(set(sizes.values())) == 1,
        f"{entry['dataset']}: variants see images of different sizes "
        f"({', '.join(f'{name} {size}' for name, size in sizes.items())}); set image_size",
    )
    return next(iter(sizes.values()))
