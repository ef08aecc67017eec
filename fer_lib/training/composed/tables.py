"""The tables that a fold leaves beside those of every run."""

import numpy as np
import pandas as pd
import torch
from torch import nn

from ..batches import Batches
from ..device import half_precision
from ..experiment import Experiment
from ..fold_files import prediction_rows
from ..loop import EVALUATION_BATCH
from .part import Part
from .scores import ComposedScores


def synthetic_rows(
    experiment: Experiment, fold: int, part: Part, trained: ComposedScores, untrained: ComposedScores
) -> pd.DataFrame:
    """A row for each tested composition.

    Returns:
        ``sample_id`` (that of the face, ``#`` and a number from 0), ``face``, the columns of predictions (``split`` is
        "test"), ``coverage``, ``mass``, ``untrained_mass``, ``error``, ``untrained_error``, ``input_error``: see
        :class:`~fer_lib.training.composed.scores.ComposedScores`; NaN for networks without attention.
    """
    faces = part.index[trained.faces.cpu().numpy()]
    rows = prediction_rows(experiment, fold, "test", faces, trained.logits)
    rows.insert(1, "face", rows["sample_id"])
    rows["sample_id"] = rows["face"] + "#" + rows.groupby("face").cumcount().astype(str)
    for name, values in (
        ("coverage", trained.coverage),
        ("mass", trained.mass),
        ("untrained_mass", untrained.mass),
        ("error", trained.error),
        ("untrained_error", untrained.error),
        ("input_error", trained.input_error),
    ):
        rows[name] = np.float32(np.nan) if values is None else values.float().cpu().numpy()
    return rows


@torch.inference_mode()
def embedding_rows(
    experiment: Experiment, fold: int, model: nn.Module, batches: Batches, train, test, most: int, dtype: torch.dtype
) -> pd.DataFrame:
    """Embeddings of the real faces: ``sample_id, fold, split, label, z_0 …`` float32.

    Args:
        train, test: positions; of the former at most `most`, evenly taken.
    """
    if len(train) > most:
        train = train[np.linspace(0, len(train) - 1, most).round().astype(int)]
    model.eval()
    parts = []
    for split, index in (("train", train), ("test", test)):
        found = []
        for chosen in torch.as_tensor(index, device=batches.device).split(EVALUATION_BATCH):
            with half_precision(batches.device, dtype):
                found.append(model.embed(*batches[chosen][0]).float().cpu())
        values = torch.cat(found).numpy()
        columns = {f"z_{place}": values[:, place] for place in range(values.shape[1])}
        known = {"sample_id": experiment.sample_ids[index], "fold": fold, "split": split}
        parts.append(pd.DataFrame({**known, "label": experiment.labels[index], **columns}))
    return pd.concat(parts, ignore_index=True)


@torch.inference_mode()
def noise_rows(
    experiment: Experiment, fold: int, model: nn.Module, batches: Batches, test, levels, seed: int, dtype: torch.dtype
) -> pd.DataFrame:
    """Answers to real faces under Gaussian noise, clipped to grey values: ``sample_id, fold, sigma, label, predicted``.

    The noise of a face is the same at every level but for its strength, and for all networks.
    """
    model.eval()
    parts = []
    chunks = torch.as_tensor(test, device=batches.device).split(EVALUATION_BATCH)
    for sigma in levels:
        generator, answers = torch.Generator().manual_seed(seed), []
        for chosen in chunks:
            image = batches[chosen][0][0]
            noise = torch.randn(image.shape, generator=generator).to(image)
            disturbed = (image + 2 * sigma * noise).clamp(-1, 1)
            with half_precision(batches.device, dtype):
                answers.append(model(disturbed).argmax(1).cpu())
        rows = {"sample_id": experiment.sample_ids[test], "fold": fold, "sigma": sigma}
        rows |= {"label": experiment.labels[test], "predicted": torch.cat(answers).numpy()}
        parts.append(pd.DataFrame(rows))
    columns = ["sample_id", "fold", "sigma", "label", "predicted"]
    return pd.concat(parts, ignore_index=True) if parts else pd.DataFrame(columns=columns)
