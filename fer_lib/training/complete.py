"""Networks trained on every sample: what transfer learning starts from.

Nothing is held out, so nothing is scored: such a folder has no predictions and is never a result.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
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
from .device import choose_device, choose_precision, device_name, input_dtype
from .experiment import Experiment
from .fine_tuning import require_something_learned
from .fold_files import UNFINISHED, clear_folder
from .job import Job
from .loop import fit
from .parallel import is_first
from .resuming import Checkpoint
from .schedule import train_jobs
from .stacked_checkpoint import remove_stacks

SELECTED_ON = {
    "training_accuracy": "training accuracy of all samples",
    "epochs_from_cv": "mean best epoch of the cross-validation",
}
KEPT = {"training_accuracy": "best", "epochs_from_cv": "last"}


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

    It is a training of its own with ``config.seed``; the protocol, the monitor, the seed mode and
    the kept epoch of the cross-validation have no say in it.

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
    choose_device(config.device)  # one that is absent is told before anything is written
    folders = [complete_folder(experiment, mode) for experiment in experiments]
    require(len(set(folders)) == len(folders), "two experiments share a folder, so one would overwrite the other")
    epochs = [config.epochs] * len(experiments)
    if mode == "epochs_from_cv":
        require(
            cv is not None and len(cv) == len(experiments), f"{mode} needs the cross-validation of every experiment"
        )
        epochs = [mean_best_epoch(e, config, run) for e, run in zip(experiments, cv, strict=True)]
    jobs = []
    for experiment, folder, budget in zip(experiments, folders, epochs, strict=True):
        require_something_learned(experiment, config)
        parameters = {**experiment.parameters(config), "complete": mode, "complete_epochs": budget}
        refuse_other_parameters(folder, parameters)
        if not is_complete(folder, parameters):
            # every network is trained by itself, whatever the folds of the cross-validation did
            limited = replace(config, epochs=budget, seed_mode="per_fold", keep=KEPT[mode])
            jobs.append(CompleteJob(experiment, limited, mode, folder, parameters))
    train_jobs(jobs, workers)
    if is_first():
        remove_stacks(folders)
        for folder in folders:
            (folder / UNFINISHED).unlink(missing_ok=True)  # a kill after the card was written left it
    return folders


def mean_best_epoch(experiment: Experiment, config: TrainConfig, cv: Run) -> int:
    """Rounded mean over the folds of the epoch that was kept; `cv` must be the run of `experiment`."""
    require(
        fingerprint(cv.card["parameters"]) == fingerprint(experiment.parameters(config)),
        f"{cv.folder}: not the cross-validation of this experiment and these parameters",
    )
    return round(np.mean([fold["best_epoch"] for fold in cv.card["folds"]]))


@dataclass(frozen=True)
class CompleteJob(Job):
    """A network that learns from every sample of `experiment`."""

    mode: str
    folder: Path
    parameters: dict

    @property
    def seed(self) -> int:
        return self.config.seed

    @property
    def card_folder(self) -> Path:
        return self.folder

    @property
    def card_parameters(self) -> dict:
        return self.parameters

    @property
    def curves(self) -> Path:
        return self.folder / "tensorboard" / "complete"

    def parts(self):
        return np.arange(len(self.experiment.labels)), None, None

    def clear(self) -> None:
        clear_folder(self.folder, keep_checkpoint=False)

    def train_alone(self, tell, engine) -> None:
        checkpoint = Checkpoint(self.folder / UNFINISHED, {"complete": self.parameters}, self.config)
        clear_folder(self.folder, keep_checkpoint=True)
        device, dtype = choose_device(self.config.device), input_dtype(self.config.precision)
        e, (train, select, _) = self.experiment, self.parts()
        data = Batches(e.images, self.guidance, e.labels, len(e.classes), device, dtype)
        torch.manual_seed(self.seed)
        model = e.build_model()
        with training_curves(self.curves, tell) as record:
            result = fit(
                model, data, train, select, self.config, seed=self.seed, on_epoch=record, checkpoint=checkpoint
            )
        self.store(model, data, result, seconds=checkpoint.seconds, engine=engine)
        checkpoint.remove()
        tell(self.config.epochs - len(result.history))

    def store(self, model, data, result, *, seconds, engine) -> None:
        if not is_first():
            return
        weights = complete_weights_path(self.folder)
        save_json(self.folder / "config.json", self.parameters)
        save_table(self.folder / "history.parquet", pd.DataFrame(result.history))
        save_weights(weights, model)
        write_card(
            self.folder,
            "complete",
            self.parameters,
            selected_on=SELECTED_ON[self.mode],
            reported_on="nothing, as no sample was held out",
            samples=len(data),
            best_epoch=result.best_epoch,
            stopped_early=result.stopped_early,
            epochs_run=len(result.history),
            seeds=[self.seed],
            device=[device_name(data.device)],
            engine=[engine],
            precision=[str(choose_precision(self.config.precision, data.device)).removeprefix("torch.")],
            parameters_in_model=sum(p.numel() for p in model.parameters()),
            seconds=round(seconds, 1),
            weights={weights.name: file_sha256(weights)},
        )
