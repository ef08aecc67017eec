"""Batches of photographs for one process of several."""

import os
from collections.abc import Iterator, Sequence

import torch
from torch import Tensor
from torch.utils.data import DataLoader, DistributedSampler, Sampler

from ...errors import InputError
from ...resources import cores
from ..parallel import rank, world_size
from .config import ImageNetConfig
from .folders import Photographs


class TrainingOrder(DistributedSampler):
    """(position, epoch) of this process's share, shuffled by seed and epoch. Shares are of equal length: of a set that
    is no multiple of the processes, less than one photograph for each is left out, others in every epoch."""

    def __init__(self, photographs: Photographs, seed: int):
        super().__init__(photographs, world_size(), rank(), shuffle=True, seed=seed, drop_last=True)

    def __iter__(self) -> Iterator[tuple[int, int]]:
        return ((position, self.epoch) for position in super().__iter__())


class ScoringOrder(Sampler):
    """(position, 0) of every photograph that this process scores: each one is in exactly one process, so that shares
    may differ by one."""

    def __init__(self, photographs: Photographs):
        self.positions = range(rank(), len(photographs), world_size())

    def __iter__(self) -> Iterator[tuple[int, int]]:
        return ((position, 0) for position in self.positions)

    def __len__(self) -> int:
        return len(self.positions)


def make_loader(photographs: Photographs, order: Sampler, config: ImageNetConfig, device: torch.device) -> DataLoader:
    """Batches of (uint8 (B, 3, H, W), labels), read ahead by processes of their own."""
    workers = max(1, cores() // _processes_here()) if config.workers is None else config.workers
    size = config.share(world_size())
    return DataLoader(
        photographs,
        batch_size=size,
        sampler=order,
        # batch norm has no variance of one photograph
        drop_last=photographs.random and size > 1 and len(order) % size == 1,
        num_workers=workers,
        collate_fn=_batch,
        pin_memory=device.type == "cuda",
        persistent_workers=workers > 0,
        prefetch_factor=4 if workers else None,
    )


def photographs_of(batch: tuple[Tensor, Tensor] | InputError, device: torch.device) -> tuple[Tensor, Tensor]:
    """A batch on `device`, or what was wrong with one of its files raised."""
    if isinstance(batch, InputError):
        raise batch
    images, labels = batch
    return images.to(device, non_blocking=True), labels.to(device, non_blocking=True)


def _batch(samples: Sequence[tuple[Tensor, int] | InputError]) -> tuple[Tensor, Tensor] | InputError:
    for sample in samples:
        if isinstance(sample, InputError):
            return sample
    images, labels = zip(*samples, strict=True)
    return torch.stack(images), torch.tensor(labels)


def _processes_here() -> int:
    """That train on this machine."""
    return int(os.environ.get("LOCAL_WORLD_SIZE", world_size()))
