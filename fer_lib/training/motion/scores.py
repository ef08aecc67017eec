"""How well predicted masks meet the motion masks of their classes."""

from collections.abc import Iterator

import numpy as np
import pandas as pd
import torch
from torch import Tensor, nn

from ...models.frame import to_size
from ..device import half_precision
from ..experiment import Experiment
from .batches import MotionBatches

COLUMNS = ("sample_id", "fold", "stage", "label", "error", "correlation", "nearest")


def mask_rows(
    experiment: Experiment,
    fold: int,
    stage: str,
    model: nn.Module,
    batches: MotionBatches,
    index: np.ndarray,
    dtype: torch.dtype,
) -> pd.DataFrame:
    """A row for each image at `index`.

    Args:
        model: FMPN with predicted masks.
        stage: what `model` has been through, ``"generator"`` or ``"joint"``.

    Returns:
        ``sample_id, fold, stage, label``; ``error``: mean squared error in [0, 1] to the mask of the image's own class,
        both cut as for scoring; ``correlation``: Pearson's with it, in −1 … 1, NaN where either has one value alone;
        ``nearest``: the class whose mask has the smallest error.
    """
    labels, parts = batches.labels[_positions(index, batches)], []
    for chosen, masks, targets in _predicted(model, batches, index, dtype):
        own = batches.labels[chosen]
        errors = squared_errors(masks, targets)
        found = errors.gather(1, own[:, None])[:, 0], correlations(masks, targets[own]), errors.argmin(1)
        parts.append([values.cpu() for values in found])
    error, correlation, nearest = (torch.cat(values).numpy() for values in zip(*parts, strict=True))
    rows = {"sample_id": experiment.sample_ids[index], "fold": fold, "stage": stage, "label": labels.cpu().numpy()}
    return pd.DataFrame({**rows, "error": error, "correlation": correlation, "nearest": nearest})[list(COLUMNS)]


def mask_loss(model: nn.Module, batches: MotionBatches, index: np.ndarray, dtype: torch.dtype) -> float:
    """Mean error of the images at `index`."""
    total = torch.zeros((), device=batches.device, dtype=batches.dtype)
    for chosen, masks, targets in _predicted(model, batches, index, dtype):
        total += (masks - targets[batches.labels[chosen]]).square().flatten(1).mean(1).sum()
    return total.item() / len(index)


def squared_errors(masks: Tensor, targets: Tensor) -> Tensor:
    """(N, K) mean squared errors of every mask (N, 1, H, W) to every target (K, 1, H, W)."""
    return torch.stack([(masks - target).square().flatten(1).mean(1) for target in targets], 1)


def correlations(masks: Tensor, targets: Tensor) -> Tensor:
    """(N,) Pearson correlations over the pixels of masks with the targets beside them; NaN where one is constant."""
    one, other = (values.flatten(1) - values.flatten(1).mean(1, keepdim=True) for values in (masks, targets))
    return (one * other).sum(1) / (one.norm(dim=1) * other.norm(dim=1))


@torch.inference_mode()
def _predicted(model, batches, index, dtype) -> Iterator[tuple[Tensor, Tensor, Tensor]]:
    """Positions of some images, their predicted masks, and the masks of all classes, as large."""
    model.eval()
    targets = to_size(batches.masks, model.image_size)
    for chosen in _positions(index, batches).split(batches.evaluation_batch):
        with half_precision(batches.device, dtype):
            masks, _ = model.generator(to_size(batches.grey(chosen), model.image_size))
        yield chosen, masks.to(batches.dtype), targets


def _positions(index: np.ndarray, batches: MotionBatches) -> Tensor:
    return torch.as_tensor(np.asarray(index, dtype=np.int64), device=batches.device)
