"""Epochs of training and the one that is kept."""

import time
from collections.abc import Callable

import torch
from torch import nn
from torch.utils.data import DataLoader, Dataset

from ...errors import require
from ...progress import progress
from .config import SaliencyConfig
from .losses import divergence


def fit_saliency(
    model: nn.Module,
    train: Dataset,
    val: Dataset,
    config: SaliencyConfig,
    device: torch.device,
    keep: Callable[[], None],
) -> list[dict]:
    """Train `model` in place.

    Args:
        train, val: of (picture, map) as :class:`~fer_lib.training.saliency.folders.Fixations`.
        keep: called after each epoch whose validation divergence is the smallest so far, when `model` has its weights.

    Returns:
        A row per epoch: ``epoch``, ``train_divergence`` (while training), ``val_divergence``, ``seconds``.

    Raises:
        InputError: no epoch has a finite divergence.
    """
    order = torch.Generator().manual_seed(config.seed)
    batches = DataLoader(train, config.batch_size, shuffle=True, generator=order)
    scored = DataLoader(val, config.batch_size)
    optimizer = torch.optim.Adam(model.parameters(), lr=config.learning_rate)
    history, best = [], float("inf")
    total = config.epochs * (len(batches) + len(scored))
    with progress(total=total, label="training on fixations", unit="batch") as bar:
        for epoch in range(1, config.epochs + 1):
            started = time.perf_counter()
            model.train()
            trained = _mean(_losses(model, batches, device, bar, optimizer))
            model.eval()
            with torch.inference_mode():
                row = {
                    "epoch": epoch,
                    "train_divergence": trained,
                    "val_divergence": _mean(_losses(model, scored, device, bar)),
                }
            history.append({**row, "seconds": time.perf_counter() - started})
            if row["val_divergence"] < best:
                best = row["val_divergence"]
                keep()
    require(best < float("inf"), "no epoch has a finite validation divergence, expected a smaller learning_rate")
    return history


def _losses(model, batches, device, bar, optimizer=None):
    """(divergence, pictures) of each batch; a step after each one where there is an optimizer."""
    for pictures, seen in batches:
        loss = divergence(model(pictures.to(device)), seen.to(device))
        if optimizer is not None:
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
        bar.update(1)
        yield loss.detach(), len(pictures)


def _mean(losses) -> float:
    values, counts = zip(*losses, strict=True)
    return float((torch.stack(values).cpu().double() * torch.tensor(counts)).sum() / sum(counts))
