"""What notebook 08 asks for."""

from pathlib import Path
from typing import ClassVar, Literal

from pydantic import Field, field_validator

from ..errors import require
from ..guidance.gradcam import KIND as GRADCAM
from ..parameters import Parameters, project_root
from ..registry import nearest
from ..reporting.stage import Stage
from .guided_parameters import GuidedStudy

#: What an entry of `targets` may say, and what it says where it does not.
TARGET = {"dataset": None, "options": {}, "fold_scheme": "subject", "folds": 5}
SHARED = (
    *("profile", "data_dir", "reports_dir", "label_space", "variants", "seeds", "protocol", "patience"),
    *("learning_rate", "precision", "device", "engine", "landmarks", "no_face_fill", "seed"),
)


class TransferStudy(Parameters):
    """Parameters of notebook 08.

    Networks of every variant are trained on the whole source set for up to `source_epochs` epochs (or read from
    `source_runs`: folder of a network trained on every sample, by variant), then trained on the folds of every entry of
    `targets` for up to `epochs`. An entry names its ``dataset`` and may name ``options``, ``fold_scheme`` ("subject")
    and ``folds`` (5). `modes`: "scratch" starts at random, the others from the source network, and train all layers
    ("full", as published), the last one ("head") or the last one first ("gradual", the next group every
    `unfreeze_every` epochs). `seed` draws folds and random guidance.
    """

    notebook: ClassVar[str] = "08_transfer_learning"
    source_dataset: str = "synthetic"
    source_options: dict = {}
    source_runs: dict[str, str] = {}
    source_epochs: int = Field(500, ge=1)
    source_batch_size: int = Field(128, ge=2)
    targets: list[dict] = Field(min_length=1)
    label_space: str = "polarity"
    variants: list[str] = Field(["none"], min_length=1)
    modes: list[Literal["scratch", "full", "head", "gradual"]] = Field(
        ["scratch", "full", "head", "gradual"], min_length=1
    )
    seeds: list[int] = Field([2020], min_length=1)
    protocol: Literal["honest", "reference"] = "honest"
    epochs: int = Field(500, ge=1)
    patience: int = Field(30, ge=1)
    batch_size: int = Field(128, ge=2)
    learning_rate: float = Field(1e-3, gt=0)
    unfreeze_every: int = Field(1, ge=1)
    landmarks: Literal["dlib", "dataset"] = "dlib"
    no_face_fill: Literal["white", "black", "drop", "fitted"] = "white"
    seed: int = Field(2020, ge=0)
    precision: Literal["auto", "fp32", "bf16"] = "auto"
    device: str = "auto"
    engine: Literal["auto", "stacked", "sequential"] = "auto"

    # GuidedStudy says what is wrong with variants, seeds and the label space
    @field_validator("variants", "seeds", "label_space")
    @classmethod
    def _as_in_notebook_03(cls, value, info):
        require(
            info.field_name != "variants" or GRADCAM not in value,
            f"{GRADCAM!r} has maps for the folds of notebook 03 alone, none for networks trained on every sample",
        )
        GuidedStudy.check({info.field_name: value})
        return value

    @field_validator("modes")
    @classmethod
    def _distinct(cls, modes: list[str]) -> list[str]:
        require(len(set(modes)) == len(modes), "a mode is named twice")
        return modes

    @field_validator("engine")
    @classmethod
    def _can_train(cls, engine: str, info) -> str:
        fixed = [mode for mode in info.data.get("modes", ()) if mode in ("head", "gradual")]
        require(
            engine != "stacked" or not fixed,
            f"cannot train {' and '.join(fixed)}, which fix layers; leave engine at 'auto', or leave these modes out",
        )
        return engine

    @field_validator("targets")
    @classmethod
    def _entries(cls, targets: list[dict]) -> list[dict]:
        for entry in targets:
            for key in entry:
                require(key in TARGET, f"a target has no {key!r}{nearest(key, TARGET)} (known: {', '.join(TARGET)})")
            require("dataset" in entry, f"a target names no dataset: {entry}")
            full = {**TARGET, **entry}
            GuidedStudy.check({"dataset_options" if key == "options" else key: value for key, value in full.items()})
        return [{**TARGET, **entry} for entry in targets]

    def guided(self, dataset: str, options: dict, **changes) -> GuidedStudy:
        """The same study for notebook 03, on one set."""
        shared = {name: getattr(self, name) for name in SHARED}
        return GuidedStudy.check({**shared, "dataset": dataset, "dataset_options": options, **changes})

    def guided_target(self, target: dict) -> GuidedStudy:
        """Training from scratch on an entry of `targets`."""
        return self.guided(
            target["dataset"], target["options"], fold_scheme=target["fold_scheme"], folds=target["folds"],
            epochs=self.epochs, batch_size=self.batch_size,
        )  # fmt: skip

    def source_paths(self) -> dict[str, Path]:
        """Folders of `source_runs`; relative ones are seen from the project's folder."""
        for variant in self.source_runs:
            require(
                variant in self.variants,
                f"source_runs names {variant!r}{nearest(variant, self.variants)}, expected variants of this study "
                f"({', '.join(self.variants)})",
            )
        return {variant: project_root() / folder for variant, folder in self.source_runs.items()}

    def stage(self) -> Stage:
        """Where this notebook leaves its figures, tables and card."""
        return Stage(self.reports / self.notebook, self.model_dump())
