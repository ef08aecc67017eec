"""Samples between two others for the Gaussian-structured loss (specification, §2 and §7)."""

import numpy as np
import torch
from torch import Tensor

from ...errors import require
from ...models.precision import at_least_float32
from .gaussian import as_targets

MIXINGS = ("none", "onehot", "legacy")
ALPHA = 2.0  # of the Beta distribution that λ comes from


def mixed(
    embedding: Tensor, labels: Tensor, num_classes: int, mixing: str, random: np.random.Generator
) -> tuple[Tensor, Tensor]:
    """The batch and behind it, for each sample, λz + (1 − λ) times another; one λ ~ Beta(2, 2) a batch.

    Args:
        embedding: (N, d) float; labels: int (N,) in 0 … K−1.
        mixing: ``"none"`` appends nothing, and draws nothing. ``"onehot"`` mixes targets as it mixes embeddings.
            ``"legacy"`` mixes the class numbers, as the 2019 code does: halfway between classes 0 and 2 lies class 1,
            and what lies at no whole number belongs to no class, so that its target is 0 for all; by rounding this
            may even happen between two samples of one class.
        random: draws λ and the others, on the CPU: every device gets the same.

    Returns:
        embeddings (M, d), never below float32, and targets (M, K) in their number format, for
        :func:`~fer_lib.training.structured.gaussian.gaussian_structured_loss`; M = N for ``"none"``, else 2N.

    Raises:
        InputError: another mixing.
    """
    require(mixing in MIXINGS, f"mixing {mixing!r}, expected one of {', '.join(MIXINGS)}")
    embedding = at_least_float32(embedding)
    targets = as_targets(labels, num_classes, embedding)
    if mixing == "none":
        return embedding, targets
    share = float(np.float32(random.beta(ALPHA, ALPHA)))  # the reference's number format: whole numbers depend on it
    other = torch.from_numpy(random.permutation(len(embedding))).to(embedding.device)
    between = share * embedding + (1 - share) * embedding[other]
    if mixing == "onehot":
        both = share * targets + (1 - share) * targets[other]
    else:
        numbers = share * labels.float() + (1 - share) * labels[other].float()
        both = (numbers[:, None] == torch.arange(num_classes, device=numbers.device)).to(targets.dtype)
    return torch.cat([embedding, between]), torch.cat([targets, both])
