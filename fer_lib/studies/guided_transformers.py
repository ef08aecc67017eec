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
from ..evaluation.published import published_accuracy
from ..guidance import GUIDANCE, has_face, network_inputs
from ..reporting.first_page import GUIDED
from ..training import Experiment, TrainConfig, cross_validate
from .common import GuidanceParameters
from .data_preparation import FoldScheme

NETWORK_SIZE = (48, 48)
PAPER = "guided_st"


class GuidedStudy(GuidanceParameters):
    """Parameters of notebook 03.

    `variants` are ``simple_cnn`` (no transformer), ``none`` (the Baseline-STN, whose localization
    network sees the image) and guidance kinds.
    """

    notebook: ClassVar[str] = GUIDED
    variants: list[str] = Field(["simple_cnn", "none", "soft", "shuffled"], min_length=1)
    label_space: Literal["polarity"] = "polarity"
    fold_scheme: FoldScheme = "published"
    folds: int = Field(5, ge=2, le=20)
    protocol: Literal["honest", "reference"] = "honest"
    epochs: int = Field(500, ge=1)
    patience: int = Field(30, ge=1)
    batch_size: int = Field(128, ge=2)
    learning_rate: float = Field(1e-3, gt=0)
    precision: Literal["auto", "fp32", "bf16"] = "auto"
    device: str = "auto"

    @field_validator("variants")
    @classmethod
    def _known(cls, variants: list[str]) -> list[str]:
        for variant in variants:
            if variant != "simple_cnn":
                GUIDANCE[variant]
        require(len(set(variants)) == len(variants), "a variant is named twice")
        return variants

    def training(self) -> TrainConfig:
        fields = ("epochs", "patience", "batch_size", "learning_rate", "protocol", "seed", "precision", "device")
        return TrainConfig(**{name: getattr(self, name) for name in fields}).resolved()


def prepare(study: GuidedStudy) -> FaceSet:
    """The set in the study's label space; without the images that have no face, if so asked.

    Raises:
        InputError: the images are not 48 × 48.
    """
    faces = label_space(study.label_space)(study.load())
    size = faces.images.shape[1:3]
    require(size == NETWORK_SIZE, f"{faces.name}: images are {size[0]} × {size[1]}, these networks take 48 × 48")
    if study.no_face_fill == "drop":
        faces = faces.subset(has_face(faces, study.data, landmarks=study.landmarks))
    return faces


def experiments(study: GuidedStudy, faces: FaceSet) -> dict[str, Experiment]:
    """One experiment per variant, all on the same folds."""
    folds = make_folds(study.fold_scheme, faces, study.folds, study.seed)
    # what must not straddle the inner split either: a person where persons are known, else equal pixels
    known = (faces.samples["subject"] != "").all()
    groups = subjects_of(faces) if known else groups_of(faces)
    return {variant: _experiment(variant, study, faces, folds, groups) for variant in study.variants}


def _experiment(variant: str, study: GuidedStudy, faces: FaceSet, folds, groups) -> Experiment:
    guided = variant != "simple_cnn"
    image, localization = network_inputs(variant if guided else "none", faces, study.data, **study.guidance_options())
    run = f"{faces.name}-{study.label_space}-{variant}-{study.protocol}-s{study.seed}"
    experiment = Experiment(
        folder=study.reports / "runs" / run,
        model="guided_stn" if guided else "simple_cnn",
        images=np.asarray(image),
        guidance=None if localization is None else np.asarray(localization),
        labels=faces.labels,
        classes=faces.classes,
        folds=folds,
        groups=groups,
        sample_ids=faces.samples["sample_id"].to_numpy(),
        identity={
            "dataset": faces.card["parameters"],
            "label_space": study.label_space,
            "variant": variant,
            "guidance": study.guidance_options(),
            "fold_scheme": study.fold_scheme,
            "folds": study.folds,
        },
    )
    # runs with other parameters stand beside each other
    named = f"{run}-{fingerprint(experiment.parameters(study.training()))}"
    return replace(experiment, folder=experiment.folder.with_name(named))


def train(study: GuidedStudy, planned: dict[str, Experiment]) -> dict[str, Run]:
    """Runs by variant; what is on disk already is not trained again."""
    return dict(zip(planned, cross_validate(list(planned.values()), study.training()), strict=True))


def trained_by(runs: dict[str, Run]) -> list[str]:
    """Revisions of the code that trained the runs, which may be older than the one that shows them."""
    cards = [run.card for run in runs.values()]
    return sorted({card["revision"][:10] + (" (with local changes)" if card["dirty"] else "") for card in cards})


def published_rows(study: GuidedStudy) -> pd.DataFrame:
    """Published accuracies for this data set and label space, indexed by variant; may be empty."""
    return published_accuracy(PAPER, dataset=study.dataset, classes=3)
