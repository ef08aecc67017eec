"""Notebook 05 on drawn faces, whose motion is known: do masks lie where the face moves?"""

from collections.abc import Iterator

import numpy as np
import pandas as pd
import torch

from ..artifacts.runs import Run
from ..datasets import FaceSet
from ..faces.crops import load_faces
from ..guidance.motion.truth import correlations, true_motion
from ..models.frame import to_grey, to_size
from ..training.motion import trained_generator
from ..training.trained import trained_network
from .deep_emotion import Runs
from .motion_masks import BATCH, entering, folds_of, predicting
from .motion_parameters import MotionPriorStudy
from .motion_priors import MotionTarget

COLUMNS = ["target", "split", "what", "class", "own", "other", "nearest_other", "samples"]
BUILT = "built masks"
STAGES = ("predicted after stage 1", "predicted after stage 2")


def of_masks(study: MotionPriorStudy, targets: list[MotionTarget]) -> pd.DataFrame:
    """How the motion masks of each class correlate with the true motion of its faces.

    Returns:
        ``target, split``; ``what``: "built masks"; ``class``; ``own``: Pearson's correlation over the pixels with the
        mean true motion of the class, mean over folds; ``other``: the largest with another class's, and
        ``nearest_other``, whose it is; ``samples``: masks. No rows for sets that are not drawn.
    """
    rows = []
    for target in _drawn(targets):
        for scheme, made in target.masks.items():
            truth = _truth(study, target, made.masks.shape[-1])
            found = np.stack([correlations(masks, truth) for masks in made.masks])
            rows += _rows(target, scheme, BUILT, found.mean(0), np.full(len(truth), len(found)))
    return pd.DataFrame(rows, columns=COLUMNS)


def of_predictions(study: MotionPriorStudy, targets: list[MotionTarget], runs: Runs) -> pd.DataFrame:
    """The same for masks predicted for tested faces, whose people the networks have not seen, after each stage: means
    over the faces of a class; ``samples``: faces."""
    rows = []
    for target, scheme, _, run in predicting(study, list(_drawn(targets)), runs):
        labels = target.splits[scheme].faces.labels
        for what, found in _predicted(study, target, scheme, run).items():
            means = np.stack([found[labels == label].mean(0) for label in range(found.shape[1])])
            rows += _rows(target, scheme, what, means, np.bincount(labels, minlength=found.shape[1]))
    return pd.DataFrame(rows, columns=COLUMNS)


@torch.inference_mode()
def _predicted(study: MotionPriorStudy, target: MotionTarget, scheme: str, run: Run) -> dict[str, np.ndarray]:
    """Correlations float64 (N, K) of the mask predicted for each face with the true motion of every class."""
    faces = target.splits[scheme].faces
    truth = torch.from_numpy(_truth(study, target, target.frame))[:, None]
    found = {what: np.full((len(faces), len(truth)), np.nan) for what in STAGES}
    for _, fold, tested in folds_of(target, scheme):
        network, first = trained_network(run.folder, fold), trained_generator(run.folder, fold)
        seen = to_size(truth, network.image_size)[:, 0].numpy()
        for chosen in np.array_split(tested, -(-len(tested) // BATCH)):
            images = entering(faces.images[chosen])
            grey = to_grey(to_size(images, network.image_size)) * 0.5 + 0.5
            for what, masks in zip(STAGES, (first(grey)[0], network.parts(images).mask), strict=True):
                found[what][chosen] = correlations(masks[:, 0].double().numpy(), seen)
    return found


def _rows(target: MotionTarget, scheme: str, what: str, found: np.ndarray, samples: np.ndarray) -> list[dict]:
    """Of correlations (K, K), masks by truths."""
    classes, rows = target.faces.classes, []
    for label, name in enumerate(classes):
        others = np.where(np.arange(len(classes)) == label, -np.inf, found[label])
        rows.append(
            {
                "target": target.title,
                "split": scheme,
                "what": what,
                "class": name,
                "own": found[label, label],
                "other": others.max(),
                "nearest_other": classes[others.argmax()],
                "samples": int(samples[label]),
            }
        )
    return rows


def _drawn(targets: list[MotionTarget]) -> Iterator[MotionTarget]:
    return (target for target in targets if target.entry["dataset"] == "synthetic")


def _truth(study: MotionPriorStudy, target: MotionTarget, size: int) -> np.ndarray:
    entry = target.entry
    whole: FaceSet = load_faces(entry["dataset"], study.data, **entry["options"])
    return true_motion(whole, target.faces.classes, study.data, size, landmarks=entry["landmarks"])
