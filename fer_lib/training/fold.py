"""Train one fold, one model alone, and leave everything about it on disk."""

import shutil
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import torch

from ..artifacts import is_complete
from ..errors import require
from .batches import Batches
from .checkpoints import read_weights, save_tensors
from .config import TrainConfig
from .curves import training_curves
from .device import choose_device, input_dtype
from .experiment import Experiment
from .fold_files import (
    clear_fold,
    curves_path,
    fold_checkpoint,
    fold_folder,
    fold_parameters,
    generators_path,
    store_fold,
)
from .job import Job
from .loop import fit
from .randomness import generator_state, set_generator_state


def train_fold(
    experiment: Experiment,
    config: TrainConfig,
    fold: int,
    on_epoch: Callable[[int], None] | None = None,
    engine: str = "sequential",
) -> None:
    """Train one fold unless it is already complete; where its training was interrupted, from its last checkpoint.

    With ``seed_mode="once"`` the fold before it must be complete: its generators are read from disk,
    so that an interrupted run goes on exactly where one without interruption would be (on the same
    type of device; on another one its folds are trained again from the first).

    Args:
        on_epoch: told how many epochs of the budget are over: 1 after each epoch, and the rest
            of the budget when the fold stopped early or had been done before.
        engine: for the card, why the fold was trained alone.
    """
    report = on_epoch or (lambda epochs: None)
    if is_complete(fold_folder(experiment.folder, fold), fold_parameters(experiment, config, fold)):
        report(config.epochs)
        return
    checkpoint = fold_checkpoint(experiment, config, fold)
    clear_fold(experiment, fold, keep_checkpoint=True)
    device = choose_device(config.device)
    train, select, test = experiment.split(fold, config)
    dtype = input_dtype(config.precision)
    guidance = experiment.guidance_of(fold)
    data = Batches(experiment.images, guidance, experiment.labels, len(experiment.classes), device, dtype)

    seed = _seed(experiment, config, fold, device)
    model = experiment.build_model()
    watch = None if config.protocol == "reference" else test
    with training_curves(curves_path(experiment.folder, fold), report) as record:
        result = fit(model, data, train, select, config, seed=seed, watch=watch, on_epoch=record, checkpoint=checkpoint)
    if config.seed_mode == "once":
        save_tensors(generators_path(experiment.folder, fold), generator_state(device))
    store_fold(experiment, config, fold, model, data, result, seconds=checkpoint.seconds, engine=engine)
    checkpoint.remove()
    report(config.epochs - len(result.history))


@dataclass(frozen=True)
class FoldJob(Job):
    """One fold of one run."""

    fold: int

    @property
    def guidance(self):
        return self.experiment.guidance_of(self.fold)

    @property
    def seed(self) -> int:
        return self.config.seed + self.fold

    @property
    def card_folder(self) -> Path:
        return fold_folder(self.experiment.folder, self.fold)

    @property
    def card_parameters(self) -> dict:
        return fold_parameters(self.experiment, self.config, self.fold)

    @property
    def curves(self) -> Path:
        return curves_path(self.experiment.folder, self.fold)

    def parts(self):
        train, select, test = self.experiment.split(self.fold, self.config)
        return train, select, None if self.config.protocol == "reference" else test

    def clear(self) -> None:
        clear_fold(self.experiment, self.fold)

    def train_alone(self, tell, engine) -> None:
        train_fold(self.experiment, self.config, self.fold, tell, engine)

    def store(self, model, data, result, *, seconds, engine) -> None:
        store_fold(self.experiment, self.config, self.fold, model, data, result, seconds=seconds, engine=engine)


def _seed(experiment: Experiment, config: TrainConfig, fold: int, device: torch.device) -> int | None:
    """Seed torch for `fold`, or go on where the fold before it ended; returns what :func:`fit` takes as `seed`."""
    if config.seed_mode == "per_fold":
        torch.manual_seed(config.seed + fold)
        return config.seed + fold
    run, folds = experiment.folder, experiment.fold_ids
    position = folds.index(fold)
    for later in folds[position + 1 :]:  # they went on from an earlier training of this fold
        shutil.rmtree(fold_folder(run, later), ignore_errors=True)
    if position == 0:
        torch.manual_seed(config.seed)
        return None
    before = folds[position - 1]
    require(
        is_complete(fold_folder(run, before), fold_parameters(experiment, config, before)),
        f"{run}: seeded once, fold {fold} goes on from fold {before}, which is not complete; train that first",
    )
    set_generator_state(read_weights(generators_path(run, before)), device)
    return None
