"""Stage 1: the mask generator learns its classes' motion masks, alone."""

import time
from collections.abc import Callable

import numpy as np
import torch
from torch import nn

from ..config import TrainConfig
from ..course import Course
from ..device import choose_precision, half_precision
from ..resuming import NOWHERE, Checkpoint
from .batches import MotionBatches
from .config import MotionConfig
from .crops import crop
from .losses import mask_error
from .order import Order
from .rates import Rates
from .scores import mask_loss

BETAS = (0.5, 0.999)


def fit_generator(
    model: nn.Module,
    batches: MotionBatches,
    train: np.ndarray,
    select: np.ndarray | None,
    config: TrainConfig,
    motion: MotionConfig,
    *,
    seed: int,
    on_epoch: Callable[[dict], None] | None = None,
    checkpoint: Checkpoint = NOWHERE,
) -> list[dict]:
    """Train ``model.generator`` in place on the grey faces at `train` for all of ``motion.mask_epochs``.

    Args:
        model: FMPN with predicted masks, on the device; nothing but its generator changes.
        select: positions scored for the record only, as masks have no bearing on which epoch is best.
        seed: of order, crops and dropout.
        on_epoch: receives each history row as soon as it exists; those of an interrupted training first.
        checkpoint: where the training is kept between epochs and after the last, and goes on from.

    Returns:
        History rows: ``epoch`` (from 1), ``mask_loss`` (running), ``select_mask_loss`` (where asked for; centre crops),
        ``learning_rate``, ``seconds``.
    """
    device, dtype, size = batches.device, choose_precision(config.precision, batches.device), model.image_size
    optimizer = make_adam([(model.generator.parameters(), motion.mask_learning_rate)], device)
    rates = Rates(optimizer, motion.policy, motion.mask_epochs, motion.mask_decay, motion.legacy_lr_lambda)
    order = Order(train, seed, motion.mask_batch_size, motion.augmentation, device)
    torch.manual_seed(seed)  # dropout
    parts = {"generator": model.generator, "optimizer": optimizer, "rates": rates}
    course = Course(checkpoint, device, parts, order.generators)
    for row in course.history if on_epoch else ():
        on_epoch(row)
    for epoch in range(course.epochs + 1, motion.mask_epochs + 1):
        started, row = time.perf_counter(), {"epoch": epoch}
        rate, total = rates.begin(epoch), torch.zeros((), device=device, dtype=batches.dtype)
        model.train()
        for chosen, draw in order.epoch():
            target = crop(batches.targets(chosen), draw, size)
            with half_precision(device, dtype):
                mask, _ = model.generator(crop(batches.grey(chosen), draw, size))
            loss = mask_error(mask, target)
            optimizer.zero_grad(set_to_none=True)
            loss.backward()
            optimizer.step()
            total += loss.detach() * len(chosen)
        row["mask_loss"] = total.item() / order.seen
        rates.end(row["mask_loss"])
        if select is not None:
            row["select_mask_loss"] = mask_loss(model, batches, select, dtype)
        course.history.append(row | {"learning_rate": rate, "seconds": time.perf_counter() - started})
        if on_epoch:
            on_epoch(course.history[-1])
        course.keep(always=epoch == motion.mask_epochs)
    return course.history


def make_adam(groups, device: torch.device) -> torch.optim.Adam:
    """Of both stages: no weight decay; `groups` are (parameters, learning rate)."""
    settings = [{"params": list(parameters), "lr": rate} for parameters, rate in groups]
    return torch.optim.Adam(settings, betas=BETAS, fused=device.type in ("cpu", "cuda"))
