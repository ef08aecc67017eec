"""Fine-grained and landmark maps, and maps by the networks of folds."""

import cv2
import numpy as np
import pandas as pd

from fer_lib.artifacts import save_table, write_card
from fer_lib.evaluation.explain.fold_cams import make_gradcam_maps
from fer_lib.guidance import make_guidance, render_guidance
from fer_lib.guidance.gradcam import fold_guidance, store_fold_maps
from fer_lib.training import fit_complete

from . import case, faces_of
from .runs import QUICK, experiment

PICTURES = np.zeros((2, 48, 48), np.uint8)


@case("finegrained-contrib")
def _(place):
    place.patch.delattr(cv2, "saliency")
    place.patch.setattr(cv2, "__version__", "5.0.0")
    return lambda: render_guidance("saliency_finegrained", PICTURES)


@case("landmark-map-sigma")
def _(place):
    return lambda: render_guidance("saliency_landmark", PICTURES, np.zeros((2, 68, 2)), sigma=0)


@case("gradcam-photograph")
def _(place):
    return lambda: render_guidance("saliency_gradcam", PICTURES)


@case("gradcam-no-maps")
def _(place):
    faces = place.stored(faces_of([0, 1]))
    return lambda: make_guidance("saliency_gradcam", faces)


@case("gradcam-other-folds")
def _(place):
    faces = place.stored(faces_of([0, 1]))
    name = store_fold_maps(faces, [0, 1], lambda fold: [(slice(0, 2), PICTURES)], {"weights": {}})
    return lambda: fold_guidance(faces, [1, 0], name)


def run(place, *, selected_on="inner validation", **parameters):
    """As much of a finished run as tells what it is."""
    for table in ("history", "predictions", "theta"):
        save_table(f"runs/mine/{table}.parquet", pd.DataFrame({"split": []}))
    made = {"model": "guided_stn", "training": {}, **parameters}
    write_card("runs/mine", "run", made, selected_on=selected_on, weights={})
    return place.stored(faces_of([0, 1]))


@case("gradcam-guided-run")
def _(place):
    faces = run(place, variant="soft")
    return lambda: make_gradcam_maps(faces, "runs/mine")


@case("gradcam-other-network")
def _(place):
    faces = run(place, model="resnet18")
    return lambda: make_gradcam_maps(faces, "runs/mine")


@case("gradcam-reference")
def _(place):
    faces = run(place, selected_on="reported fold")
    return lambda: make_gradcam_maps(faces, "runs/mine")


@case("gradcam-seeded-once")
def _(place):
    faces = run(place, training={"seed_mode": "once"})
    return lambda: make_gradcam_maps(faces, "runs/mine")


def maps_of(*folds):
    return {"model": "guided_stn", "guidance": {fold: np.zeros((24, 48, 48), np.uint8) for fold in folds}}


@case("run-guidance-folds")
def _(place):
    return lambda: experiment(**maps_of(0, 2))


@case("run-guidance-complete")
def _(place):
    made = experiment(**maps_of(0, 1))
    return lambda: fit_complete([made], QUICK, "training_accuracy")
