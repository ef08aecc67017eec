"""Notebook 05's trainings: which runs, with which masks, and which of them are results."""

from dataclasses import replace

import numpy as np

from ..artifacts import fingerprint
from ..artifacts.runs import Run
from ..training.motion import MotionTask, cross_validate_motion
from .deep_emotion import Runs, Split, unseeded
from .motion_parameters import MotionPriorStudy
from .motion_priors import MotionTarget


def tasks(study: MotionPriorStudy, target: MotionTarget, split: Split) -> dict[str, dict[int, MotionTask]]:
    """By variant and seed."""
    groups = split.groups
    return {variant: _by_seed(study, target, split, variant, groups) for variant in target.entry["variants"]}


def _by_seed(
    study: MotionPriorStudy, target: MotionTarget, split: Split, variant: str, groups
) -> dict[int, MotionTask]:
    entry, faces, masks = target.entry, split.faces, target.masks[split.scheme]
    model, options = study.network(variant, entry)
    masked = options.get("masks") != "none"
    identity = {"alignment": {"points": "eyes", "landmarks": entry["landmarks"], "frame": target.frame}}
    if masked:
        identity["mask_source"] = masks.card["parameters"]["source"]
    experiment = unseeded(study, entry, split, variant, (model, options), groups, **identity)
    name = experiment.folder.name
    seeded = {}
    for seed in entry["seeds"]:
        task = MotionTask(
            experiment,
            study.training(variant, entry, seed),
            study.motion(variant, entry),
            masks.masks if masked else None,
            shown(study.control(variant), faces.labels, len(faces.classes), seed),
        )
        folder = experiment.folder.with_name(f"{name}-s{seed}-{fingerprint(task.parameters())}")
        seeded[seed] = replace(task, experiment=replace(experiment, folder=folder))
    return seeded


def shown(control: str | None, labels: np.ndarray, classes: int, seed: int) -> np.ndarray | None:
    """The class whose mask each image is given: its own for "oracle", any other with equal chances for "shuffled";
    None where masks are predicted."""
    if control is None:
        return None
    if control == "oracle":
        return np.array(labels)
    return (labels + np.random.default_rng(seed).integers(1, classes, len(labels))) % classes


def train(study: MotionPriorStudy, targets: list[MotionTarget]) -> Runs:
    """Runs by target, split, variant and seed; what is on disk already is not trained again."""
    planned = [
        (target.title, scheme, variant, seed, task)
        for target in targets
        for scheme, split in target.splits.items()
        for variant, by_seed in tasks(study, target, split).items()
        for seed, task in by_seed.items()
    ]
    trained = cross_validate_motion([row[-1] for row in planned])
    runs: Runs = {}
    for (title, scheme, variant, seed, _), run in zip(planned, trained, strict=True):
        runs.setdefault(title, {}).setdefault(scheme, {}).setdefault(variant, {})[seed] = run
    return runs


def honest(study: MotionPriorStudy, runs: Runs) -> Runs:
    """Those that know nothing of a tested image's label: what may be ranked and asked by others."""
    return _only(runs, lambda variant: study.control(variant) is None)


def controls(study: MotionPriorStudy, runs: Runs) -> Runs:
    """Those that do."""
    return _only(runs, lambda variant: study.control(variant) is not None)


def _only(runs: Runs, wanted) -> Runs:
    return {
        title: {
            scheme: {variant: by_seed for variant, by_seed in by_variant.items() if wanted(variant)}
            for scheme, by_variant in splits.items()
        }
        for title, splits in runs.items()
    }


def one_run(runs: Runs, target: MotionTarget, scheme: str, variant: str) -> Run:
    """Of the smallest seed."""
    by_seed = runs[target.title][scheme][variant]
    return by_seed[min(by_seed)]
