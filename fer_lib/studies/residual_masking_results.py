"""What notebook 06 found: networks and their costs, what masks are worth, and what was published."""

from typing import NamedTuple

import pandas as pd

from ..evaluation.ablation import ablation_table
from ..evaluation.comparable import Design, comparable
from ..evaluation.published import published
from ..evaluation.statistics import holm
from . import deep_emotion_results
from .backbone_costs import COUNTED, PAPER
from .deep_emotion import Runs, Target
from .deep_emotion_results import facts as facts  # the same runs, kept and drawn alike
from .deep_emotion_results import histories as histories
from .residual_masking_parameters import UNMASKED, ResidualMaskingStudy
from .trained_runs import tables_of

MAJORITY = "majority class"
SPEED = ("images_per_second", "peak_bytes")


def results(
    study: ResidualMaskingStudy, targets: list[Target], runs: Runs, costs: pd.DataFrame, speeds: pd.DataFrame
) -> pd.DataFrame:
    """Every variant on every split, what it costs, and what was published of it on the same images.

    Args:
        costs, speeds: as :mod:`~fer_lib.studies.backbone_costs` makes them.

    Returns:
        The columns of :func:`~fer_lib.studies.deep_emotion_results.results`, ``dataset``; ``side``, ``parameters``,
        ``macs``, ``weight_bytes``, ``activation_bytes``; ``images_per_second`` and ``peak_bytes`` where the variant
        was timed at this size; ``published``, ``status``, ``published_parameters`` and ``reason``, why it is not
        comparable: "" where it is, missing where nothing was published.
    """
    table = deep_emotion_results.results(targets, runs)
    table.insert(1, "dataset", table["target"].map({target.title: target.entry["dataset"] for target in targets}))
    table = table.merge(costs[["target", "variant", "side", *COUNTED]], how="left", on=["target", "variant"])
    table = table.merge(speeds[["variant", "side", *SPEED]], how="left", on=["variant", "side"])
    table = table.merge(_published(study, targets, table), how="left", on=["target", "split", "variant"])
    return table.astype(dict.fromkeys(("side", *COUNTED), "Int64"))


def _published(study: ResidualMaskingStudy, targets: list[Target], found: pd.DataFrame) -> pd.DataFrame:
    parts, numbers = [], published(PAPER)
    for target in targets:
        entry = target.entry
        own = numbers[numbers["dataset"] == entry["dataset"]].drop_duplicates("variant")
        for scheme, split in target.splits.items():
            mine = found[(found["target"] == target.title) & (found["split"] == scheme)]
            design = Design(
                entry["dataset"], entry["label_space"], split.faces.classes, study.protocol, scheme, split.count,
                int(mine["samples"].iloc[0]),
            )  # fmt: skip
            judged = comparable(design, own[own["variant"].isin(mine["variant"])])
            parts.append(judged.assign(target=target.title, split=scheme))
    table = pd.concat(parts, ignore_index=True).rename(columns={"accuracy": "published"})
    table["published_parameters"] = 1e6 * table["parameters"].astype(float)
    return table[["target", "split", "variant", "published", "status", "published_parameters", "reason"]]


def masking_gains(study: ResidualMaskingStudy, targets: list[Target], runs: Runs) -> pd.DataFrame:
    """What masks are worth: every masked network against the same network without them.

    Returns:
        ``target, split, masked, unmasked``, accuracy in % of both (``accuracy``, ``accuracy_unmasked``),
        ``difference``, ``low``, ``high`` in points, paired by image and seed, and ``p_value``
        (:func:`~fer_lib.evaluation.ablation.ablation_table`), ``p_holm`` (adjusted over all rows), ``samples``.
        Without rows where no network was trained in both ways.
    """
    rows = []
    for target in targets:
        for scheme, by_variant in runs[target.title].items():
            tables = tables_of(by_variant, "predictions")
            for masked, unmasked in controls(study, list(tables)):
                pair = {name: tables[name] for name in (unmasked, masked)}
                compared = ablation_table(pair, unmasked, target.groups).set_index("variant")
                row = compared.loc[masked]
                rows.append(
                    {
                        **{"target": target.title, "split": scheme, "masked": masked, "unmasked": unmasked},
                        **{"accuracy": row["accuracy"], "accuracy_unmasked": compared.loc[unmasked, "accuracy"]},
                        **{"difference": row["difference"], "low": row["difference_low"]},
                        **{"high": row["difference_high"], "p_value": row["p_value"], "samples": row["samples"]},
                    }
                )
    columns = ["target", "split", "masked", "unmasked", "accuracy", "accuracy_unmasked", "difference", "low", "high"]
    table = pd.DataFrame(rows, columns=[*columns, "p_value", "samples"]).astype({"samples": int})
    table.insert(table.columns.get_loc("p_value") + 1, "p_holm", holm(table["p_value"]))
    return table


def controls(study: ResidualMaskingStudy, variants: list[str]) -> list[tuple[str, str]]:
    """Pairs (masked, unmasked) among `variants` that differ in nothing else: a recipe pairs with an equal recipe."""
    known = [(name, *study.recipe(name)) for name in variants]
    return [
        (name, other)
        for name, based, changes in known
        for other, plain, unchanged in known
        if UNMASKED.get(based) == plain and changes == unchanged
    ]


class Points(NamedTuple):
    """For :func:`~fer_lib.reporting.figures.accuracy_by_macs`."""

    ours: pd.DataFrame
    published: pd.DataFrame


def points(results: pd.DataFrame, benchmark: pd.DataFrame) -> Points:
    """Accuracy and cost of what was trained under the strictest split of each set, and of what was published.

    Returns:
        ``set, variant, accuracy, low, high, macs, parameters`` each; published points have no interval and their
        costs are counted at the paper's size.
    """
    columns = ["set", "variant", "accuracy", "low", "high", "macs", "parameters"]
    strictest = results.groupby("target")["split"].transform("last") == results["split"]
    ours = results[strictest & (results["variant"] != MAJORITY)].rename(columns={"target": "set"})[columns]
    theirs = benchmark.drop(columns=["low", "high"]).rename(columns={"published": "accuracy"})
    return Points(
        ours.astype({"macs": float, "parameters": float}),
        theirs.assign(set="FER-2013").reindex(columns=columns),
    )
