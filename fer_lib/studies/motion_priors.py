"""Notebook 05: facial motion priors (FMPN), its classifier alone, and masks that are right or wrong on purpose."""

from contextlib import nullcontext
from dataclasses import dataclass
from inspect import signature

import numpy as np
import torch

from ..datasets import FaceSet
from ..datasets.folds import NEVER_TESTED, make_folds, selecting_part
from ..datasets.labels import canonical, label_space
from ..errors import require
from ..faces.crops import load_faces
from ..faces.similarity import aligned_faces
from ..guidance.motion import MotionMasks, make_motion_masks
from ..models.frame import frame_size
from ..models.registry import MODELS, create_model
from ..training.device import choose_device
from .common import set_title
from .deep_emotion import Split, Target
from .motion_parameters import MotionPriorStudy
from .profile_runs import distinct

NEUTRAL = "neutral"


@dataclass(frozen=True)
class MotionTarget(Target):
    """A set whose faces are aligned, and the motion masks of its folds.

    Attributes:
        frame: side of the aligned faces in pixels.
        masks: by split.
    """

    frame: int
    masks: dict[str, MotionMasks]

    @property
    def name(self) -> str:
        """For files."""
        return self.faces.name


def prepare(study: MotionPriorStudy) -> list[MotionTarget]:
    """The planned sets in their label spaces, aligned, with their splits and motion masks.

    Raises:
        InputError: a label space with neutral faces, which do not move; a split that the set does not allow; masks that
            cannot be made; networks, weights or trainings that cannot be.
    """
    planned = study.planned()
    for entry in planned:
        for variant in entry["variants"]:
            require_possible(study, variant, entry)
    titles = distinct([set_title(entry["dataset"]) for entry in planned])
    return [_target(study, entry, title) for entry, title in zip(planned, titles, strict=True)]


def _target(study: MotionPriorStudy, entry: dict, title: str) -> MotionTarget:
    whole = load_faces(entry["dataset"], study.data, **entry["options"])
    chosen = label_space(entry["label_space"])(whole)
    require(
        NEUTRAL not in map(canonical, chosen.classes),
        f"{whole.name}: the label space {entry['label_space']!r} has the class {NEUTRAL!r}, whose faces do not move; "
        "expected expressions alone, such as 'expression6'",
    )
    frame = frame_size(_image_size(study, entry))
    faces = aligned_faces(chosen, study.data, frame, landmarks=entry["landmarks"])
    splits, masks = {}, {}
    for scheme in entry["splits"]:
        folds, selecting = make_folds(scheme, faces, entry["folds"], study.seed), selecting_part(scheme, faces)
        splits[scheme] = Split(scheme, faces, folds, selecting)
        masks[scheme] = make_motion_masks(
            whole,
            folds_of_all(whole, chosen, folds),
            chosen.classes,
            study.data,
            source=entry["source"],
            borrowed_from=entry["borrowed_from"],
            left_out=None if selecting is None else placed(whole, chosen, selecting, False),
            normalizer=entry["normalizer"],
            size=study.mask_size,
            photometric=study.photometric,
            blur=study.blur,
            landmarks=entry["landmarks"],
        )
    return MotionTarget(title, entry, faces, splits, frame, masks)


def require_possible(study: MotionPriorStudy, variant: str, entry: dict) -> None:
    """Raise InputError for a network or a training that cannot be: now, not after hours of others."""
    choose_device(study.device)
    study.motion(variant, entry).require_possible(study.training(variant, entry, study.seed))
    model, options = study.network(variant, entry)
    with nullcontext() if "weights" in options else torch.device("meta"):  # weights are read, the rest costs nothing
        create_model(model, num_classes=2, **options)


def _image_size(study: MotionPriorStudy, entry: dict) -> int:
    """What all variants of an entry see: their images are made once."""
    sizes = {}
    for variant in entry["variants"]:
        model, options = study.network(variant, entry)
        sizes[variant] = options.get("image_size", signature(MODELS[model]).parameters["image_size"].default)
    require(
        len(set(sizes.values())) == 1,
        f"{entry['dataset']}: variants see images of different sizes "
        f"({', '.join(f'{name} {size}' for name, size in sizes.items())}); set image_size",
    )
    return next(iter(sizes.values()))


def placed(whole: FaceSet, chosen: FaceSet, values: np.ndarray, fill) -> np.ndarray:
    """`values` of the images of `chosen` at their places in `whole`, `fill` at the others."""
    found = np.full(len(whole), fill, dtype=np.asarray(values).dtype)
    found[chosen.rows] = values
    return found


def folds_of_all(whole: FaceSet, chosen: FaceSet, folds: np.ndarray) -> np.ndarray:
    """The fold that tests each image of `whole`, of which only those of `chosen` are classified.

    An image that is not, such as a neutral face, goes where its person is tested: into a mask of that fold it must not
    come. Persons who are tested in several folds, or in none, leave it to :data:`NEVER_TESTED`.
    """
    found = placed(whole, chosen, folds, NEVER_TESTED)
    subjects = whole.samples["subject"].to_numpy()
    rest = np.ones(len(whole), bool)
    rest[chosen.rows] = False
    for subject in np.unique(subjects[rest]):
        own = np.unique(folds[chosen.samples["subject"].to_numpy() == subject])
        if subject != "" and len(own) == 1:
            found[rest & (subjects == subject)] = own[0]
    return found
