"""Notebook 03: variants × folds of the guided spatial transformer."""

from dataclasses import replace
from typing import ClassVar, Literal

import numpy as np
import pandas as pd
from pydantic import Field, field_validator

from ..artifacts import fingerprint
from ..artifacts.runs import Run
from ..datasets import FaceSet
from ..datasets.duplicates import groups_of
from ..datasets.folds import make_folds, subjects_of
from ..datasets.labels import label_space
from ..errors import require
from ..evaluation.comparable import Design, beside
from ..evaluation.published import published
from ..guidance import GUIDANCE, deciding_options, has_face, network_inputs
from ..reporting.first_page import GUIDED
from ..training import Experiment, TrainConfig, cross_validate, fit_complete
from .common import GuidanceParameters

NETWORK_SIZE = (48, 48)
PAPER = "guided_st"


class GuidedStudy(GuidanceParameters):
    """Parameters of notebook 03.

    `variants` are ``simple_cnn`` (no transformer), ``none`` (the Baseline-STN, whose localization
    network sees the image) and guidance kinds. Each is trained once per entry of `seeds`; `seed` draws
    folds and random guidance, which all seeds share. `leak_variant`, where one is named, is trained
    under leaky and under safe folds, to measure what the leak is worth. `shift_images` synthetic faces
    off the middle test whether transformers that see `shift_variants` find them; 0 leaves that test out,
    and without `shift_plain` it leaves out the published recipe.
    """

    notebook: ClassVar[str] = GUIDED
    variants: list[str] = Field(["simple_cnn", "none", "soft", "shuffled"], min_length=1)
    leak_variant: str = ""
    shift_images: int = Field(0, ge=0)
    shift_variants: list[str] = Field(["soft", "none", "shuffled"], min_length=1)
    shift_plain: bool = True
    label_space: str = "polarity"
    fold_scheme: Literal["published", "duplicate_safe", "subject"] = "published"
    folds: int = Field(5, ge=2, le=20)
    seeds: list[int] = Field([2020], min_length=1)
    protocol: Literal["honest", "reference"] = "honest"
    epochs: int = Field(500, ge=1)
    patience: int = Field(30, ge=1)
    batch_size: int = Field(128, ge=2)
    learning_rate: float = Field(1e-3, gt=0)
    precision: Literal["auto", "fp32", "bf16"] = "auto"
    device: str = "auto"
    engine: Literal["auto", "stacked", "sequential"] = "auto"
    # what the published code did differently, or left open; see TrainConfig and GuidedSTN
    monitor: Literal["accuracy", "macro_f1", "balanced_accuracy"] = "accuracy"
    dropout_eval: bool = False
    seed_mode: Literal["per_fold", "once"] = "per_fold"
    localization_lr_factor: float = Field(1.0, gt=0)
    padding_mode: Literal["zeros", "border", "black"] = "zeros"
    complete: Literal["none", "training_accuracy", "epochs_from_cv"] = "none"

    @field_validator("leak_variant")
    @classmethod
    def _known_or_none(cls, variant: str) -> str:
        if variant:
            _require_variant(variant)
        return variant

    @field_validator("variants")
    @classmethod
    def _known(cls, variants: list[str]) -> list[str]:
        for variant in variants:
            _require_variant(variant)
        require(len(set(variants)) == len(variants), "a variant is named twice")
        return variants

    @field_validator("shift_variants")
    @classmethod
    def _shown_to_a_transformer(cls, variants: list[str]) -> list[str]:
        for variant in variants:
            GUIDANCE[variant]  # raises InputError naming the nearest kind
        require(len(set(variants)) == len(variants), "a variant of the shift test is named twice")
        return variants

    @field_validator("label_space")
    @classmethod
    def _registered(cls, name: str) -> str:
        label_space(name)  # raises InputError naming the nearest
        return name

    @field_validator("seeds")
    @classmethod
    def _distinct(cls, seeds: list[int]) -> list[int]:
        require(len(set(seeds)) == len(seeds), "a seed is named twice")
        require(min(seeds) >= 0, f"seed {min(seeds)}, expected whole numbers from 0")
        return seeds

    def training(self, seed: int) -> TrainConfig:
        fields = ("epochs", "patience", "batch_size", "learning_rate", "protocol", "precision", "device", "engine")
        fields += ("monitor", "dropout_eval", "seed_mode", "localization_lr_factor")
        return TrainConfig(seed=seed, **{name: getattr(self, name) for name in fields}).resolved()


def _require_variant(name: str) -> None:
    if name != "simple_cnn":
        GUIDANCE[name]  # raises InputError naming the nearest kind


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
    """By variant and seed, all on the same folds."""
    folds = make_folds(study.fold_scheme, faces, study.folds, study.seed)
    # what must not straddle the inner split either: a person where persons are known, else equal pixels
    known = (faces.samples["subject"] != "").all()
    groups = subjects_of(faces) if known else groups_of(faces)
    return {
        variant: _by_seed(variant_experiment(variant, study, faces, folds, groups), study) for variant in study.variants
    }


def variant_experiment(variant: str, study: GuidedStudy, faces: FaceSet, folds, groups) -> Experiment:
    """One variant under given folds; its folder is that of all seeds, without their suffix."""
    guided = variant != "simple_cnn"
    kind = variant if guided else "none"
    image, localization = network_inputs(kind, faces, study.data, **study.guidance_options())
    return Experiment(
        folder=study.reports / "runs" / f"{faces.name}-{study.label_space}-{variant}-{study.protocol}",
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
            "guidance": deciding_options(kind, **study.guidance_options()),
            "fold_scheme": study.fold_scheme,
            "folds": study.folds,
        },
    )


def _by_seed(experiment: Experiment, study: GuidedStudy) -> dict[int, Experiment]:
    """One run folder per seed; runs with other parameters stand beside each other."""
    name = experiment.folder.name
    return {
        seed: replace(
            experiment,
            folder=experiment.folder.with_name(
                f"{name}-s{seed}-{fingerprint(experiment.parameters(study.training(seed)))}"
            ),
        )
        for seed in study.seeds
    }


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
