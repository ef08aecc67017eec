"""Networks trained on every sample: what transfer learning starts from.

Nothing is held out, so nothing is scored: such a folder has no predictions and is never a result.
"""

import shutil
import time
from collections.abc import Sequence
from dataclasses import replace
from functools import partial
from pathlib import Path

import numpy as np
import pandas as pd
import torch

from ..artifacts import file_sha256, fingerprint, is_complete, save_json, save_table, write_card
from ..artifacts.runs import Run
from ..errors import require
from .batches import Batches
from .checkpoints import save_weights
from .config import TrainConfig
from .cross_validation import refuse_other_parameters
from .curves import training_curves
from .device import choose_device, choose_precision, device_name
from .experiment import Experiment
from .jobs import run_jobs
from .loop import fit

SELECTED_ON = {
    "training_accuracy": "training accuracy of all samples",
    "epochs_from_cv": "mean best epoch of the cross-validation",
}


def complete_folder(experiment: Experiment, mode: str) -> Path:
    """Beside the cross-validation of `experiment`."""
    return experiment.folder.with_name(f"{experiment.folder.name}-complete-{mode}")


def complete_weights_path(folder: Path) -> Path:
    return folder / "weights" / "complete.safetensors"


def fit_complete(
    experiments: Sequence[Experiment],
    config: TrainConfig,
    mode: str,
    cv: Sequence[Run] | None = None,
    workers: int | None = None,
) -> list[Path]:
    """Train a network on all samples of every experiment, where that has not been done (quirk Q21).

    It is a training of its own with ``config.seed``; the protocol, the monitor and the seed mode of
    the cross-validation have no say in it.

    Args:
        mode: ``"training_accuracy"``, as published: stop when the running training accuracy has not
            risen for ``config.patience`` epochs, keep the best epoch. ``"epochs_from_cv"``: train
            for the mean best epoch of the folds, rounded, and keep the last epoch.
        cv: the experiments' cross-validations, in order; needed by ``"epochs_from_cv"`` alone.
        workers: processes; all cores by default, 1 on CUDA and MPS.

    Returns:
        one folder per experiment (:func:`complete_folder`): ``config.json``, ``history.parquet``,
        ``weights/complete.safetensors``, ``tensorboard/``, and ``card.json`` of kind "complete".

    Raises:
        InputError: unknown mode; a cross-validation is missing or of another experiment; a folder
            holds a network trained with other data or parameters.
    """
    require(mode in SELECTED_ON, f"complete {mode!r}, expected one of {', '.join(SELECTED_ON)}")
    device = choose_device(config.device)
    folders = [complete_folder(experiment, mode) for experiment in experiments]
    require(len(set(folders)) == len(folders), "two experiments share a folder, so one would overwrite the other")
    epochs = [config.epochs] * len(experiments)
    if mode == "epochs_from_cv":
        require(
            cv is not None and len(cv) == len(experiments), f"{mode} needs the cross-validation of every experiment"
        )
        epochs = [mean_best_epoch(e, config, run) for e, run in zip(experiments, cv, strict=True)]
    jobs, total = [], 0
    for experiment, folder, budget in zip(experiments, folders, epochs, strict=True):
        parameters = {**experiment.parameters(config), "complete": mode, "complete_epochs": budget}
        refuse_other_parameters(folder, parameters)
        if not is_complete(folder, parameters):
            limited = replace(config, epochs=budget)
            jobs.append(partial(_train_complete, experiment, limited, mode, folder, parameters))
            total += budget
    run_jobs(jobs, epochs=total, device=device, workers=workers)
    return folders


def mean_best_epoch(experiment: Experiment, config: TrainConfig, cv: Run) -> int:
    """Rounded mean over the folds of the epoch that was kept; `cv` must be the run of `experiment`."""
    require(
        fingerprint(cv.card["parameters"]) == fingerprint(experiment.parameters(config)),
        f"{cv.folder}: not the cross-validation of this experiment and these parameters",
    )
    return round(np.mean([fold["best_epoch"] for fold in cv.card["folds"]]))


def _train_complete(
    experiment: Experiment, config: TrainConfig, mode: str, folder: Path, parameters: dict, tell
) -> None:
    started = time.perf_counter()
    shutil.rmtree(folder, ignore_errors=True)  # what an interrupted attempt left
    device = choose_device(config.device)
    data = Batches(experiment.images, experiment.guidance, experiment.labels, len(experiment.classes), device)
    torch.manual_seed(config.seed)
    model = experiment.build_model()
    everything = np.arange(len(data))
    with training_curves(folder / "tensorboard" / "complete", tell) as record:
        last = mode == "epochs_from_cv"
        result = fit(model, data, everything, None, config, seed=config.seed, keep_last=last, on_epoch=record)
    save_json(folder / "config.json", parameters)
    save_table(folder / "history.parquet", pd.DataFrame(result.history))
    save_weights(complete_weights_path(folder), model)
    write_card(
        folder,
        "complete",
        parameters,
        selected_on=SELECTED_ON[mode],
        reported_on="nothing, as no sample was held out",
        samples=len(data),
        best_epoch=result.best_epoch,
        stopped_early=result.stopped_early,
        epochs_run=len(result.history),
        seeds=[config.seed],
        device=[device_name(device)],
        precision=[str(choose_precision(config.precision, device)).removeprefix("torch.")],
        parameters_in_model=sum(p.numel() for p in model.parameters()),
        seconds=round(time.perf_counter() - started, 1),
        weights={complete_weights_path(folder).name: file_sha256(complete_weights_path(folder))},
    )
    tell(config.epochs - len(result.history))
