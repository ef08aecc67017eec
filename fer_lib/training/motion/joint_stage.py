"""Stage 2: generator, fusion and classifier learn jointly."""

import time
from collections.abc import Callable

import numpy as np
import torch
import torch.nn.functional as F
from torch import nn

from ...models.precision import at_least_float32
from ..config import TrainConfig
from ..course import Course
from ..device import choose_precision, half_precision
from ..loop import Fit, loss_weight, part_scores, predict_logits
from ..resuming import NOWHERE, Checkpoint
from ..selection import stopping_rule
from .batches import MotionBatches
from .config import MotionConfig
from .crops import crop
from .generator_stage import make_adam
from .losses import joint_loss, mask_error
from .order import Order
from .rates import Rates


def fit_joint(
    model: nn.Module,
    batches: MotionBatches,
    train: np.ndarray,
    select: np.ndarray | None,
    config: TrainConfig,
    motion: MotionConfig,
    *,
    seed: int,
    watch: np.ndarray | None = None,
    on_epoch: Callable[[dict], None] | None = None,
    checkpoint: Checkpoint = NOWHERE,
) -> Fit:
    """Train `model` in place and leave it with the weights of the best epoch, or of the last (``config.keep``).

    Where it predicts masks, their error is part of the loss and its generator has a learning rate of its own; else the
    cross-entropy is all.

    Args:
        model: FMPN, on the device.
        select, watch, on_epoch: as :func:`fer_lib.training.loop.fit` takes them.
        seed: of order, crops and dropout.
        checkpoint: where the training is kept between epochs, and goes on from.

    Returns:
        Fit. A history row has ``epoch`` (from 1), ``train_loss`` (cross-entropy), ``train_accuracy``, ``mask_loss``
        (without its weight; where masks are predicted), all three running, ``learning_rate`` (of fusion and
        classifier), ``select_loss``, ``select_accuracy``, ``watch_loss``, ``watch_accuracy`` (where asked for; centre
        crops), the monitored score where it is another, and ``seconds``.
    """
    device, dtype = batches.device, choose_precision(config.precision, batches.device)
    weight = loss_weight(batches, train) if config.class_weighted else None
    optimizer = joint_optimizer(model, config, motion, device)
    rates = Rates(optimizer, motion.policy, config.epochs, motion.decay, motion.legacy_lr_lambda)
    order = Order(train, seed, config.batch_size, motion.augmentation, device)
    torch.manual_seed(seed)  # dropout
    stopping = stopping_rule(config.keep, config.patience)
    parts = {"model": model, "optimizer": optimizer, "rates": rates, "stopping": stopping}
    course = Course(checkpoint, device, parts, order.generators)
    for row in course.history if on_epoch else ():
        on_epoch(row)
    for epoch in range(course.epochs + 1, config.epochs + 1):
        started, rate = time.perf_counter(), rates.begin(epoch)
        row, loss = _train_epoch(model, batches, order, optimizer, motion, weight, dtype)
        rates.end(loss)
        row = {"epoch": epoch, **row, "learning_rate": rate}
        for name, part in (("select", select), ("watch", watch)):
            if part is not None:
                logits = predict_logits(model, batches, part, dtype)
                labels = batches.labels[torch.as_tensor(part, device=device)]
                row |= part_scores(name, logits, labels, weight, config.monitor)
        course.history.append(row | {"seconds": time.perf_counter() - started})
        score = row["train_accuracy"] if select is None else row[f"select_{config.monitor}"]
        if stopping.improved(epoch, score):
            course.best = {key: value.detach().clone() for key, value in model.state_dict().items()}
        if on_epoch:
            on_epoch(course.history[-1])
        if stopping.should_stop(epoch):
            break
        course.keep()
    model.load_state_dict(course.best)
    return Fit(course.history, stopping.best_epoch, course.epochs < config.epochs)


def joint_optimizer(
    model: nn.Module, config: TrainConfig, motion: MotionConfig, device: torch.device
) -> torch.optim.Adam:
    """Adam; fusion and classifier are the first group, a generator the second."""
    named = list(model.named_parameters())
    groups = [([own for name, own in named if not name.startswith("generator.")], config.learning_rate)]
    if len(groups[0][0]) < len(named):
        groups.append((model.generator.parameters(), motion.generator_learning_rate))
    return make_adam(groups, device)


def _train_epoch(model, batches, order: Order, optimizer, motion, weight, dtype) -> tuple[dict, float]:
    """Running scores of the history row, and the mean of the whole loss."""
    device, size = batches.device, model.image_size
    sums = torch.zeros(3, device=device, dtype=batches.dtype)  # cross-entropy, error of masks, whole loss
    correct = torch.zeros((), device=device)
    model.train()
    for chosen, draw in order.epoch():
        inputs, labels = batches[chosen]
        with half_precision(device, dtype):
            found = model.parts(*(crop(values, draw, size) for values in inputs))
        logits = at_least_float32(found.logits)
        cross_entropy = F.cross_entropy(logits, labels, weight)
        error = None
        if batches.predicts:
            error = mask_error(found.mask, crop(batches.targets(chosen), draw, size))
        loss = joint_loss(cross_entropy, error, motion.loss_preset)
        optimizer.zero_grad(set_to_none=True)
        loss.backward()
        optimizer.step()
        parts = torch.stack([cross_entropy, torch.zeros_like(loss) if error is None else error, loss])
        sums += parts.detach() * len(chosen)
        correct += (logits.argmax(1) == labels).sum()
    classified, masked, whole = (sums / order.seen).tolist()
    row = {"train_loss": classified, "train_accuracy": correct.item() / order.seen}
    return row | ({"mask_loss": masked} if batches.predicts else {}), whole
