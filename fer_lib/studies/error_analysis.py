"""Notebook 10: which images the variants get wrong, together and each for itself."""

from typing import ClassVar

import numpy as np
import pandas as pd
from pydantic import Field, field_validator

from ..artifacts import save_table
from ..datasets import FaceSet
from ..errors import require
from ..evaluation.common_errors import failures, most_confident
from ..evaluation.decisions import Decisions
from ..guidance import GUIDANCE, network_inputs
from ..reporting.figures.mistakes import Mistakes
from ..reporting.stage import Stage
from .trained_runs import TrainedParameters, TrainedRuns

HARD = (("positive", "negative"), ("negative", "positive"))


class ErrorAnalysisParameters(TrainedParameters):
    """`edges` bound the groups of rater agreement or of intensity, both in 0 … 1; `pictures` are shown per variant and
    hard confusion, `top` images listed per expression."""

    notebook: ClassVar[str] = "10_error_analysis"
    edges: list[float] = Field([0.0, 0.5, 0.6, 0.7, 0.8, 0.9, 1.0], min_length=2)
    pictures: int = Field(3, ge=1, le=6)
    top: int = Field(20, ge=1)

    @field_validator("edges")
    @classmethod
    def _ascending(cls, edges: list[float]) -> list[float]:
        require(all(a < b for a, b in zip(edges, edges[1:], strict=False)), "expected rising numbers")
        require(edges[0] >= 0 and edges[-1] <= 1, "expected numbers in 0 … 1")
        return edges


def expressions(faces: FaceSet) -> pd.Categorical:
    """The expression of each image before it became a polarity; its class where the set has no other."""
    if "expression" in faces.samples:
        return pd.Categorical(faces.samples["expression"])
    return pd.Categorical.from_codes(faces.labels, list(faces.classes))


def strata(decisions: Decisions, expression: pd.Categorical) -> dict[str, np.ndarray]:
    """Within what errors are taken for independent: the fold alone, or fold and expression."""
    _, fold = np.unique(decisions.folds, return_inverse=True)
    return {"independent": fold, "independent per expression": fold * len(expression.categories) + expression.codes}


def hard_rows(table: pd.DataFrame) -> pd.DataFrame:
    """The rows of a table of confusions (``true, predicted, …``) that are hard."""
    return table[[pair in HARD for pair in zip(table["true"], table["predicted"], strict=True)]].reset_index(drop=True)


def keep_rows(stage: Stage, name: str, table: pd.DataFrame) -> None:
    """Save a table with a row per image as ``rows/<name>.csv``, apart from ``tables/``: it holds labels of the data
    set, which are not published."""
    path = stage.folder / "rows" / f"{name}.csv"
    save_table(path, table)
    stage.files.append(str(path.relative_to(stage.folder)))


def prediction_rows(faces: FaceSet, decisions: Decisions, variant: str) -> pd.DataFrame:
    """One variant's answers with names in place of numbers: ``sample_id, seed, fold, label, predicted, confidence``."""
    v, seeds, n = decisions.variants.index(variant), len(decisions.seeds), len(decisions)
    names = np.array(decisions.classes)
    return pd.DataFrame(
        {
            "sample_id": np.tile(faces.samples["sample_id"].to_numpy(), seeds),
            "seed": np.repeat(decisions.seeds, n),
            "fold": np.tile(decisions.folds, seeds),
            "label": np.tile(names[decisions.labels], seeds),
            "predicted": names[decisions.predicted[v].ravel()],
            "confidence": decisions.confidence[v].ravel().round(4),
        }
    )


def common_error_rows(faces: FaceSet, wrong: np.ndarray, decisions: Decisions) -> pd.DataFrame:
    """Images on which all variants but one fail under some seed.

    Args:
        wrong: bool (V, S, N), which mistakes count.

    Returns:
        ``sample_id, fold, label``; ``expression``, ``valence``, ``arousal`` where the set has them; ``seeds`` (under
        how many seeds) and ``failing`` (variants, mean over seeds).
    """
    failing = failures(wrong)
    but_one = failing == len(decisions.variants) - 1
    chosen = np.flatnonzero(but_one.any(0)) if len(decisions.variants) > 1 else np.array([], int)
    known = [column for column in ("expression", "valence", "arousal") if column in faces.samples]
    rows = faces.samples.iloc[chosen][["sample_id", *known]].reset_index(drop=True)
    rows.insert(1, "fold", decisions.folds[chosen])
    rows.insert(2, "label", np.array(decisions.classes)[decisions.labels[chosen]])
    return rows.assign(seeds=but_one[:, chosen].sum(0), failing=failing[:, chosen].mean(0))


def mistakes(
    faces: FaceSet, decisions: Decisions, trained: TrainedRuns, study: ErrorAnalysisParameters
) -> list[Mistakes]:
    """Each variant's most confident hard confusions, with what its localization network saw."""
    return [_mistakes_of(variant, faces, decisions, trained, study) for variant in decisions.variants]


def _mistakes_of(variant, faces: FaceSet, decisions: Decisions, trained: TrainedRuns, study) -> Mistakes:
    v, guided = decisions.variants.index(variant), variant in GUIDANCE
    kind = variant if guided else "none"
    seed, run = next(iter(trained.runs[variant].items()))
    made = run.card["parameters"].get("guidance", {})
    # maps that each seed's networks drew stand beside answers of that seed
    seeds = [decisions.seeds.index(seed)] if "maps" in made else slice(None)
    groups, chosen, notes = {}, [], []
    for true, answer in HARD:
        confused, confidence = decisions.confused((true, answer))[v][seeds], decisions.confidence[v][seeds]
        found = most_confident(confused, confidence, study.pictures)
        groups[f"{true} taken for {answer}"] = range(len(chosen), len(chosen) + len(found))
        chosen.extend(found)
        notes += [_note(faces.samples.iloc[row], confidence[confused[:, row], row].mean()) for row in found]
    few = faces.subset(np.array(chosen, dtype=int))
    options = {**trained.guidance.guidance_options(kind), **made}
    images, maps = network_inputs(kind, few, study.data, **options)
    name = GUIDANCE[kind].title if guided else variant
    return Mistakes(name, groups, np.asarray(images), None if maps is None else np.asarray(maps), notes)


def _note(sample: pd.Series, confidence: float) -> str:
    lines = [f"p = {confidence:.2f}"]
    if "expression" in sample:
        lines.append(sample["expression"])
    if "valence" in sample:
        lines.append(f"V {sample['valence']:+.2f}  A {sample['arousal']:+.2f}")
    return "\n".join(lines)
