"""What notebook 05 says of motion masks: predicted, true to their class, and whether the network uses them."""

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pandas as pd
import torch

from ..artifacts import read_table
from ..artifacts.runs import Run
from ..evaluation.mask_scores import mask_errors
from ..models.fmpn import FMPN
from ..models.frame import to_size
from ..training.batches import normalise
from ..training.motion import trained_generator
from ..training.motion.batches import resized
from ..training.trained import trained_network, untrained_network
from .deep_emotion import Runs
from .motion_parameters import MotionPriorStudy
from .motion_priors import MotionTarget
from .motion_results import subject_of_study
from .motion_training import one_run, shown

BATCH = 64
SWAPS = ("predicted", "of the true class", "of another class", "the same everywhere")


def sheet(target: MotionTarget) -> dict[str, np.ndarray]:
    """The motion masks of the first and of the last fold under the strictest split, uint8 (K, S, S), by name."""
    made = target.masks[list(target.splits)[-1]]
    return {f"fold {made.fold_ids[place]}": made.masks[place] for place in sorted({0, len(made.fold_ids) - 1})}


def facts(targets: list[MotionTarget]) -> dict:
    """For the stage's card: what the motion masks of every set and split were made of."""
    return {
        target.title: {
            scheme: {
                "folder": f"{made.folder.parent.name}/{made.folder.name}",
                **{key: made.card["parameters"].get(key) for key in ("source", "borrowed_from", "normalizer")},
                **{key: made.card.get(key) for key in ("counts", "pairs", "without_landmarks")},
            }
            for scheme, made in target.masks.items()
        }
        for target in targets
    }


def error_table(study: MotionPriorStudy, targets: list[MotionTarget], runs: Runs) -> pd.DataFrame:
    """How near predicted masks come to those of the true class, on tested images: ``target, split, variant`` and the
    columns of :func:`~fer_lib.evaluation.mask_scores.mask_errors`."""
    parts = []
    for target, scheme, variant, run in predicting(study, targets, runs):
        part = mask_errors(read_table(run.folder / "masks.parquet"), target.faces.classes)
        for place, (name, value) in enumerate((("target", target.title), ("split", scheme), ("variant", variant))):
            part.insert(place, name, value)
        parts.append(part)
    return pd.concat(parts, ignore_index=True) if parts else pd.DataFrame()


def errors_of_study(study: MotionPriorStudy, target: MotionTarget, errors: pd.DataFrame) -> pd.DataFrame:
    """Rows of :func:`error_table`: a set under its strictest split, the variant that stands for the study."""
    variant = subject_of_study(study, target.entry["variants"])
    scheme = list(target.splits)[-1]
    return errors[(errors["target"] == target.title) & (errors["split"] == scheme) & (errors["variant"] == variant)]


def swap_table(study: MotionPriorStudy, targets: list[MotionTarget], runs: Runs) -> pd.DataFrame:
    """Accuracy (%) of trained networks when the predicted mask is replaced while testing: ``target, split, variant,
    mask`` (one of :data:`SWAPS`), ``accuracy, samples``, and ``changed``, the share of answers that become others.
    Computed in 32 bits, so that the accuracy of "predicted" may differ from that of a run in half precision."""
    rows = []
    for target, scheme, variant, run in predicting(study, targets, runs):
        answers = {mask: logits.argmax(1) for mask, logits in swapped_logits(target, scheme, run).items()}
        truth = np.concatenate([target.faces.labels[tested] for _, _, tested in folds_of(target, scheme)])
        for mask in SWAPS:
            rows.append(
                {
                    "target": target.title,
                    "split": scheme,
                    "variant": variant,
                    "mask": mask,
                    "accuracy": 100 * float((answers[mask] == truth).mean()),
                    "changed": 100 * float((answers[mask] != answers["predicted"]).mean()),
                    "samples": len(truth),
                }
            )
    return pd.DataFrame(rows, columns=["target", "split", "variant", "mask", "accuracy", "changed", "samples"])


@torch.inference_mode()
def swapped_logits(target: MotionTarget, scheme: str, run: Run) -> dict[str, np.ndarray]:
    """Logits float32 (n, K) of all tested images, fold by fold, by the mask that their network gets."""
    faces, seed = target.splits[scheme].faces, run.card["parameters"]["training"]["seed"]
    labels = faces.labels
    others = shown("shuffled", labels, len(faces.classes), seed)
    found = {mask: [] for mask in SWAPS}
    for position, fold, tested in folds_of(target, scheme):
        network, masks = trained_network(run.folder, fold), target.masks[scheme].masks[position]
        told, targets = _told(network, run), 2 * resized(masks, 2 * (target.frame,)) - 1
        for chosen in np.array_split(tested, -(-len(tested) // BATCH)):
            images = entering(faces.images[chosen])
            given = {
                "of the true class": targets[labels[chosen]],
                "of another class": targets[others[chosen]],
                "the same everywhere": torch.zeros_like(images),
            }
            found["predicted"].append(network(images).numpy())
            for mask, values in given.items():
                found[mask].append(told(images, values).numpy())
    return {mask: np.concatenate(parts) for mask, parts in found.items()}


def _told(network: FMPN, run: Run) -> FMPN:
    """`network` as it is, but that it is given masks and predicts none."""
    parameters = run.card["parameters"]
    options = {**parameters.get("model_options", {}), "masks": "given"}
    told = untrained_network({**parameters, "model_options": options})
    told.load_state_dict({k: v for k, v in network.state_dict().items() if not k.startswith("generator.")})
    return told.eval()


@torch.inference_mode()
def examples(target: MotionTarget, scheme: str, run: Run) -> tuple[np.ndarray, dict[str, np.ndarray], list[str]]:
    """A tested image of each class, as the network sees it, with its masks.

    Returns:
        faces uint8 (n, size, size); rows in [0, 1]: masks float32 (n, size, size), predicted after the first stage,
        after both, and that of the true class, and the face seen through the second, float32 (n, size, size, 3); names
        of the classes. Of the first fold that tests the class.
    """
    split = target.splits[scheme]
    faces, names = [], []
    rows = {name: [] for name in ("after stage 1", "after stage 2", "of the true class", "masked face")}
    for label, name in enumerate(target.faces.classes):
        for position, fold, tested in folds_of(target, scheme):
            own = tested[split.faces.labels[tested] == label]
            if not len(own):
                continue
            seen = entering(split.faces.images[own[:1]])
            network: FMPN = trained_network(run.folder, fold)
            true = resized(target.masks[scheme].masks[position][[label]], 2 * (target.frame,))
            face = (to_size(seen, network.image_size) + 1) / 2
            rows["after stage 1"].append(trained_generator(run.folder, fold)(face)[0][0, 0].numpy())
            found = network.parts(seen)
            rows["after stage 2"].append(found.mask[0, 0].numpy())
            rows["masked face"].append(found.masked[0].expand(3, -1, -1).permute(1, 2, 0).numpy())
            rows["of the true class"].append(to_size(true, network.image_size)[0, 0].numpy())
            faces.append((255 * face[0, 0]).round().byte().numpy())
            names.append(name)
            break
    return np.stack(faces), {name: np.stack(parts) for name, parts in rows.items()}, names


def example_run(study: MotionPriorStudy, target: MotionTarget, runs: Runs) -> tuple[str, Run]:
    """The strictest split and the run on it whose masks are shown."""
    scheme = list(target.splits)[-1]
    return scheme, one_run(runs, target, scheme, subject_of_study(study, list(runs[target.title][scheme])))


def predicting(study, targets, runs) -> Iterator[tuple[MotionTarget, str, str, Run]]:
    """Every variant that predicts masks, its smallest seed."""
    for target in targets:
        for scheme in target.splits:
            for variant in runs[target.title][scheme]:
                run = one_run(runs, target, scheme, variant)
                if (Path(run.folder) / "masks.parquet").is_file() and study.recipe(variant)[0].startswith("fmpn"):
                    yield target, scheme, variant, run


def folds_of(target: MotionTarget, scheme: str) -> Iterator[tuple[int, int, np.ndarray]]:
    """Position of the masks, number and tested images of every fold."""
    folds = target.splits[scheme].folds
    for position, fold in enumerate(np.unique(folds[folds >= 0])):
        yield position, int(fold), np.flatnonzero(folds == fold)


def entering(pictures: np.ndarray) -> torch.Tensor:
    """uint8 (n, h, w) → float32 (n, 1, h, w) in [-1, 1]."""
    return normalise(torch.from_numpy(np.array(pictures)))
