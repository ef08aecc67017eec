"""Train and score one fold, and leave everything about it on disk."""

import shutil
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pandas as pd
import torch

from ..artifacts import is_complete, save_table, write_card
from ..errors import require
from .batches import Batches
from .checkpoints import read_weights, save_tensors, save_weights
from .config import TrainConfig
from .curves import training_curves
from .device import choose_device, choose_precision, device_name
from .experiment import Experiment
from .loop import fit, predict_logits
from .randomness import generator_state, set_generator_state


def fold_folder(run: Path, fold: int) -> Path:
    return run / "folds" / str(fold)


def weights_path(run: Path, fold: int) -> Path:
    return run / "weights" / f"fold{fold}.safetensors"


def generators_path(run: Path, fold: int) -> Path:
    """Where torch's generators stood when `fold` was trained; kept while the run is unfinished."""
    return fold_folder(run, fold) / "generators.safetensors"


def train_fold(
    experiment: Experiment, config: TrainConfig, fold: int, on_epoch: Callable[[int], None] | None = None
) -> None:
    """Train one fold unless it is already complete.

    With ``seed_mode="once"`` the fold before it must be complete: its generators are read from disk,
    so that an interrupted run goes on exactly where one without interruption would be (on the same
    type of device; on another one its folds are trained again from the first).

    Args:
        on_epoch: told how many epochs of the budget are over: 1 after each epoch, and the rest
            of the budget when the fold stopped early or had been done before.
    """
    folder = fold_folder(experiment.folder, fold)
    parameters = _parameters(experiment, config, fold)
    report = on_epoch or (lambda epochs: None)
    if is_complete(folder, parameters):
        report(config.epochs)
        return
    shutil.rmtree(folder, ignore_errors=True)  # an old card would vouch for the new tables, were this interrupted
    started = time.perf_counter()
    device = choose_device(config.device)
    train, select, test = experiment.split(fold, config)
    data = Batches(experiment.images, experiment.guidance, experiment.labels, len(experiment.classes), device)

    seed = _seed(experiment, config, fold, device)
    model = experiment.build_model()
    watch = None if config.protocol == "reference" else test
    with training_curves(experiment.folder / "tensorboard" / f"fold{fold}", report) as record:
        result = fit(model, data, train, select, config, seed=seed, watch=watch, on_epoch=record)
    if config.seed_mode == "once":
        save_tensors(generators_path(experiment.folder, fold), generator_state(device))

    dtype = choose_precision(config.precision, device)
    parts = {"test": test} if config.protocol == "reference" else {"test": test, "validation": select}
    predictions = pd.concat(
        _predictions(experiment, fold, name, index, predict_logits(model, data, index, dtype, result.dropout_seed))
        for name, index in parts.items()
    )
    save_table(folder / "history.parquet", pd.DataFrame(result.history).assign(fold=fold))
    save_table(folder / "predictions.parquet", predictions)
    save_table(folder / "theta.parquet", _theta(experiment, fold, model, data, test))
    save_weights(weights_path(experiment.folder, fold), model)
    write_card(
        folder,
        "fold",
        parameters,
        samples={"train": len(train), "select": len(select), "test": len(test)},
        best_epoch=result.best_epoch,
        stopped_early=result.stopped_early,
        epochs_run=len(result.history),
        device=device_name(device),
        precision=str(dtype).removeprefix("torch."),
        parameters_in_model=sum(p.numel() for p in model.parameters()),
        seconds=round(time.perf_counter() - started, 2),
    )
    report(config.epochs - len(result.history))


def _parameters(experiment: Experiment, config: TrainConfig, fold: int) -> dict:
    parameters = {**experiment.parameters(config), "fold": fold}
    if config.seed_mode == "once":  # the generators of one type of device cannot be set on another
        parameters["device"] = choose_device(config.device).type
    return parameters


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
        is_complete(fold_folder(run, before), _parameters(experiment, config, before)),
        f"{run}: seeded once, fold {fold} goes on from fold {before}, which is not complete; train that first",
    )
    set_generator_state(read_weights(generators_path(run, before)), device)
    return None


def _predictions(experiment: Experiment, fold: int, split: str, index: np.ndarray, logits: torch.Tensor):
    probabilities = logits.softmax(1).cpu().numpy()
    return pd.DataFrame(
        {
            "sample_id": experiment.sample_ids[index],
            "fold": fold,
            "split": split,
            "label": experiment.labels[index],
            "predicted": probabilities.argmax(1),
            **{f"p_{k}": probabilities[:, k].astype(np.float16) for k in range(probabilities.shape[1])},
        }
    )


@torch.inference_mode()
def _theta(experiment: Experiment, fold: int, model, data: Batches, index: np.ndarray) -> pd.DataFrame:
    columns = ["sample_id", "fold", *(f"theta_{i}" for i in range(6))]
    if not hasattr(model, "theta"):
        return pd.DataFrame(columns=columns)
    model.eval()
    chosen = torch.as_tensor(index, device=data.device)
    # the localization network looks at the guidance, or at the image where there is none
    values = torch.cat([model.theta(data[part][0][-1]) for part in chosen.split(512)]).flatten(1).cpu().numpy()
    table = pd.DataFrame(values, columns=columns[2:]).assign(sample_id=experiment.sample_ids[index], fold=fold)
    return table[columns]
