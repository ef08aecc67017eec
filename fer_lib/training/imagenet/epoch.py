"""One epoch on photographs: steps, and scores in which every photograph of every process counts once."""

from collections.abc import Callable
from contextlib import nullcontext

import torch
import torch.nn.functional as F
from torch import Tensor, nn
from torch.nn.parallel import DistributedDataParallel
from torch.utils.data import DataLoader

from ...models.precision import at_least_float32
from ..device import half_precision
from ..parallel import add_up
from .loaders import photographs_of


class Totals:
    """Sums over an epoch's photographs, on the device: reading them any sooner would make it wait."""

    def __init__(self, device: torch.device):
        precise = torch.float32 if device.type == "mps" else torch.float64  # which that device has not
        self._sums = torch.zeros(4, dtype=precise, device=device)

    def add(self, loss: Tensor, logits: Tensor, labels: Tensor) -> None:
        """`loss` is the mean over the batch."""
        best = logits.topk(min(5, logits.shape[1]), dim=1).indices == labels[:, None]
        count = torch.tensor(float(len(labels)), device=labels.device)
        self._sums += torch.stack([loss.detach() * count, best[:, 0].sum(), best.sum(), count])

    def row(self, part: str) -> tuple[dict[str, float], int]:
        """``<part>_loss``, ``<part>_top1`` and ``<part>_top5`` over all processes, and how many photographs they
        are of."""
        loss, top1, top5, count = add_up(self._sums.clone()).tolist()
        return {f"{part}_loss": loss / count, f"{part}_top1": top1 / count, f"{part}_top5": top5 / count}, int(count)


def train_epoch(
    trained: nn.Module,
    model: nn.Module,
    loader: DataLoader,
    optimizer: torch.optim.Optimizer,
    accumulate: int,
    device: torch.device,
    dtype: torch.dtype,
    tell: Callable[[int], None],
) -> tuple[dict[str, float], int]:
    """Train on every batch of `loader`; what :meth:`Totals.row` says, of running weights.

    Args:
        trained: what computes the logits: `model`, perhaps compiled, perhaps wrapped so that processes exchange
            gradients.
        model: that wrapper, or the network itself in a single process.
        accumulate: batches whose mean gradient makes one step; so does what is left at the end.
        tell: hears 1 after each batch.
    """
    totals = Totals(device)
    trained.train()
    optimizer.zero_grad(set_to_none=True)
    for number, batch in enumerate(loader):
        images, labels = scaled(batch, device)
        of_step = min(accumulate, len(loader) - number // accumulate * accumulate)
        last = (number + 1) % accumulate == 0 or number + 1 == len(loader)
        waiting = isinstance(model, DistributedDataParallel) and not last
        with model.no_sync() if waiting else nullcontext():  # gradients are exchanged once a step
            with half_precision(device, dtype):
                logits = trained(images)
            logits = at_least_float32(logits)
            loss = F.cross_entropy(logits, labels)
            (loss / of_step).backward()
        if last:
            optimizer.step()
            optimizer.zero_grad(set_to_none=True)
        totals.add(loss, logits, labels)
        tell(1)
    return totals.row("train")


@torch.inference_mode()
def score(
    model: nn.Module, loader: DataLoader, device: torch.device, dtype: torch.dtype
) -> tuple[dict[str, float], int]:
    """What :meth:`Totals.row` says of `model` in evaluation mode on the photographs of `loader` and of the other
    processes' loaders."""
    totals = Totals(device)
    model.eval()
    for batch in loader:
        images, labels = scaled(batch, device)
        with half_precision(device, dtype):
            logits = model(images)
        logits = at_least_float32(logits)
        totals.add(F.cross_entropy(logits, labels), logits, labels)
    return totals.row("val")


def scaled(batch, device: torch.device) -> tuple[Tensor, Tensor]:
    """(float32 (B, 3, H, W) in [-1, 1], channels last, labels) on `device`: bytes travel, numbers are made there."""
    images, labels = photographs_of(batch, device)
    return images.contiguous(memory_format=torch.channels_last).float().div_(127.5).sub_(1), labels
