"""Many runs, all their folds: side by side on CPU cores, one after another on an accelerator."""

import shutil
from collections.abc import Sequence
from functools import partial
from pathlib import Path

import pandas as pd

from ..artifacts import file_sha256, is_complete, read_card, save_json, save_table, write_card
from ..artifacts.runs import Run, load_run
from ..errors import require
from .config import TrainConfig
from .device import choose_device
from .experiment import Experiment
from .fold import fold_folder, train_fold, weights_path
from .jobs import run_jobs

TABLES = ("history", "predictions", "theta")


def cross_validate(experiments: Sequence[Experiment], config: TrainConfig, workers: int | None = None) -> list[Run]:
    """Train every fold of every experiment that is not on disk yet, and load the runs.

    On a CPU each fold is one process with one thread (with ``seed_mode="once"`` each experiment,
    its folds in order), and the result does not depend on the number of cores. Each finished fold
    is complete on disk; an interrupted call goes on from there.

    Args:
        workers: processes; all cores by default, 1 on CUDA and MPS.

    Returns:
        one Run per experiment, in order.

    Raises:
        InputError: a folder holds a complete run made with other data or parameters.
    """
    device = choose_device(config.device)
    folders = [experiment.folder for experiment in experiments]
    require(len(set(folders)) == len(folders), "two experiments share a folder, so one would overwrite the other")
    for experiment in experiments:
        refuse_other_parameters(experiment.folder, experiment.parameters(config))
    todo = [e for e in experiments if not is_complete(e.folder, e.parameters(config))]
    jobs = [
        partial(_train_folds, experiment, config, folds)
        for experiment in todo
        for folds in ([experiment.fold_ids] if config.seed_mode == "once" else [[k] for k in experiment.fold_ids])
    ]
    epochs = config.epochs * sum(len(experiment.fold_ids) for experiment in todo)
    run_jobs(jobs, epochs=epochs, device=device, workers=workers)
    for experiment in todo:
        _finish(experiment, config)
    return [load_run(experiment.folder) for experiment in experiments]


def _train_folds(experiment: Experiment, config: TrainConfig, folds: Sequence[int], tell) -> None:
    for fold in folds:
        train_fold(experiment, config, fold, tell)


def refuse_other_parameters(folder: Path, parameters: dict) -> None:
    """Hours of training are not overwritten because a parameter changed."""
    require(
        read_card(folder) is None or is_complete(folder, parameters),
        f"{folder}: holds a complete run made with other data or parameters (see its config.json); "
        "name another folder, or delete this one",
    )


def _finish(experiment: Experiment, config: TrainConfig) -> None:
    """Merge the folds into the run's tables, count what was scored, write the card last."""
    run, folds = experiment.folder, experiment.fold_ids
    cards = [read_card(fold_folder(run, fold)) for fold in folds]
    tables = {
        name: pd.concat([pd.read_parquet(fold_folder(run, fold) / f"{name}.parquet") for fold in folds])
        for name in TABLES
    }
    tested = tables["predictions"].query("split == 'test'")["sample_id"]
    require(
        len(tested) == len(experiment.labels) and tested.nunique() == len(tested),
        f"{run}: {len(tested)} test predictions ({tested.nunique()} distinct) for {len(experiment.labels)} samples",
    )
    save_json(run / "config.json", experiment.parameters(config))
    for name, table in tables.items():
        save_table(run / f"{name}.parquet", table)
    write_card(
        run,
        "run",
        experiment.parameters(config),
        selected_on="reported fold" if config.protocol == "reference" else "inner validation",
        reported_on="outer fold",
        samples=len(tested),
        folds=[{"fold": fold, **_facts(card)} for fold, card in zip(folds, cards, strict=True)],
        seeds=[config.seed] if config.seed_mode == "once" else [config.seed + fold for fold in folds],
        device=sorted({card["device"] for card in cards}),
        precision=sorted({card["precision"] for card in cards}),
        parameters_in_model=cards[0]["parameters_in_model"],
        seconds=round(sum(card["seconds"] for card in cards), 1),
        weights={path.name: file_sha256(path) for path in (weights_path(run, fold) for fold in folds)},
    )
    shutil.rmtree(run / "folds")


def _facts(card: dict) -> dict:
    return {key: card[key] for key in ("samples", "best_epoch", "epochs_run", "stopped_early", "seconds")}
