"""What a trained fold leaves on disk."""

import shutil
from pathlib import Path

import numpy as np
import pandas as pd
import torch
from torch import nn

from ..artifacts import save_table, write_card
from ..artifacts.cards import CARD
from .batches import Batches
from .checkpoints import save_weights
from .config import TrainConfig
from .device import choose_device, choose_precision, device_name
from .experiment import Experiment
from .loop import Fit, predict_logits
from .parallel import is_first
from .resuming import Checkpoint

#: Name of the checkpoint in the folder of what is trained, and of those of its stages.
UNFINISHED = "unfinished.safetensors"


def fold_folder(run: Path, fold: int) -> Path:
    return run / "folds" / str(fold)


def weights_path(run: Path, fold: int) -> Path:
    return run / "weights" / f"fold{fold}.safetensors"


def curves_path(run: Path, fold: int) -> Path:
    return run / "tensorboard" / f"fold{fold}"


def generators_path(run: Path, fold: int) -> Path:
    """Where torch's generators stood when `fold` was trained; kept while the run is unfinished."""
    return fold_folder(run, fold) / "generators.safetensors"


def fold_parameters(experiment: Experiment, config: TrainConfig, fold: int) -> dict:
    """Everything that decides the fold's content."""
    parameters = {**experiment.parameters(config), "fold": fold}
    if config.seed_mode == "once":  # the generators of one type of device cannot be set on another
        parameters["device"] = choose_device(config.device).type
    return parameters


def fold_checkpoint(experiment: Experiment, config: TrainConfig, fold: int, stage: str | None = None) -> Checkpoint:
    """Of a fold that is trained by itself, or of a stage of its training."""
    path = fold_folder(experiment.folder, fold) / UNFINISHED
    path = path if stage is None else path.with_stem(f"{path.stem}-{stage}")
    return Checkpoint(path, {"fold": fold_parameters(experiment, config, fold)}, config)


def clear_fold(experiment: Experiment, fold: int, keep_checkpoint: bool = False) -> None:
    """Before training: an old card would vouch for the new tables, were the training interrupted."""
    clear_folder(fold_folder(experiment.folder, fold), keep_checkpoint)


def clear_folder(folder: Path, keep_checkpoint: bool) -> None:
    """Remove what an earlier or interrupted attempt left, first of all the card, as it vouches for the rest; by the
    first of several processes alone."""
    if not is_first() or not folder.is_dir():
        return
    (folder / CARD).unlink(missing_ok=True)
    for path in folder.iterdir():
        if path.is_dir() and not path.is_symlink():
            shutil.rmtree(path, ignore_errors=True)
        elif not (keep_checkpoint and path.match("unfinished*.safetensors")):
            path.unlink(missing_ok=True)


def store_fold(
    experiment: Experiment,
    config: TrainConfig,
    fold: int,
    model: nn.Module,
    data: Batches,
    result: Fit,
    *,
    seconds: float,
    engine: str,
) -> None:
    """Score the fold with `model`, which holds the best weights, and write tables, weights and card; in the first of
    several processes alone.

    Args:
        seconds: of training.
        engine: which one trained, and why, for the card.
    """
    if not is_first():
        return
    folder = fold_folder(experiment.folder, fold)
    train, select, test = experiment.split(fold, config)
    dtype = choose_precision(config.precision, data.device)
    parts = {"test": test} if config.protocol == "reference" else {"test": test, "validation": select}
    predictions = pd.concat(
        prediction_rows(experiment, fold, name, index, predict_logits(model, data, index, dtype, result.dropout_seed))
        for name, index in parts.items()
    )
    save_table(folder / "history.parquet", pd.DataFrame(result.history).assign(fold=fold))
    save_table(folder / "predictions.parquet", predictions)
    save_table(folder / "theta.parquet", _theta(experiment, fold, model, data, test))
    save_weights(weights_path(experiment.folder, fold), model)
    write_card(
        folder,
        "fold",
        fold_parameters(experiment, config, fold),
        samples={"train": len(train), "select": len(select), "test": len(test)},
        best_epoch=result.best_epoch,
        stopped_early=result.stopped_early,
        epochs_run=len(result.history),
        device=device_name(data.device),
        engine=engine,
        precision=str(dtype).removeprefix("torch."),
        parameters_in_model=sum(p.numel() for p in model.parameters()),
        seconds=round(seconds, 2),
    )


def prediction_rows(
    experiment: Experiment, fold: int, split: str, index: np.ndarray, logits: torch.Tensor
) -> pd.DataFrame:
    """What is kept of the answers to the samples at `index`: see :class:`fer_lib.artifacts.runs.Run`."""
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
