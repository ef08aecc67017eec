"""A learning rate that rises and falls once, from step to step."""

from math import ceil

import torch
from torch.optim.lr_scheduler import OneCycleLR

from .config import TrainConfig

RISE = 0.2  # share of all steps
LAST = 1e-4  # of the first rate, itself a 25th of the highest
FEWEST = 10  # steps that torch can divide so; fewer go only the beginning of the way


def steps_per_epoch(images: int, config: TrainConfig) -> int:
    """Optimizer steps; a last batch of a single image is left out."""
    size = config.batch_size
    return ceil(ceil((images - (images % size == 1)) / size) / config.accumulate)


def one_cycle(optimizer: torch.optim.Optimizer, images: int, config: TrainConfig) -> OneCycleLR | None:
    """torch's rule over all planned epochs, to be stepped after every optimizer step; None with another schedule. It is
    the highest rate of each group of parameters that its settings name."""
    if config.schedule != "one_cycle":
        return None
    return OneCycleLR(
        optimizer,
        [group["lr"] for group in optimizer.param_groups],
        total_steps=max(FEWEST, config.epochs * steps_per_epoch(images, config)),
        pct_start=RISE,
        final_div_factor=1 / LAST,
        cycle_momentum=False,
    )
