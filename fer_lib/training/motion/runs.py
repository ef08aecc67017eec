"""Runs with motion priors: all folds of all tasks, and what they leave beside the tables of every run."""

from collections.abc import Sequence
from functools import partial
from pathlib import Path

import pandas as pd

from ...artifacts import file_sha256, is_complete, read_table, require_card
from ...artifacts.runs import Run, load_run
from ...errors import require
from ...models.motion_mask_generator import MotionMaskGenerator
from ..checkpoints import load_weights
from ..cross_validation import TABLES, finish_run, is_trained, refuse_other_parameters
from ..device import choose_device
from ..jobs import run_jobs
from ..trained import untrained_network
from .fold import generator_path, train_motion_fold
from .task import MotionTask

MOTION_TABLES = (*TABLES, "masks", "mask_history")


def cross_validate_motion(tasks: Sequence[MotionTask], workers: int | None = None) -> list[Run]:
    """Train every fold of every task that is not on disk yet, and load the runs.

    On a CPU each fold is one process with one thread, and the result does not depend on the number of cores. Each
    finished fold is complete on disk; an interrupted call goes on with the others, a fold that it was in from its
    last checkpoint. Beside what every run has, a folder holds

    - ``masks.parquet`` (:func:`~fer_lib.training.motion.scores.mask_rows`): the tested images' masks after each stage;
    - ``mask_history.parquet``: ``fold`` and the rows of
      :func:`~fer_lib.training.motion.generator_stage.fit_generator`;
    - ``generators/fold<k>.safetensors``: the generators as stage 1 left them;

    tables without rows, and no generators, where no masks are predicted.

    Args:
        workers: processes; all cores by default, 1 on CUDA and MPS.

    Returns:
        one Run per task, in order.

    Raises:
        InputError: two tasks share a folder, a network or images that do not fit, or a folder holds a complete run made
            with other data, masks or parameters.
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
        run_jobs(
            [partial(train_motion_fold, task, fold) for task, fold in planned],
            epochs=sum(task.epochs for task, _ in planned),
            device=choose_device(planned[0][0].config.device),
            workers=workers,
        )
    for task in todo:
        run, folds = task.experiment.folder, task.experiment.fold_ids
        paths = [generator_path(run, fold) for fold in folds] if task.predicts else []
        generators = {path.name: file_sha256(path) for path in paths}
        finish_run(task.recorded, task.config, MOTION_TABLES, **({"generators": generators} if generators else {}))
    return [load_run(folder) for folder in folders]


def load_mask_scores(folder: str | Path) -> pd.DataFrame:
    """``masks.parquet`` of a finished run. Raises InputError where none is, or one without motion priors."""
    _require_motion(Path(folder))
    return read_table(Path(folder) / "masks.parquet")


def trained_generator(folder: str | Path, fold: int) -> MotionMaskGenerator:
    """The generator of a finished run as stage 1 left it, on the CPU, in evaluation mode.

    Raises:
        InputError: nothing finished is there, a run without such a generator, no such fold, or weights that are missing
            or do not fit.
    """
    folder = Path(folder)
    card = _require_motion(folder)
    path, known = generator_path(folder, fold), sorted(card.get("generators", {}))
    require(bool(known), f"{folder}: its network predicts no masks, so there is no generator")
    require(path.name in known, f"{folder}: no generator of fold {fold} (has {', '.join(known)})")
    generator = untrained_network(card["parameters"]).generator
    load_weights(generator, path)
    return generator.eval()


def _require_motion(folder: Path) -> dict:
    card = require_card(folder, "train it first")
    require(
        "motion" in card["parameters"], f"{folder}: no run with motion priors, expected one of cross_validate_motion"
    )
    return card
