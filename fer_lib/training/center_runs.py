"""Trainings with centre loss on disk: one fold each, with its predictions and its features."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from functools import partial
from pathlib import Path

import numpy as np
import pandas as pd
import torch

from ..artifacts import file_sha256, is_complete, read_table, require_card, save_json, save_table, write_card
from ..errors import require
from .batches import Batches
from .center_fit import CenterFit, Embedding, fit_center_loss, require_possible
from .center_loss import CenterConfig
from .checkpoints import save_weights
from .config import TrainConfig
from .cross_validation import _selected_on, refuse_other_parameters
from .curves import training_curves
from .device import choose_device, choose_precision, device_name, input_dtype
from .experiment import Experiment
from .fold_files import UNFINISHED, clear_folder, curves_path, prediction_rows, weights_path
from .jobs import run_jobs
from .loop import predict_logits
from .resuming import Checkpoint
from .trained import untrained_network

KIND = "center_loss"
TABLES = ("history", "predictions", "features", "centers")


@dataclass(frozen=True)
class CenterRun:
    """A finished training; d features, K classes.

    Attributes:
        history: a row per epoch, see :func:`~fer_lib.training.center_fit.fit_center_loss`.
        predictions: as a :class:`~fer_lib.artifacts.runs.Run`'s, of the one fold.
        features: ``epoch, sample_id, split`` ("train", "validation": the part that selected, or "test"), ``label, x_0 …
            x_{d−1}``: every sample at every snapshot and at the kept epoch, in evaluation mode.
        centers: ``epoch, label, x_0 … x_{d−1}``; no rows of epochs without centre loss.
    """

    folder: Path
    card: dict
    history: pd.DataFrame
    predictions: pd.DataFrame
    features: pd.DataFrame
    centers: pd.DataFrame

    @property
    def best_epoch(self) -> int:
        """The one that is kept; predictions are its."""
        return self.card["best_epoch"]


def load_center_run(folder: str | Path) -> CenterRun:
    """Read a finished training. Raises InputError where none is, or another kind of folder."""
    folder = Path(folder)
    card = require_card(folder, "train it first")
    require(card["kind"] == KIND, f"{folder}: a card of kind {card['kind']!r}, expected {KIND!r}")
    return CenterRun(folder, card, **{name: read_table(folder / f"{name}.parquet") for name in TABLES})


def center_parameters(experiment: Experiment, config: TrainConfig, center: CenterConfig, fold: int) -> dict:
    """Everything that decides the content of a folder."""
    return {**experiment.parameters(config), "center_loss": asdict(center), "fold": fold}


def train_center_loss(
    experiments: Sequence[Experiment],
    config: TrainConfig,
    centers: Sequence[CenterConfig],
    fold: int,
    workers: int | None = None,
) -> list[CenterRun]:
    """Train `fold` of each experiment that is not on disk yet with the entry of `centers` at its place, and load all.

    Args:
        config: of all; ``config.seed`` + `fold` is the seed, as in a cross-validation.
        workers: processes; all cores by default, 1 on CUDA and MPS.

    Raises:
        InputError: no such fold, two experiments share a folder, a folder holds something made with other data or
            parameters, or what ``fit_center_loss`` raises.
    """
    planned = list(zip(experiments, centers, strict=True))
    require(len({e.folder for e in experiments}) == len(planned), "two experiments share a folder, expected one each")
    todo = []
    for experiment, center in planned:
        known = ", ".join(map(str, experiment.fold_ids))
        require(fold in experiment.fold_ids, f"{experiment.folder.name}: no fold {fold} (has {known})")
        parameters = center_parameters(experiment, config, center, fold)
        with torch.device("meta"):  # what cannot be is told before anything is written
            require_possible(untrained_network(parameters), config, center)
        refuse_other_parameters(experiment.folder, parameters)
        if not is_complete(experiment.folder, parameters):
            todo.append(partial(_train, experiment, config, center, fold))
    run_jobs(todo, epochs=config.epochs * len(todo), device=choose_device(config.device), workers=workers)
    return [load_center_run(experiment.folder) for experiment, _ in planned]


def _train(experiment: Experiment, config: TrainConfig, center: CenterConfig, fold: int, tell) -> None:
    e, device = experiment, choose_device(config.device)
    checkpoint = Checkpoint(e.folder / UNFINISHED, {KIND: center_parameters(e, config, center, fold)}, config)
    clear_folder(e.folder, keep_checkpoint=True)
    train, select, test = e.split(fold, config)
    data = Batches(e.images, e.guidance_of(fold), e.labels, len(e.classes), device, input_dtype(config.precision))
    torch.manual_seed(config.seed + fold)
    model = e.build_model()
    watch = None if config.protocol == "reference" else test
    with training_curves(curves_path(e.folder, fold), tell) as record:
        result = fit_center_loss(
            model,
            data,
            train,
            select,
            config,
            center,
            seed=config.seed + fold,
            watch=watch,
            on_epoch=record,
            checkpoint=checkpoint,
        )
    tell(config.epochs - len(result.history))

    dtype = choose_precision(config.precision, device)
    scored = {"test": test} if config.protocol == "reference" else {"test": test, "validation": select}
    logits = {split: predict_logits(model, data, part, dtype) for split, part in scored.items()}
    predictions = [prediction_rows(e, fold, split, part, logits[split]) for split, part in scored.items()]
    save_json(e.folder / "config.json", center_parameters(e, config, center, fold))
    save_table(e.folder / "history.parquet", pd.DataFrame(result.history))
    save_table(e.folder / "predictions.parquet", pd.concat(predictions, ignore_index=True))
    features, centers = _embedding_tables(e, {"train": train, **scored}, result)
    save_table(e.folder / "features.parquet", features)
    save_table(e.folder / "centers.parquet", centers)
    weights = weights_path(e.folder, fold)
    save_weights(weights, model)
    write_card(
        e.folder,
        KIND,
        center_parameters(e, config, center, fold),
        selected_on=_selected_on(e, config),
        reported_on="outer fold",
        samples={"train": len(train), "select": len(select), "test": len(test)},
        best_epoch=result.best_epoch,
        stopped_early=result.stopped_early,
        epochs_run=len(result.history),
        seeds=[config.seed + fold],
        device=[device_name(device)],
        precision=[str(dtype).removeprefix("torch.")],
        parameters_in_model=sum(p.numel() for p in model.parameters()),
        seconds=round(checkpoint.seconds, 1),
        weights={weights.name: file_sha256(weights)},
    )
    checkpoint.remove()


def _embedding_tables(e: Experiment, parts: dict[str, np.ndarray], result: CenterFit):
    split = np.full(len(e.labels), "", dtype=object)
    for name, index in parts.items():
        split[index] = name
    used = split != ""  # samples that are never tested and never trained on are in no part
    rows = pd.DataFrame({"sample_id": e.sample_ids, "split": split, "label": e.labels})[used]
    epochs: dict[int, Embedding] = {**result.snapshots, result.best_epoch: result.kept}
    features, centers = [], []
    for epoch, found in sorted(epochs.items()):
        columns = [f"x_{k}" for k in range(found.features.shape[1])]
        placed = pd.DataFrame(found.features[used], columns=columns, index=rows.index)
        features.append(pd.concat([rows, placed], axis=1).assign(epoch=epoch))
        points = np.empty((0, len(columns)), np.float32) if found.centers is None else found.centers
        centers.append(pd.DataFrame(points, columns=columns).assign(label=np.arange(len(points)), epoch=epoch))
    return pd.concat(features, ignore_index=True), pd.concat(centers, ignore_index=True)
