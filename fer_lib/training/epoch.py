"""One epoch of one network: batches changed and made harder, gradients, steps."""

import time
from collections.abc import Callable
from dataclasses import dataclass, field, fields

import torch
from torch import Tensor

from ..models.precision import at_least_float32
from .augmentation import augmented, draw_transforms
from .averaging import Average
from .config import TrainConfig
from .device import half_precision
from .disturbance import Disturbance


@dataclass
class Steps:
    """What makes an epoch's steps out of losses.

    Attributes:
        side: of the training images in pixels, None for their own.
    """

    optimizer: torch.optim.Optimizer
    cycle: torch.optim.lr_scheduler.LRScheduler | None
    average: Average
    disturbance: Disturbance
    config: TrainConfig
    side: int | None

    def take(self) -> None:
        self.optimizer.step()
        self.optimizer.zero_grad(set_to_none=True)
        if self.cycle is not None:
            self.cycle.step()
        self.average.update()


@dataclass
class UnderWay:
    """An epoch in progress.

    Attributes:
        index: training images in the order of this epoch, int64 (n,) on the device.
        theta: changes of the images, (n, 2, 3), or None.
        row: what its history row has already.
        loss_sum, correct: so far, on the device.
        batches: done.
        earlier: seconds before it was interrupted.
    """

    index: Tensor
    theta: Tensor | None
    row: dict
    loss_sum: Tensor
    correct: Tensor
    batches: int = 0
    earlier: float = 0.0
    started: float = field(default_factory=time.perf_counter)

    @property
    def seconds(self) -> float:
        return self.earlier + time.perf_counter() - self.started

    def state_dict(self) -> dict:
        kept = {own.name: getattr(self, own.name) for own in fields(self) if own.name != "started"}
        return {**kept, "earlier": self.seconds}

    @classmethod
    def of(cls, state: dict, device: torch.device) -> "UnderWay":
        """Where another one stood."""
        return cls(**{name: value.to(device) if isinstance(value, Tensor) else value for name, value in state.items()})


def begin_epoch(row: dict, train: Tensor, batches, config: TrainConfig, order, changes) -> UnderWay:
    """Draw order and changes of the images at `train`, from the generators `order` and `changes`."""
    shuffled = train[torch.randperm(len(train), generator=order).to(batches.device)]
    theta = draw_transforms(config.augmentation, len(train), batches.images.shape[1:3], changes)
    loss_sum = torch.zeros((), device=batches.device, dtype=batches.dtype)
    return UnderWay(shuffled, theta, row, loss_sum, torch.zeros((), device=batches.device))


def train_epoch(
    model, batches, epoch: UnderWay, steps: Steps, weight, dtype, after_step: Callable[[UnderWay], None] | None = None
) -> dict:
    """Train `model` on what is left of `epoch`: ``train_loss`` and ``train_accuracy`` of the history row.

    Args:
        weight: of the classes, or None; dtype: of autocast.
        after_step: called after each step of the optimizer.
    """
    theta = None if epoch.theta is None else epoch.theta.to(batches.device, batches.dtype)
    config, size = steps.config, steps.config.batch_size
    seen = len(epoch.index) - (len(epoch.index) % size == 1)  # batch norm has no variance of one sample
    chunks = epoch.index[:seen].split(size)
    steps.optimizer.zero_grad(set_to_none=True)
    for number, chosen in enumerate(chunks[epoch.batches :], epoch.batches):
        inputs, labels = batches[chosen]
        own = None if theta is None else theta[number * size :][: len(chosen)]
        images, *guidance = (augmented(config.augmentation, values, own, steps.side) for values in inputs)
        images, mixture = steps.disturbance.images(images, labels)
        with half_precision(batches.device, dtype):
            logits = model(images.contiguous(memory_format=torch.channels_last), *guidance)
        logits = at_least_float32(logits)
        loss = steps.disturbance.loss(logits, labels, weight, mixture)
        of_step = min(config.accumulate, len(chunks) - number // config.accumulate * config.accumulate)
        (loss / of_step).backward()
        epoch.loss_sum += loss.detach() * len(chosen)
        epoch.correct += (logits.argmax(1) == labels).sum()
        epoch.batches = number + 1
        if epoch.batches % config.accumulate == 0 or epoch.batches == len(chunks):
            steps.take()
            if after_step is not None:
                after_step(epoch)
    return {"train_loss": epoch.loss_sum.item() / seen, "train_accuracy": epoch.correct.item() / seen}


def first_entries(epoch: int, cycle, config: TrainConfig) -> dict:
    """What the history row of `epoch` has before it begins."""
    row = {"epoch": epoch}
    if cycle is not None:
        row["learning_rate"] = cycle.get_last_lr()[0]
    if config.image_sizes:
        row["image_side"] = image_side(config, epoch)
    return row


def image_side(config: TrainConfig, epoch: int) -> int:
    """Side of the training images of `epoch` (from 1): each of ``config.image_sizes`` for equally many epochs."""
    return config.image_sizes[(epoch - 1) * len(config.image_sizes) // config.epochs]
