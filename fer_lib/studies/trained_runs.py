"""What notebook 03 left behind, for the notebooks that look at it."""

from dataclasses import dataclass, field
from typing import Literal

import pandas as pd

from ..artifacts import require_card
from ..artifacts.runs import Run, load_run
from ..datasets import FaceSet
from ..datasets.labels import label_space
from ..errors import require
from ..evaluation.decisions import Decisions, align
from ..parameters import Parameters, project_root
from ..registry import nearest
from ..reporting.first_page import GUIDED
from .common import DatasetParameters, GuidanceParameters


class TrainedParameters(DatasetParameters):
    """Which runs of notebook 03 to look at; `variants` empty means all of them."""

    variants: list[str] = []
    label_space: Literal["polarity"] = "polarity"


@dataclass(frozen=True)
class TrainedRuns:
    """The runs of one finished notebook 03.

    Attributes:
        runs: by variant and seed.
        guidance: how its maps and landmarks were made.
        protocol: "honest" or "reference", by which the epochs were selected.
    """

    runs: dict[str, dict[int, Run]]
    guidance: GuidanceParameters
    protocol: str
    predictions: dict[str, pd.DataFrame] = field(init=False)

    def __post_init__(self):
        object.__setattr__(self, "predictions", tables_of(self.runs, "predictions"))

    @property
    def classes(self) -> tuple[str, ...]:
        any_run = next(run for by_seed in self.runs.values() for run in by_seed.values())
        return tuple(any_run.card["parameters"]["classes"])


def tables_of(runs: dict[str, dict[int, Run]], table: str) -> dict[str, pd.DataFrame]:
    """The ``predictions``, ``history`` or ``theta`` of each variant, all seeds together in a column ``seed``."""
    return {
        variant: pd.concat([getattr(run, table).assign(seed=seed) for seed, run in by_seed.items()], ignore_index=True)
        for variant, by_seed in runs.items()
    }


def load_trained(study: TrainedParameters) -> TrainedRuns:
    """The runs that notebook 03 of the same profile names in its card.

    Raises:
        InputError: notebook 03 has not been finished, it was run on other data, or a variant was not trained.
    """
    folder = study.reports / GUIDED
    card = require_card(folder, how_to_train(study, GUIDED))
    trained = card["parameters"]
    for key in ("dataset", "dataset_options", "label_space"):
        require(
            trained[key] == getattr(study, key),
            f"{folder}: trained with {key} = {trained[key]!r}, but this notebook is asked for "
            f"{getattr(study, key)!r}; set {key} alike",
        )
    names = card["runs"]
    for variant in study.variants:
        require(variant in names, f"{folder}: no runs of {variant!r}{nearest(variant, names)} (has {', '.join(names)})")
    runs = {}
    for variant in study.variants or names:
        require(
            isinstance(names[variant], list), f"{folder}: its card is of an older kind; run notebook {GUIDED} again"
        )
        loaded = [load_run(study.reports / "runs" / name) for name in names[variant]]
        runs[variant] = {run.card["parameters"]["training"]["seed"]: run for run in loaded}
    shared = {key: value for key, value in trained.items() if key in GuidanceParameters.model_fields}
    guidance = GuidanceParameters.check({**shared, "data_dir": study.data_dir, "reports_dir": study.reports_dir})
    return TrainedRuns(runs, guidance, trained["protocol"])


def how_to_train(study: Parameters, notebook: str) -> str:
    """What to do where `notebook` has not been run for this profile, as the end of a sentence."""
    planned = (project_root() / "notebooks" / "profiles" / f"{study.profile}.yaml").is_file()
    first = f"run make study PROFILE={study.profile}" if planned else f"run notebook {notebook} with the same profile"
    finished = sorted(card.parts[-3] for card in study.reports.parent.glob(f"*/{notebook}/card.json"))
    others = f"one that has been run ({', '.join(finished)})" if finished else '"demo" after make study PROFILE=demo'
    return f"{first}, or set profile to {others}"


def join(study: TrainedParameters, trained: TrainedRuns) -> tuple[FaceSet, Decisions]:
    """The tested images, and what every variant and seed answered to them; row i of both is the same image.

    Raises:
        InputError: the runs and the prepared set do not fit together.
    """
    faces = label_space(study.label_space)(study.load())
    require(
        faces.classes == trained.classes,
        f"{faces.name}: classes {', '.join(faces.classes)}, but the runs know {', '.join(trained.classes)}",
    )
    decisions = align(trained.predictions, faces.samples, faces.classes)
    return faces.subset(decisions.rows), decisions
