"""The training loop on compositions."""

import time
from collections.abc import Callable

import numpy as np
import torch
from torch import nn

from ..augmentation import augmentation_generator
from ..batches import Batches
from ..compositions import appearance
from ..config import TrainConfig
from ..course import Course
from ..device import choose_precision
from ..loop import Fit, part_scores, predict_logits
from ..one_cycle import one_cycle
from ..resuming import NOWHERE, Checkpoint
from ..selection import stopping_rule
from ..structured import ClassCycling
from .config import ComposedConfig
from .objective import terms
from .part import Part
from .scores import composed_scores


def fit_composed(
    model: nn.Module,
    train: Part,
    select: Part,
    num_classes: int,
    config: TrainConfig,
    composed: ComposedConfig,
    *,
    seed: int,
    batches: Batches | None = None,
    watch: np.ndarray | None = None,
    on_epoch: Callable[[dict], None] | None = None,
    checkpoint: Checkpoint = NOWHERE,
) -> Fit:
    """Train `model` in place on compositions of `train` and leave it with the weights of the best epoch, or of the last
    (``config.keep``).

    Args:
        model: on the device.
        select: whose fixed compositions choose the epoch.
        seed: of faces, placements, appearance, mixing and dropout.
        batches, watch: real faces and which of them are scored every epoch for the record only.
        on_epoch: receives each history row as soon as it exists; those of an interrupted training first.
        checkpoint: where the training is kept between epochs, and goes on from.

    Returns:
        Fit. A history row has ``epoch`` (from 1), ``train_loss`` (cross-entropy), ``train_accuracy``,
        ``attention_loss`` and ``rep_loss`` (without their weights), ``centre_accuracy`` (embeddings nearest to the
        centre of their class in the batch), where the network has them, all running;
        ``select_loss``, ``select_accuracy``, the monitored score where that is another, ``select_mass`` (share of the
        attention inside the faces); ``watch_loss``, ``watch_accuracy``; ``learning_rate``, the epoch's first;
        ``seconds``.

    Raises:
        InputError: a class without a training face.
    """
    device, dtype = train.device, choose_precision(config.precision, train.device)
    optimizer = torch.optim.Adam(
        model.parameters(), config.learning_rate, amsgrad=composed.amsgrad, fused=device.type in ("cpu", "cuda")
    )
    cycle = one_cycle(optimizer, composed.epoch_length, config)
    faces = ClassCycling(train.labels.cpu().numpy(), np.arange(len(train.labels)), num_classes, seed, device)
    torch.manual_seed(seed)  # dropout
    stopping = stopping_rule(config.keep, config.patience)
    parts = {"model": model, "optimizer": optimizer, "cycle": cycle, "stopping": stopping}
    course = Course(checkpoint, device, parts, {})  # each epoch has random streams of its own
    for row in course.history if on_epoch else ():
        on_epoch(row)
    for epoch in range(course.epochs + 1, config.epochs + 1):
        started = time.perf_counter()
        if composed.decay_every:
            for group in optimizer.param_groups:
                group["lr"] = config.learning_rate * 0.1 ** ((epoch - 1) // composed.decay_every)
        row = {"epoch": epoch, "learning_rate": optimizer.param_groups[0]["lr"]}
        row |= _train_epoch(model, train, faces, epoch, num_classes, optimizer, cycle, config, composed, dtype, seed)
        scored = composed_scores(model, select, composed.select_per_face, composed.fixed_seed, dtype)
        row |= part_scores("select", scored.logits, select.labels[scored.faces], None, config.monitor)
        if scored.mass is not None:
            row["select_mass"] = scored.mass.mean().item()
        if watch is not None:
            logits = predict_logits(model, batches, watch, dtype)
            labels = batches.labels[torch.as_tensor(watch, device=device)]
            row |= part_scores("watch", logits, labels, None, config.monitor)
        course.history.append(row | {"seconds": time.perf_counter() - started})
        if stopping.improved(epoch, row[f"select_{config.monitor}"]):
            course.best = {key: value.detach().clone() for key, value in model.state_dict().items()}
        if on_epoch:
            on_epoch(course.history[-1])
        if stopping.should_stop(epoch):
            break
        course.keep()
    model.load_state_dict(course.best)
    return Fit(course.history, stopping.best_epoch, course.epochs < config.epochs)


def _train_epoch(
    model, train: Part, faces: ClassCycling, epoch: int, num_classes, optimizer, cycle, config, composed, dtype, seed
) -> dict:
    """Running scores of the history row."""
    device, size, length = train.device, config.batch_size, composed.epoch_length
    own = next(model.parameters()).dtype
    order = faces.epoch(epoch, length)
    streams = [int(state) for state in np.random.SeedSequence(seed, spawn_key=(5, epoch)).generate_state(3)]
    placement = train.compositions.draw(length, augmentation_generator(streams[0]))
    changes, random = augmentation_generator(streams[1]), np.random.default_rng(streams[2])
    sums, correct, seen = torch.zeros(4, device=device), torch.zeros((), device=device), 0
    model.train()
    for start in range(0, length - (length % size == 1), size):  # batch norm needs two
        chosen = order[start : start + size]
        composition = train.compositions.compose(chosen, placement.of(start, size))
        image = (2 * appearance(composition.image, composed.appearance, changes) - 1).to(own)
        labels = train.labels[chosen]
        found = terms(model, image, composition, labels, num_classes, composed, dtype, random)
        optimizer.zero_grad(set_to_none=True)
        found.total.backward()
        optimizer.step()
        if cycle is not None:
            cycle.step()
        zero = found.cross_entropy.new_zeros(())
        told = (found.cross_entropy, found.attention, found.rep, found.nearest)
        sums += torch.stack([zero if part is None else part.to(zero) for part in told]).detach() * len(chosen)
        correct += (found.logits.argmax(1) == labels).sum()
        seen += len(chosen)
    row = {"train_loss": (sums[0] / seen).item(), "train_accuracy": correct.item() / seen}
    names = ("attention_loss", "rep_loss", "centre_accuracy")
    for place, (name, part) in enumerate(zip(names, told[1:], strict=True), start=1):
        if part is not None:
            row[name] = (sums[place] / seen).item()
    return row
