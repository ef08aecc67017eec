"""What notebook 07 found: the methods on real faces and on compositions, each beside what was published."""

import pandas as pd

from ..evaluation.ablation import ablation_table
from ..evaluation.comparable import Design
from ..evaluation.metrics import macro_scores
from ..evaluation.published import published, published_noise
from ..reporting.paper_tables import PaperTable, four_tables
from ..training.composed import load_composed_table
from . import deep_emotion_results
from .deep_emotion import Runs
from .deep_emotion_results import histories as histories  # the same runs, drawn alike
from .feratt_faces import FERAttTarget
from .feratt_parameters import FERAttStudy
from .feratt_words import trained_otherwise
from .trained_runs import tables_of

PAPER = "feratt"
PARTS = ("real", "synthetic")


def results(study: FERAttStudy, targets: list[FERAttTarget], runs: Runs) -> pd.DataFrame:
    """Every variant on every split, on both parts.

    Returns:
        ``target, split, part`` ("real", "synthetic"), ``identity_disjoint``, the columns of
        :func:`~fer_lib.evaluation.ablation.ablation_table` against the classifier alone (adjusted within the part),
        ``base``, the variant that one is based on, and in %, means over seeds: ``precision, recall`` (macro), ``f1`` as
        `study.f1_mode` says; ``macro_f1`` is always the mean of classes. Compositions of one person's faces are one
        group.
    """
    rows = []
    for target in targets:
        baseline = study.baseline(target.entry["variants"])
        for scheme, split in target.splits.items():
            for part in PARTS:
                tables = part_tables(runs[target.title][scheme], part)
                found = ablation_table(tables, baseline, groups_of(target, tables))
                scores = pd.DataFrame({name: _macro(table, study.f1_mode) for name, table in tables.items()}).T
                for score in scores:
                    found[score] = found["variant"].map(scores[score])
                found["base"] = [study.recipe(name)[0] for name in found["variant"]]
                known = (("target", target.title), ("split", scheme), ("part", part))
                for place, (name, value) in enumerate((*known, ("identity_disjoint", target.disjoint(split)))):
                    found.insert(place, name, value)
                rows.append(found)
    return pd.concat(rows, ignore_index=True)


def _macro(table: pd.DataFrame, f1_mode: str) -> pd.Series:
    """Precision, recall and F1 in %, means over seeds."""
    by_seed = pd.DataFrame([macro_scores(own, f1_mode) for _, own in table.groupby("seed")])
    return 100 * by_seed[["precision", "recall", "f1"]].mean()


def part_tables(by_variant: dict, part: str) -> dict[str, pd.DataFrame]:
    """Predictions of each variant, all seeds together: of the real faces or of the compositions ("synthetic")."""
    return tables_of(by_variant, "predictions") if part == "real" else composed_tables(by_variant, "synthetic")


def composed_tables(by_variant: dict, name: str) -> dict[str, pd.DataFrame]:
    """A table of :func:`~fer_lib.training.composed.load_composed_table` of each variant, seeds in a column ``seed``."""
    return {
        variant: pd.concat(
            [load_composed_table(run.folder, name).assign(seed=seed) for seed, run in by_seed.items()],
            ignore_index=True,
        )
        for variant, by_seed in by_variant.items()
    }


def groups_of(target: FERAttTarget, tables: dict[str, pd.DataFrame]) -> pd.Series:
    """Persons by sample_id; those of compositions, whose tables have the column ``face``, by the faces in them."""
    table = next(iter(tables.values()))
    if "face" not in table:
        return target.groups
    own = table.drop_duplicates("sample_id")
    return pd.Series(target.groups.loc[own["face"]].to_numpy(), index=own["sample_id"])


def strictest(target: FERAttTarget) -> str:
    """The last split named for a set."""
    return list(target.splits)[-1]


def of_strictest(targets: list[FERAttTarget], found: pd.DataFrame) -> pd.DataFrame:
    """Rows of :func:`results` on the strictest split of each set, so that a set has one row per variant and part."""
    last = found["target"].map({target.title: strictest(target) for target in targets})
    return found[found["split"] == last]


def paper_tables(study: FERAttStudy, targets: list[FERAttTarget], found: pd.DataFrame) -> list[PaperTable]:
    """The four published tables with ours beside, under the strictest split, then those of other sets.

    Args:
        found: as :func:`results` makes it.
    """
    designs = {}
    for target in targets:
        split, entry = target.splits[strictest(target)], target.entry
        tested = int((split.folds >= 0).sum())
        designs[target.title] = Design(
            entry["dataset"], entry["label_space"], target.faces.classes, study.protocol, split.scheme, split.count,
            tested,
        )  # fmt: skip
    recipes = {target.title: trained_otherwise(study, target.entry) for target in targets}
    return four_tables(of_strictest(targets, found), published(PAPER), designs, recipes)


def published_under_noise(targets: list[FERAttTarget]) -> pd.DataFrame:
    """``target`` and the columns of :func:`~fer_lib.evaluation.published.published_noise`; may be empty."""
    parts = [published_noise(target.entry["dataset"]).assign(target=target.title) for target in targets]
    return pd.concat(parts, ignore_index=True)


def confusions(study: FERAttStudy, targets: list[FERAttTarget], runs: Runs) -> dict:
    """As :func:`~fer_lib.studies.deep_emotion_results.confusions`, of the variant that stands for the study, on real
    faces."""
    found = {}
    for target in targets:
        found |= deep_emotion_results.confusions([target], runs, study.subject(target.entry["variants"]))
    return found


def facts(study: FERAttStudy, targets: list[FERAttTarget], runs: Runs) -> dict:
    """For the stage's card: the runs, and what compositions were made of."""
    made = {
        target.title: {
            **target.faces.card["squares"],
            "backgrounds": target.entry["backgrounds"],
            **{f"{part}_backgrounds": len(getattr(target.backgrounds, part)) for part in ("train", "select", "test")},
        }
        for target in targets
    }
    return {**deep_emotion_results.facts(runs), "compositions": made}
