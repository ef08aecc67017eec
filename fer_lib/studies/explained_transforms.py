"""What the transformers of notebook 12's networks do to the image, or to its features."""

import numpy as np
import pandas as pd
import torch

from ..evaluation.affine import affine_quantities, identity_deviation
from ..evaluation.explain.averages import group_means, outlines
from ..guidance.size import NETWORK_SIZE
from ..training.batches import normalise
from .explained_runs import Explained, ExplanationParameters, inputs_of, networks


def with_transformer(group: Explained) -> dict[str, pd.DataFrame]:
    """θ of all tested images of every variant that has a transformer."""
    return {variant: run.theta for variant, run in group.runs.items() if len(run.theta)}


def transform_table(thetas: dict[str, pd.DataFrame]) -> pd.DataFrame:
    """``variant, images, deviation`` (mean absolute difference of θ to the identity) and the medians of ``zoom``,
    ``rotation`` (°), ``shift_x`` and ``shift_y`` (half image widths)."""
    rows = [
        {
            "variant": variant,
            "images": len(theta),
            "deviation": identity_deviation(theta).mean(),
            **affine_quantities(theta).median(),
        }
        for variant, theta in thetas.items()
    ]
    return pd.DataFrame(rows)


def frames(group: Explained, rows: np.ndarray) -> dict[str, np.ndarray]:
    """What each variant's warp shows of the chosen images at `rows`, as outlines in them, float (n, 5, 2) pixels."""
    names = group.faces.samples["sample_id"].iloc[rows]
    drawn = {}
    for variant, theta in with_transformer(group).items():
        values = theta.set_index("sample_id").loc[names, [f"theta_{i}" for i in range(6)]].to_numpy(float)
        drawn[variant] = outlines(values.reshape(-1, 2, 3), NETWORK_SIZE)
    return drawn


@torch.inference_mode()
def warped_means(study: ExplanationParameters, group: Explained) -> dict[str, np.ndarray]:
    """Before and after the warp, averaged over the images of each expression.

    Returns:
        By name: mean faces, float32 (E, 48, 48) in 0 … 255, of networks that warp the image ("soft: warped"); mean
        absolute features, (E, h, w), of those that warp features ("…: features", "…: features, warped").
    """
    codes, count = np.array(group.expression.codes), len(group.expression.categories)
    rows: dict[str, np.ndarray] = {}
    for variant in with_transformer(group):
        images, guidance = inputs_of(study, group, variant)
        collected: dict[str, dict[int, np.ndarray]] = {}
        for chosen, model in networks(study, group, variant):
            device = next(model.parameters()).device
            image = normalise(torch.from_numpy(images[chosen]).to(device))
            seen = image if guidance is None else normalise(torch.from_numpy(guidance[chosen]).to(device))
            for name, pictures in _warped(model, image, model.theta(seen)).items():
                collected.setdefault(name, {}).update(zip(chosen, pictures.cpu().numpy(), strict=True))
        for name, by_row in collected.items():
            ordered = np.stack([by_row[row] for row in range(len(images))])
            rows[f"{variant}: {name}"] = group_means(ordered, codes, count)
    return rows


def _warped(model, image: torch.Tensor, theta: torch.Tensor) -> dict[str, torch.Tensor]:
    """Pictures (B, h, w) of what the transformer makes of a batch."""
    if getattr(model, "warped", "input") == "features":
        features = model.features(image)
        return {
            "features": features.abs().mean(1),
            "features, warped": model.warp(features, theta).abs().mean(1),
        }
    return {"warped": (model.warp(image, theta)[:, 0] + 1) * 127.5}
