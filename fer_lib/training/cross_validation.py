"""Many runs, all their folds: at once on a GPU, side by side on CPU cores."""

import shutil
from collections.abc import Sequence
from pathlib import Path

import pandas as pd

from ..artifacts import file_sha256, is_complete, read_card, read_table, save_json, save_table, write_card
from ..artifacts.runs import Run, load_run
from ..errors import require
from .config import TrainConfig
from .device import choose_device
from .experiment import Experiment
from .fine_tuning import require_something_learned
from .fold import FoldJob
from .fold_files import fold_folder, fold_parameters, weights_path
from .parallel import is_first, wait_for_all
from .schedule import train_jobs
from .stacked_checkpoint import remove_stacks

TABLES = ("history", "predictions", "theta")


def cross_validate(
    experiments: Sequence[Experiment], config: TrainConfig | Sequence[TrainConfig], workers: int | None = None
) -> list[Run]:
    """Train every fold of every experiment that is not on disk yet, and load the runs.

    Folds whose models have one shape are trained by one engine (``config.engine``,
    :mod:`fer_lib.training.engine`): all at once, or each by itself. By themselves, on a CPU, each is
    one process with one thread (with ``seed_mode="once"`` each experiment, its folds in order), and the
    result does not depend on the number of cores. Each finished fold is complete on disk; an
    interrupted call goes on from there. Inside :func:`~fer_lib.training.parallel.process_group` all processes make
    this same call, and train each network together.

    Args:
        config: one for all, or one per experiment (with another seed, say).
        workers: processes; all cores by default, 1 on CUDA and MPS.

    Returns:
        one Run per experiment, in order.

    Raises:
        InputError: a folder holds a complete run made with other data or parameters.
    """
    configs = [config] * len(experiments) if isinstance(config, TrainConfig) else list(config)
    require(len(configs) == len(experiments), f"{len(configs)} configurations for {len(experiments)} experiments")
    folders = [experiment.folder for experiment in experiments]
    require(len(set(folders)) == len(folders), "two experiments share a folder, so one would overwrite the other")
    planned = list(zip(experiments, configs, strict=True))
    for experiment, own in planned:
        choose_device(own.device)
        require_something_learned(experiment, own)
        refuse_other_parameters(experiment.folder, experiment.parameters(own))
    todo = [(e, own) for e, own in planned if not is_complete(e.folder, e.parameters(own))]
    train_jobs(
        [
            FoldJob(experiment, own, fold)
            for experiment, own in todo
            for fold in experiment.fold_ids
            if own.seed_mode == "once" or not is_trained(experiment, own, fold)
        ],
        workers,
    )
    for experiment, own in todo if is_first() else ():
        finish_run(experiment, own)
    if is_first():
        remove_stacks(folders)
    wait_for_all()
    return [load_run(experiment.folder) for experiment in experiments]


def is_trained(experiment: Experiment, config: TrainConfig, fold: int) -> bool:
    """Whether `fold` is complete on disk, of a run that is or is not."""
    return is_complete(fold_folder(experiment.folder, fold), fold_parameters(experiment, config, fold))


def refuse_other_parameters(folder: Path, parameters: dict) -> None:
    """Hours of training are not overwritten because a parameter changed."""
    require(
        read_card(folder) is None or is_complete(folder, parameters),
        f"{folder}: holds a complete run made with other data or parameters (see its config.json); "
        "name another folder, or delete this one",
    )


def finish_run(experiment: Experiment, config: TrainConfig, names: Sequence[str] = TABLES, **facts: object) -> None:
    """Merge the folds into the run's tables, count what was scored, write the card last.

    Args:
        names: of the tables that every fold has.
        facts: for the card, beside what those of all runs have.
    """
    run, folds = experiment.folder, experiment.fold_ids
    cards = [read_card(fold_folder(run, fold)) for fold in folds]
    tables = {
        name: pd.concat([read_table(fold_folder(run, fold) / f"{name}.parquet") for fold in folds]) for name in names
    }
    tested = tables["predictions"].query("split == 'test'")["sample_id"]
    expected = int(experiment.tested.sum())
    require(
        len(tested) == expected and tested.nunique() == len(tested),
        f"{run}: {len(tested)} test predictions ({tested.nunique()} distinct) for {expected} tested samples",
    )
    save_json(run / "config.json", experiment.parameters(config))
    for name, table in tables.items():
        save_table(run / f"{name}.parquet", table)
    write_card(
        run,
        "run",
        experiment.parameters(config),
        selected_on=_selected_on(experiment, config),
        reported_on="outer fold",
        samples=len(tested),
        folds=[{"fold": fold, **_facts(card)} for fold, card in zip(folds, cards, strict=True)],
        seeds=[config.seed] if config.seed_mode == "once" else [config.seed + fold for fold in folds],
        device=sorted({card["device"] for card in cards}),
        engine=sorted({card["engine"] for card in cards}),
        precision=sorted({card["precision"] for card in cards}),
        parameters_in_model=cards[0]["parameters_in_model"],
        seconds=round(sum(card["seconds"] for card in cards), 1),
        weights={path.name: file_sha256(path) for path in (weights_path(run, fold) for fold in folds)},
        **facts,
    )
    shutil.rmtree(run / "folds")


def _selected_on(experiment: Experiment, config: TrainConfig) -> str:
    if config.keep == "last":
        return "nothing (the last epoch is kept)"
    if config.protocol == "reference":
        return "reported fold"
    return "inner validation" if experiment.selecting is None else "validation part of the split"


def _facts(card: dict) -> dict:
    return {key: card[key] for key in ("samples", "best_epoch", "epochs_run", "stopped_early", "seconds")}
