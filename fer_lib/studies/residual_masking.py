"""Notebook 06: residual masking, its variants and the networks that it is compared with, on one or more sets."""

import numpy as np

from ..datasets import FaceSet
from ..datasets.folds import make_folds, selecting_part
from ..datasets.labels import label_space
from ..errors import require
from ..faces.crops import load_faces
from ..models import create_model
from .common import set_title
from .deep_emotion import Split, Target
from .deep_emotion import train as train  # the same runs, named alike
from .profile_runs import distinct
from .residual_masking_parameters import ResidualMaskingStudy, resizes

NETWORK_SIZE = (48, 48)


def prepare(study: ResidualMaskingStudy) -> list[Target]:
    """The planned sets in their label spaces, with their splits.

    Raises:
        InputError: images of another size than a planned network takes; a split that the set does not allow; weights
            that are not there.
    """
    planned = study.planned()
    for variant in dict.fromkeys(variant for entry in planned for variant in entry["variants"]):
        require_weights_there(study, variant)
    titles = distinct([set_title(entry["dataset"]) for entry in planned])
    return [_target(study, entry, title) for entry, title in zip(planned, titles, strict=True)]


def _target(study: ResidualMaskingStudy, entry: dict, title: str) -> Target:
    faces = label_space(entry["label_space"])(load_faces(entry["dataset"], study.data, **entry["options"]))
    for variant in entry["variants"]:
        require_fits(study, variant, faces)
    splits = {
        scheme: Split(
            scheme, faces, make_folds(scheme, faces, entry["folds"], study.seed), selecting_part(scheme, faces)
        )
        for scheme in entry["splits"]
    }
    return Target(title, entry, faces, splits)


def require_fits(study: ResidualMaskingStudy, variant: str, faces: FaceSet) -> None:
    """Raise InputError where the images are not what the variant's network takes."""
    size = faces.images.shape[1:]
    require(
        resizes(study.network(variant)[0]) or size == NETWORK_SIZE,
        f"{faces.name}: images are {' × '.join(map(str, size))}, but {variant} takes 48 × 48 grey pixels; leave it "
        "out, or prepare the set so",
    )


def require_weights_there(study: ResidualMaskingStudy, variant: str) -> None:
    """Raise InputError where the variant starts from weights that cannot be read: now, not after hours of training."""
    model, options = study.network(variant)
    if "weights" in options:
        create_model(model, num_classes=2, **options)


def image_shape(faces: FaceSet) -> tuple[int, int, int]:
    """(C, H, W) of an image as networks get it."""
    height, width, *colour = np.shape(faces.images)[1:]
    return (colour[0] if colour else 1, height, width)
