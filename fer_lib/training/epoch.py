"""One epoch of one network: batches changed and made harder, gradients, steps."""

from dataclasses import dataclass

import torch
from torch import Tensor

from ..models.precision import at_least_float32
from .augmentation import augmented
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


def train_epoch(model, batches, index: Tensor, theta: Tensor | None, steps: Steps, weight, dtype) -> dict:
    """Train `model` on the images at `index`, in that order: ``train_loss`` and ``train_accuracy`` of the history row.

    Args:
        theta: changes of the images, (len(index), 2, 3), or None.
        weight: of the classes, or None; dtype: of autocast.
    """
    loss_sum = torch.zeros((), device=batches.device, dtype=batches.dtype)
    correct = torch.zeros((), device=batches.device)
    theta = None if theta is None else theta.to(batches.device, batches.dtype)
    config, size = steps.config, steps.config.batch_size
    seen = len(index) - (len(index) % size == 1)  # batch norm has no variance of one sample
    chunks = index[:seen].split(size)
    steps.optimizer.zero_grad(set_to_none=True)
    for number, chosen in enumerate(chunks):
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
        if (number + 1) % config.accumulate == 0 or number + 1 == len(chunks):
            steps.take()
        loss_sum += loss.detach() * len(chosen)
        correct += (logits.argmax(1) == labels).sum()
    return {"train_loss": loss_sum.item() / seen, "train_accuracy": correct.item() / seen}


def image_side(config: TrainConfig, epoch: int) -> int:
    """Side of the training images of `epoch` (from 1): each of ``config.image_sizes`` for equally many epochs."""
    return config.image_sizes[(epoch - 1) * len(config.image_sizes) // config.epochs]
