"""Train one fold with motion priors and leave everything about it on disk."""

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pandas as pd
import torch

from ...artifacts import save_table
from ..checkpoints import save_weights
from ..curves import training_curves
from ..device import choose_device, choose_precision, input_dtype
from ..fold_files import clear_fold, curves_path, fold_checkpoint, fold_folder, store_fold
from .batches import MotionBatches
from .generator_stage import fit_generator
from .joint_stage import fit_joint
from .scores import COLUMNS, mask_rows
from .task import MotionTask

MASK_HISTORY = ("fold", "epoch", "mask_loss", "select_mask_loss", "learning_rate", "seconds")


def generator_path(run: Path, fold: int) -> Path:
    """Weights of the generator as stage 1 left it."""
    return run / "generators" / f"fold{fold}.safetensors"


def train_motion_fold(task: MotionTask, fold: int, tell: Callable[[int], None]) -> None:
    """Train `fold` through both stages; `tell` learns of epochs that are over."""
    e, config, motion = task.recorded, task.config, task.motion
    first, second = fold_checkpoint(e, config, fold, "generator"), fold_checkpoint(e, config, fold)
    clear_fold(e, fold, keep_checkpoint=True)
    device, seed = choose_device(config.device), config.seed + fold
    dtype = choose_precision(config.precision, device)
    train, select, test = e.split(fold, config)
    data = MotionBatches(
        e.images, task.masks_of(fold), task.shown, e.labels, len(e.classes), device, input_dtype(config.precision)
    )
    torch.manual_seed(seed)
    model = e.build_model().to(device, data.dtype, memory_format=torch.channels_last)
    masks, mask_history = [], []
    if task.predicts:
        with training_curves(curves_path(e.folder, fold).with_name(f"fold{fold}-generator"), tell) as record:
            mask_history = fit_generator(
                model,
                data,
                train,
                select,
                config,
                motion,
                seed=stage_seed(seed),
                on_epoch=record,
                checkpoint=first,
            )
        save_weights(generator_path(e.folder, fold), model.generator)
        masks.append(mask_rows(e, fold, "generator", model, data, test, dtype))
    watch = None if config.protocol == "reference" else test
    with training_curves(curves_path(e.folder, fold), tell) as record:
        result = fit_joint(
            model, data, train, select, config, motion, seed=seed, watch=watch, on_epoch=record, checkpoint=second
        )
    if task.predicts:
        masks.append(mask_rows(e, fold, "joint", model, data, test, dtype))
    folder = fold_folder(e.folder, fold)
    save_table(folder / "masks.parquet", pd.concat(masks) if masks else pd.DataFrame(columns=list(COLUMNS)))
    history = pd.DataFrame(mask_history, columns=list(MASK_HISTORY)).assign(fold=fold)
    save_table(folder / "mask_history.parquet", history)
    store_fold(
        e,
        config,
        fold,
        model,
        data,
        result,
        seconds=max(first.seconds, second.seconds),
        engine="sequential (two stages)",
    )
    first.remove()
    second.remove()
    tell(config.epochs - len(result.history))


def stage_seed(seed: int) -> int:
    """Of stage 1. The joint stage has `seed` itself, so that variants with and without masks see the same batches."""
    return int(np.random.SeedSequence(seed, spawn_key=(2,)).generate_state(1)[0])
