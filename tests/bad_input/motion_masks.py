"""Motion masks, aligned faces."""

from dataclasses import replace

import numpy as np
from PIL import Image

from fer_lib.faces.similarity import aligned_faces
from fer_lib.guidance.motion import make_motion_masks, true_motion

from . import case, faces_of

PEOPLE = [0, 1, 2, 1]
FOLDS = np.array([-1, 0, 1, 1])


def stored(place, labels=PEOPLE, name="mine", **changed):
    """A set that brings its landmarks, stored under data/."""
    images = np.zeros((len(labels), 9, 9), np.uint8)
    faces = faces_of(labels, images=images, **{"subject": "S1", **changed})
    points = np.tile(np.linspace(0, 8, 136, dtype=np.float32).reshape(68, 2), (len(labels), 1, 1))
    return place.stored(replace(faces, name=name, extras={"landmarks": points}))


def motion(name: str, *classes: str, folds=FOLDS, faces: dict | None = None, **options):
    """A case in which masks of these classes are asked of four pictures of one person."""

    @case(name)
    def arrange(place):
        mine = stored(place, **(faces or {}))
        asked = {"landmarks": "dataset", **options}
        return lambda: make_motion_masks(mine, folds, classes or ("happy",), **asked)


motion("motion-mask-no-neutral", faces={"labels": [1, 1, 2, 1]})
motion("motion-mask-no-pair", faces={"subject": ""})
motion("motion-mask-class", "hapy")
motion("motion-mask-neutral-class", "happy", "neutral")
motion("motion-mask-fold-without", "happy", "angry")
motion("motion-mask-folds", folds=FOLDS[1:])
motion("motion-mask-source", source="pair")
motion("motion-mask-normalizer", normalizer="equalise")
motion("motion-mask-blur", blur="soft")
motion("motion-mask-published-option", source="borrowed", blur=1.0)
motion("motion-mask-published-missing", source="borrowed", folds=np.array([-1, 0, 0, 0]))
motion("motion-mask-published-set", source="published")
motion(
    "motion-mask-published-class",
    "bored",
    source="borrowed",
    borrowed_from="mmi",
    faces={"classes": ("neutral", "bored", "angry")},
)
motion("motion-mask-borrowed-own", source="borrowed", faces={"name": "ckplus"})


@case("motion-mask-published-folds")
def _(place):
    faces = stored(place, name="ckplus", published_fold=[-1, 1, 0, 0])
    for fold in range(2):
        file = place.root / f"data/raw/ckplus/CKPlus/imgs_res/{fold}/4.png"
        file.parent.mkdir(parents=True)
        Image.new("L", (70, 70)).save(file)
    return lambda: make_motion_masks(faces, FOLDS, ("happy",), source="published")


@case("alignment-points")
def _(place):
    faces = stored(place)
    return lambda: aligned_faces(faces, size=48, landmarks="dataset", points="nose")


@case("alignment-size")
def _(place):
    faces = stored(place)
    return lambda: aligned_faces(faces, size=4, landmarks="dataset")


@case("motion-mask-not-drawn")
def _(place):
    faces = stored(place)
    return lambda: true_motion(faces, ("happy",), landmarks="dataset")
