"""Finished runs side by side, from whatever studies and machines they come: nothing is trained."""

import shutil
from collections.abc import Sequence
from pathlib import Path

import pandas as pd

from ..artifacts.runs import Run, load_run
from ..errors import require
from ..evaluation.comparable import Design, beside
from ..evaluation.comparison import fold_table, optimism_table, paired_table, variant_table
from ..evaluation.published import published
from ..evaluation.variance_components import variance_components
from ..reporting import figures
from ..reporting.stage import Stage
from .guided_transformers import PAPER
from .trained_runs import tables_of

#: What runs must have in common to be compared.
SHARED = ("dataset", "label_space", "classes", "fold_scheme", "folds")


def compare_runs(
    folders: Sequence[str | Path], target: str | Path, *, baselines: Sequence[str], note: str = ""
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Result table, paired differences, components of variance (with several seeds) and selection optimism of any
    complete runs of one study design.

    Args:
        folders: run folders; every variant with the same seeds.
        target: where tables, figures, the runs' cards and a card of its own are written.
        baselines: variants that the others are compared with; the first is also the one of the result table.
        note: what readers of these numbers have to know; kept in the card.

    Returns:
        the tables of :func:`~fer_lib.evaluation.comparison.variant_table` and
        :func:`~fer_lib.evaluation.comparison.paired_table`.

    Raises:
        InputError: a folder is no complete run, two runs are of the same variant and seed, or the runs differ in
            data, classes, folds, protocol or seeds.
    """
    runs = _by_variant([load_run(folder) for folder in folders])
    cards = [run.card for by_seed in runs.values() for run in by_seed.values()]
    first = cards[0]["parameters"]
    predictions, histories = (tables_of(runs, table) for table in ("predictions", "history"))
    design = Design(
        first["dataset"]["dataset"], first["label_space"], tuple(first["classes"]), first["training"]["protocol"],
        first["fold_scheme"], first["folds"], int(cards[0]["samples"]),
    )  # fmt: skip
    rows, apart = beside(design, published(PAPER))
    results = variant_table(predictions, rows, baseline=baselines[0])
    paired = paired_table(predictions, baselines)

    stage = Stage(target, {"runs": [str(Path(folder).name) for folder in folders], "baselines": list(baselines)})
    protocol = first["training"]["protocol"]
    name = f"{first['dataset']['dataset']}, {first['folds']} folds ({first['fold_scheme']}), {protocol} protocol"
    stage.table("results", results)
    stage.figure("accuracy", figures.accuracy_intervals(results, fold_table(predictions), name))
    stage.table("paired", paired)
    if len(paired):
        stage.figure("paired", figures.paired_intervals(paired, f"{name}: paired differences"))
    if min(len(by_seed) for by_seed in runs.values()) > 1 and first["folds"] > 1:
        components = variance_components(predictions, baselines[0])
        stage.table("variance", components)
        stage.figure("variance", figures.variance_bars(components, f"{name}: components of variance"))
    if protocol == "honest":
        stage.table("optimism", optimism_table(histories, first["training"].get("monitor", "accuracy")))
    for run in (run for by_seed in runs.values() for run in by_seed.values()):
        copy = stage.folder / "runs" / run.folder.name / "card.json"
        copy.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(run.folder / "card.json", copy)
    stage.finish(
        training_seconds=sum(card["seconds"] for card in cards),
        trained_by=sorted({card["revision"] for card in cards}),
        trained_with_local_changes=any(card["dirty"] for card in cards),
        published_apart=apart,
        note=note,
    )
    return results, paired


def _by_variant(runs: list[Run]) -> dict[str, dict[int, Run]]:
    require(len(runs) > 0, "no runs to compare, expected run folders")
    found: dict[str, dict[int, Run]] = {}
    for run in runs:
        _require_same_design(run, runs[0])
        variant, seed = run.card["parameters"]["variant"], run.card["parameters"]["training"]["seed"]
        by_seed = found.setdefault(variant, {})
        require(
            seed not in by_seed, f"{run.folder}: a second run of {variant!r} with seed {seed}, expected one of each"
        )
        by_seed[seed] = run
    return found


def _require_same_design(run: Run, first: Run) -> None:
    mine, other = run.card["parameters"], first.card["parameters"]
    for key in SHARED:
        require(
            mine[key] == other[key],
            f"{run.folder}: {key} {mine[key]!r} but {first.folder.name} has {other[key]!r}, expected the same",
        )
    for key in {*mine["training"], *other["training"]} - {"seed"}:
        a, b = mine["training"].get(key), other["training"].get(key)
        require(a == b, f"{run.folder}: trained with {key} {a!r} but {first.folder.name} with {b!r}, expected the same")
