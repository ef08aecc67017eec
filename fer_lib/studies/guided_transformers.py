"""Notebook 03: variants × folds of the guided spatial transformer."""

from dataclasses import replace

import numpy as np
import pandas as pd

from ..artifacts import fingerprint
from ..artifacts.runs import Run
from ..datasets import FaceSet
from ..datasets.duplicates import groups_of
from ..datasets.folds import make_folds, subjects_of
from ..datasets.labels import label_space
from ..errors import require
from ..evaluation.comparable import Design, beside
from ..evaluation.explain.fold_cams import guided_by_gradcam
from ..evaluation.published import published
from ..guidance import deciding_options, has_face, network_inputs
from ..guidance.gradcam import KIND as GRADCAM
from ..guidance.scale import is_uniform
from ..training import Experiment, cross_validate, fit_complete
from .guided_parameters import GuidedStudy

NETWORK_SIZE = (48, 48)
PAPER = "guided_st"


def prepare(study: GuidedStudy) -> FaceSet:
    """The set in the study's label space; without the images that have no face, if so asked.

    Raises:
        InputError: the images are not 48 × 48.
    """
    faces = label_space(study.label_space)(study.load())
    size = faces.images.shape[1:3]
    require(size == NETWORK_SIZE, f"{faces.name}: images are {size[0]} × {size[1]}, these networks take 48 × 48")
    if study.no_face_fill == "drop":
        faces = faces.subset(has_face(faces, study.data, **study.landmark_options()))
    return faces


def experiments(study: GuidedStudy, faces: FaceSet) -> dict[str, dict[int, Experiment]]:
    """By variant and seed, all on the same folds; ``saliency_gradcam`` is not among them, as its maps are drawn by
    trained networks: :func:`train_all`."""
    folds = make_folds(study.fold_scheme, faces, study.folds, study.seed)
    # what must not straddle the inner split either: a person where persons are known, else equal pixels
    known = (faces.samples["subject"] != "").all()
    groups = subjects_of(faces) if known else groups_of(faces)
    return {
        variant: _by_seed(variant_experiment(variant, study, faces, folds, groups), study)
        for variant in study.variants
        if variant != GRADCAM
    }


def variant_experiment(variant: str, study: GuidedStudy, faces: FaceSet, folds, groups) -> Experiment:
    """One variant under given folds; its folder is that of all seeds, without their suffix."""
    guided = variant != "simple_cnn"
    kind = variant if guided else "none"
    image, localization = network_inputs(kind, faces, study.data, **study.guidance_options(kind))
    return Experiment(
        folder=study.reports / "runs" / run_name(study, faces, variant),
        model="guided_stn" if guided else "simple_cnn",
        images=np.asarray(image),
        guidance=None if localization is None else np.asarray(localization),
        labels=faces.labels,
        classes=faces.classes,
        folds=folds,
        groups=groups,
        sample_ids=faces.samples["sample_id"].to_numpy(),
        model_options={"padding_mode": study.padding_mode} if guided and study.padding_mode != "zeros" else {},
        identity={
            "dataset": {"dataset": study.dataset, **study.dataset_options},
            "label_space": study.label_space,
            "variant": variant,
            "guidance": deciding_options(kind, **study.guidance_options(kind)),
            "fold_scheme": study.fold_scheme,
            "folds": study.folds,
        },
    )


def run_name(study: GuidedStudy, faces: FaceSet, variant: str) -> str:
    return f"{faces.name}-{study.label_space}-{variant}-{study.protocol}"


def _by_seed(experiment: Experiment, study: GuidedStudy) -> dict[int, Experiment]:
    return {seed: _in_its_folder(experiment, experiment.folder.name, study, seed) for seed in study.seeds}


def _in_its_folder(experiment: Experiment, name: str, study: GuidedStudy, seed: int) -> Experiment:
    """One run folder per seed; runs with other parameters stand beside each other."""
    decided = fingerprint(experiment.parameters(study.training(seed)))
    return replace(experiment, folder=experiment.folder.with_name(f"{name}-s{seed}-{decided}"))


def train_all(study: GuidedStudy, faces: FaceSet) -> tuple[dict, dict]:
    """Every variant of the study.

    Returns:
        Experiments and runs, both by variant and seed.
    """
    planned = experiments(study, faces)
    runs = train(study, planned)
    if GRADCAM in study.variants:
        guided = {GRADCAM: _guided_by_gradcam(study, faces, planned["none"])}
        planned, runs = planned | guided, runs | train(study, guided)
    return tuple({variant: found[variant] for variant in study.variants} for found in (planned, runs))


def _guided_by_gradcam(study: GuidedStudy, faces: FaceSet, unguided: dict[int, Experiment]) -> dict[int, Experiment]:
    """By seed: trained once more as `unguided` was, with the maps of its own networks."""
    name = run_name(study, faces, GRADCAM)
    guided = {}
    for seed, experiment in unguided.items():
        found = guided_by_gradcam(
            experiment, study.training(seed), faces, experiment.folder, study.data, device=study.device
        )
        guided[seed] = _in_its_folder(found, name, study, seed)
    return guided


def train(study: GuidedStudy, planned: dict[str, dict[int, Experiment]]) -> dict[str, dict[int, Run]]:
    """Runs by variant and seed; what is on disk already is not trained again."""
    flat = [(variant, seed) for seed in study.seeds for variant in planned]
    trained = cross_validate(
        [planned[variant][seed] for variant, seed in flat], [study.training(seed) for _, seed in flat]
    )
    runs = {variant: {} for variant in planned}
    for (variant, seed), run in zip(flat, trained, strict=True):
        runs[variant][seed] = run
    return runs


def train_complete(study: GuidedStudy, planned: dict, runs: dict) -> list[str]:
    """Networks trained on every sample, which transfer learning starts from, if so asked: their folders' names."""
    if study.complete == "none":
        return []
    folders = []
    for seed in study.seeds:
        of_seed = [by_seed[seed] for by_seed in planned.values()]
        cv = [by_seed[seed] for by_seed in runs.values()]
        folders += fit_complete(of_seed, study.training(seed), study.complete, cv)
    return [folder.name for folder in folders]


def blank_maps(planned: dict[str, dict[int, Experiment]]) -> pd.DataFrame:
    """Maps that say nothing, being uniform.

    Returns:
        ``variant``; ``blank (%)``: share of the tested images, each with the map that the network which is tested on it
        sees, mean over seeds. No row for variants without maps.
    """
    rows = []
    for variant, by_seed in planned.items():
        shares = [
            np.mean(np.concatenate([is_uniform(e.guidance_of(fold)[e.folds == fold]) for fold in e.fold_ids]))
            for e in by_seed.values()
            if e.guidance is not None
        ]
        if shares:
            rows.append({"variant": variant, "blank (%)": 100 * float(np.mean(shares))})
    return pd.DataFrame(rows, columns=["variant", "blank (%)"])


def facts(runs: dict[str, dict[int, Run]]) -> dict:
    """For the stage's card: the runs' folders by variant, one per seed, and what trained them."""
    cards = [run.card for by_seed in runs.values() for run in by_seed.values()]
    return {
        "runs": {variant: [run.folder.name for run in by_seed.values()] for variant, by_seed in runs.items()},
        "training_seconds": sum(card["seconds"] for card in cards),
        # runs made before there were several engines name none
        "engines": sorted({engine for card in cards for engine in card.get("engine", [])}),
        "selected_on": cards[0]["selected_on"],
        # may be older than the code that shows them
        "trained_by": sorted({_revision(card) for card in cards}),
    }


def _revision(card: dict) -> str:
    return card["revision"][:10] + (" (with local changes)" if card["dirty"] else "")


def published_rows(study: GuidedStudy, faces: FaceSet) -> tuple[pd.DataFrame, str]:
    """Published accuracies that may stand beside this study's, and a sentence about those that may not."""
    design = Design(
        study.dataset, study.label_space, faces.classes, study.protocol, study.fold_scheme, study.folds, len(faces)
    )
    return beside(design, published(PAPER))
