"""Train one network on a folder of photographs, in one process or in several, and leave what other trainings start
from."""

import time
import warnings
from collections.abc import Callable, Iterator
from contextlib import contextmanager, nullcontext
from pathlib import Path

import numpy as np
import pandas as pd
import torch
from torch import nn
from torch.nn.parallel import DistributedDataParallel

from ...artifacts import alone, is_complete, read_card, save_json, save_table
from ...errors import require
from ...progress import progress
from ..cross_validation import refuse_other_parameters
from ..curves import training_curves
from ..device import NAMES, choose_precision
from ..parallel import add_up, checked, is_first, own_seed, process_group, wait_for_all, world_size
from ..shares import average_statistics
from .checkpoint import NAME, load_checkpoint, save_checkpoint
from .config import ImageNetConfig
from .epoch import score, train_epoch
from .folders import Photographs, both_parts
from .loaders import ScoringOrder, TrainingOrder, make_loader
from .output import CONFIG, finish, refuse_other_configuration


def train_imagenet(folder: str | Path, out: str | Path, config: ImageNetConfig) -> dict:
    """Train ``config.model`` on the photographs in `folder`, where that has not been done, and return the card.

    Called by every process that torchrun starts, it trains one network in all of them; the first one writes.

    After each epoch everything is on disk, and the same call goes on from there, with as many processes or others. On a
    CPU with as many processes, an interrupted training ends with the same bits as one without interruption, whatever
    the number of workers; so it does on a GPU as far as its kernels add up in a fixed order, which cuDNN's do not by
    default. Another number of processes sees the same batches of the same random parts, but rounds otherwise,
    normalises other shares of a batch, and draws other dropout masks.

    Args:
        folder: with ``train/<class>/`` and ``val/<class>/``.
        out: ``config.json``, ``history.parquet``, ``tensorboard/``, ``checkpoint.safetensors`` until the last epoch,
            then ``weights/complete.safetensors`` and ``card.json`` of kind "complete":
            :func:`~fer_lib.training.source.read_source` and :func:`~fer_lib.training.trained.trained_network` take it.

    Raises:
        InputError: what :func:`~fer_lib.training.imagenet.folders.both_parts`, :class:`ImageNetConfig` and
            :func:`~fer_lib.training.parallel.process_group` say; `out` holds a training with another configuration or
            is in use; a photograph that cannot be read.
    """
    folder, out = Path(folder), Path(out)
    with process_group(config.device) as device:
        train, val, parameters = checked(lambda: _read(folder, out, config, device))
        if not is_complete(out, parameters):
            with alone(out, "a training") if is_first() else nullcontext():
                _train(train, val, out, config, parameters, device)
        wait_for_all()
    return read_card(out)


def _read(
    folder: Path, out: Path, config: ImageNetConfig, device: torch.device
) -> tuple[Photographs, Photographs, dict]:
    """Photographs and what is recorded of the training, after all that can be found out before it."""
    config.share(world_size())
    require(
        device.type == "cuda" or not config.sync_batch_norm,
        f"sync_batch_norm on {device.type}, expected device cuda: torch has it for no other",
    )
    train, val = both_parts(folder, config)
    require(
        len(train) >= 2 * world_size(),
        f"{train.root}: {len(train)} photographs for {world_size()} processes, expected at least two for each",
    )
    config.require_takes_photographs(len(train.classes))
    parameters = _recorded(folder, config, train, val, device)
    refuse_other_configuration(out, parameters)
    refuse_other_parameters(out, parameters)
    return train, val, parameters


def _recorded(folder: Path, config: ImageNetConfig, train: Photographs, val: Photographs, device: torch.device) -> dict:
    """Everything that decides the result."""
    return {
        "model": config.model,
        "model_options": config.options(),
        "classes": list(train.classes),
        "dataset": folder.resolve().name,
        "content": {"train_files": train.fingerprint(), "val_files": val.fingerprint()},
        "training": {**config.identity(), "precision": NAMES[choose_precision(config.precision, device)]},
    }


def _train(
    train: Photographs, val: Photographs, out: Path, config: ImageNetConfig, parameters: dict, device: torch.device
) -> None:
    dtype = choose_precision(config.precision, device)
    torch.manual_seed(config.seed)
    model = config.build(len(train.classes)).to(device, memory_format=torch.channels_last)
    if config.sync_batch_norm:
        model = nn.SyncBatchNorm.convert_sync_batchnorm(model)
    optimizer = torch.optim.SGD(
        model.parameters(),
        lr=config.learning_rate,
        momentum=config.momentum,
        weight_decay=config.weight_decay,
        fused=device.type in ("cpu", "cuda"),
    )
    history = load_checkpoint(out / NAME, model, optimizer)
    _require_one_start(out, len(history), device)
    wrapped = _exchanging_gradients(model) if world_size() > 1 else model
    trained = torch.compile(wrapped) if config.compile else wrapped
    order, scoring = TrainingOrder(train, config.seed), ScoringOrder(val)
    batches, scored = make_loader(train, order, config, device), make_loader(val, scoring, config, device)
    if is_first():
        save_json(out / CONFIG, parameters)
    planned = (config.epochs * len(batches), len(history) * len(batches))
    with (
        _bar(*planned, f"{config.model} on {parameters['dataset']}") as tell,
        training_curves(out / "tensorboard", lambda epochs: None) as record,
    ):
        for row in history:
            record(row)
        for epoch in range(len(history) + 1, config.epochs + 1):
            started = time.perf_counter()
            rate = config.rate(epoch)
            for group in optimizer.param_groups:
                group["lr"] = rate
            order.set_epoch(epoch)
            _seed(config.seed, epoch)
            row, seen = train_epoch(trained, wrapped, batches, optimizer, config.accumulate, device, dtype, tell)
            trained_for = time.perf_counter() - started
            average_statistics(model)
            scores, count = score(model, scored, device, dtype)
            assert count == len(val), f"{count} photographs scored, {len(val)} in {val.root}"
            seconds = time.perf_counter() - started
            rest = {"images_per_second": seen / trained_for, "processes": world_size(), "seconds": seconds}
            history.append({"epoch": epoch, "learning_rate": rate, **row, **scores, **rest})
            record(history[-1])
            if is_first():
                save_checkpoint(out / NAME, model, optimizer, history)
                save_table(out / "history.parquet", pd.DataFrame(history))
    if is_first():
        finish(out, model, parameters, {"train": len(train), "val": len(val)}, history, device, dtype)


def _exchanging_gradients(model: nn.Module) -> DistributedDataParallel:
    """Statistics are averaged before they are scored and stored; to send the first one's before each batch gains
    nothing."""
    with warnings.catch_warnings():  # torch 2.15 wants a name for it that older versions do not know
        warnings.filterwarnings("ignore", "`broadcast_buffers`", FutureWarning)
        return DistributedDataParallel(model, broadcast_buffers=False)


def _seed(seed: int, epoch: int) -> None:
    """What an epoch draws depends on nothing that was drawn before, so that it can be the first after a restart."""
    torch.manual_seed(own_seed(int(np.random.SeedSequence((seed, epoch)).generate_state(1)[0])))


def _require_one_start(out: Path, epochs: int, device: torch.device) -> None:
    everybody = add_up(torch.tensor(float(epochs), device=device)).item()
    require(
        everybody == epochs * world_size(),
        f"{out}: processes found different checkpoints in it, expected a folder that all machines share",
    )


@contextmanager
def _bar(total: int, done: int, label: str) -> Iterator[Callable[[int], None]]:
    """What hears of finished batches; a single process shows them."""
    if not is_first():
        yield lambda batches: None
        return
    with progress(total=total, initial=done, label=label, unit="batch") as bar:
        yield bar.update
