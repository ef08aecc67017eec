"""The loss: classes, reconstructed face and structured embedding (specification, §2)."""

from dataclasses import dataclass

import numpy as np
import torch
import torch.nn.functional as F
from torch import Tensor, nn

from ...models.precision import at_least_float32
from ..compositions import Composed
from ..device import half_precision
from ..structured import attention_error, gaussian_structured_loss, mixed, nearest_centre_accuracy
from .config import ComposedConfig


@dataclass(frozen=True)
class Terms:
    """What one batch costs: scalars without their weights, None where a network has none, and their weighted sum.

    Attributes:
        nearest: share of embeddings nearest to the centre of their class in the batch ("gmm accuracy"), for the record.
    """

    logits: Tensor
    cross_entropy: Tensor
    attention: Tensor | None
    rep: Tensor | None
    nearest: Tensor | None
    total: Tensor


def terms(
    model: nn.Module,
    image: Tensor,
    composed: Composed,
    labels: Tensor,
    num_classes: int,
    config: ComposedConfig,
    dtype: torch.dtype,
    random: np.random.Generator,
) -> Terms:
    """Forward pass and loss of one batch.

    Args:
        model: FERAtt, or a network that gives logits alone, whose loss is the cross-entropy.
        image: (B, 1, S, S) in [-1, 1], what the network sees: ``composed.image``, maybe changed in appearance.
        composed: target and mask that belong to it.
        random: for mixed embeddings.
    """
    if not hasattr(model, "parts"):
        with half_precision(image.device, dtype):
            logits = at_least_float32(model(image))
        cross_entropy = F.cross_entropy(logits, labels)
        return Terms(logits, cross_entropy, None, None, None, cross_entropy)
    with half_precision(image.device, dtype):
        found = model.parts(image)
    logits = at_least_float32(found.logits)
    total = cross_entropy = F.cross_entropy(logits, labels)
    target = model.target((2 * composed.target - 1).to(image.dtype), composed.mask.to(image.dtype))
    attention = attention_error(found.reconstruction, target, config.attention)
    total, rep, nearest = total + config.attention_weight * attention, None, None
    if found.embedding is not None:
        embedding, targets = mixed(found.embedding, labels, num_classes, config.mixing, random)
        rep = gaussian_structured_loss(
            embedding, targets, num_classes, config.sigma, config.gsl_legacy, config.scale_with_dim
        )
        total = total + config.rep_weight * rep
        nearest = nearest_centre_accuracy(found.embedding, labels, num_classes)
    return Terms(logits, cross_entropy, attention, rep, nearest, total)
