"""Runs on compositions: all folds of all tasks, and what they leave beside the tables of every run."""

from collections.abc import Sequence
from functools import partial
from pathlib import Path

import pandas as pd

from ...artifacts import is_complete, read_table, require_card
from ...artifacts.runs import Run, load_run
from ...errors import require
from ..cross_validation import TABLES, finish_run, is_trained, refuse_other_parameters
from ..device import choose_device
from ..jobs import run_jobs
from .fold import train_composed_fold
from .task import ComposedTask

OWN_TABLES = ("synthetic", "embeddings", "noise")
COMPOSED_TABLES = (*TABLES, *OWN_TABLES)


def cross_validate_composed(tasks: Sequence[ComposedTask], workers: int | None = None) -> list[Run]:
    """Train every fold of every task that is not on disk yet, and load the runs.

    On a CPU each fold is one process with one thread, and the result does not depend on the number of cores. Each
    finished fold is complete on disk; an interrupted call goes on with the others. Predictions of a run are those on
    the *real* faces. Beside what every run has, a folder holds ``synthetic.parquet``, ``embeddings.parquet`` and
    ``noise.parquet`` (:mod:`fer_lib.training.composed.tables`).

    Args:
        workers: processes; all cores by default, 1 on CUDA and MPS.

    Returns:
        one Run per task, in order.

    Raises:
        InputError: two tasks share a folder, a network that cannot be, or a folder holds a complete run made with other
            data, compositions or parameters.
    """
    folders = [task.experiment.folder for task in tasks]
    require(len(set(folders)) == len(folders), "two tasks share a folder, so one would overwrite the other")
    for task in tasks:
        choose_device(task.config.device)
        task.require_possible()
        refuse_other_parameters(task.experiment.folder, task.parameters())
    todo = [task for task in tasks if not is_complete(task.experiment.folder, task.parameters())]
    planned = [
        (task, fold)
        for task in todo
        for fold in task.experiment.fold_ids
        if not is_trained(task.recorded, task.config, fold)
    ]
    if planned:
        # networks with attention take longest, so they begin, and cores are idle for a short time alone at the end
        planned.sort(key=lambda job: not job[0].attends)
        run_jobs(
            [partial(train_composed_fold, task, fold) for task, fold in planned],
            epochs=sum(task.config.epochs for task, _ in planned),
            device=choose_device(planned[0][0].config.device),
            workers=workers,
        )
    for task in todo:
        finish_run(task.recorded, task.config, COMPOSED_TABLES)
    return [load_run(folder) for folder in folders]


def load_composed_table(folder: str | Path, name: str) -> pd.DataFrame:
    """One of :data:`OWN_TABLES` of a finished run.

    Raises:
        InputError: nothing finished is there, a run that was not trained on compositions, or another table.
    """
    require(name in OWN_TABLES, f"table {name!r}, expected one of {', '.join(OWN_TABLES)}")
    card = require_card(Path(folder), "train it first")
    require(
        "compositions" in card["parameters"],
        f"{folder}: no run on compositions, expected one of cross_validate_composed",
    )
    return read_table(Path(folder) / f"{name}.parquet")
