"""Train and score one fold, and leave everything about it on disk."""

import shutil
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pandas as pd
import torch
from torch.utils.tensorboard import SummaryWriter

from ..artifacts import is_complete, save_table, write_card
from ..models import create_model
from .batches import Batches
from .checkpoints import save_weights
from .config import TrainConfig
from .device import choose_device, choose_precision, device_name
from .experiment import Experiment
from .loop import fit, predict_logits


def fold_folder(run: Path, fold: int) -> Path:
    return run / "folds" / str(fold)


def weights_path(run: Path, fold: int) -> Path:
    return run / "weights" / f"fold{fold}.safetensors"


def train_fold(
    experiment: Experiment, config: TrainConfig, fold: int, on_epoch: Callable[[int], None] | None = None
) -> None:
    """Train one fold unless it is already complete.

    Args:
        on_epoch: told how many epochs of the budget are over: 1 after each epoch, and the rest
            of the budget when the fold stopped early or had been done before.
    """
    folder = fold_folder(experiment.folder, fold)
    parameters = {**experiment.parameters(config), "fold": fold}
    report = on_epoch or (lambda epochs: None)
    if is_complete(folder, parameters):
        report(config.epochs)
        return
    shutil.rmtree(folder, ignore_errors=True)  # an old card would vouch for the new tables, were this interrupted
    started = time.perf_counter()
    device = choose_device(config.device)
    train, select, test = experiment.split(fold, config)
    data = Batches(experiment.images, experiment.guidance, experiment.labels, len(experiment.classes), device)

    torch.manual_seed(config.seed + fold)
    model = create_model(experiment.model, num_classes=len(experiment.classes))
    curves = experiment.folder / "tensorboard" / f"fold{fold}"
    shutil.rmtree(curves, ignore_errors=True)  # an interrupted attempt would draw a second curve over this one
    with SummaryWriter(curves) as board:

        def record(row: dict) -> None:
            for key, value in row.items():
                if key != "epoch":
                    board.add_scalar(key, value, row["epoch"])
            report(1)

        watch = None if config.protocol == "reference" else test
        result = fit(model, data, train, select, config, seed=config.seed + fold, watch=watch, on_epoch=record)

    dtype = choose_precision(config.precision, device)
    parts = {"test": test} if config.protocol == "reference" else {"test": test, "validation": select}
    predictions = pd.concat(
        _predictions(experiment, fold, name, index, predict_logits(model, data, index, dtype))
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
