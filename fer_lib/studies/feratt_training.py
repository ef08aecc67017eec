"""Notebook 07's trainings: which runs, on which compositions."""

from dataclasses import replace

import numpy as np

from ..artifacts import fingerprint
from ..artifacts.runs import Run
from ..training.composed import ComposedTask, cross_validate_composed
from .deep_emotion import Runs, Split, unseeded
from .feratt_faces import FERAttTarget, named_backgrounds
from .feratt_parameters import FERAttStudy


def tasks(study: FERAttStudy, target: FERAttTarget, split: Split) -> dict[str, dict[int, ComposedTask]]:
    """By variant and seed."""
    groups = split.groups
    return {variant: _by_seed(study, target, split, variant, groups) for variant in target.entry["variants"]}


def _by_seed(
    study: FERAttStudy, target: FERAttTarget, split: Split, variant: str, groups: np.ndarray
) -> dict[int, ComposedTask]:
    entry = target.entry
    identity = {"squares": target.faces.card["squares"], "backgrounds": named_backgrounds(entry)}
    experiment = unseeded(study, entry, split, variant, study.network(variant, entry), groups, **identity)
    name, composed = experiment.folder.name, study.composed(variant, entry)
    seeded = {}
    for seed in entry["seeds"]:
        task = ComposedTask(
            experiment, study.training(variant, entry, seed), composed, target.squares, target.masks, target.backgrounds
        )
        folder = experiment.folder.with_name(f"{name}-s{seed}-{fingerprint(task.parameters())}")
        seeded[seed] = replace(task, experiment=replace(experiment, folder=folder))
    return seeded


def train(study: FERAttStudy, targets: list[FERAttTarget]) -> Runs:
    """Runs by target, split, variant and seed; what is on disk already is not trained again."""
    planned = [
        (target.title, scheme, variant, seed, task)
        for target in targets
        for scheme, split in target.splits.items()
        for variant, by_seed in tasks(study, target, split).items()
        for seed, task in by_seed.items()
    ]
    trained = cross_validate_composed([row[-1] for row in planned])
    runs: Runs = {}
    for (title, scheme, variant, seed, _), run in zip(planned, trained, strict=True):
        runs.setdefault(title, {}).setdefault(scheme, {}).setdefault(variant, {})[seed] = run
    return runs


def one_run(runs: Runs, target: FERAttTarget, scheme: str, variant: str) -> Run:
    """Of the smallest seed."""
    by_seed = runs[target.title][scheme][variant]
    return by_seed[min(by_seed)]
