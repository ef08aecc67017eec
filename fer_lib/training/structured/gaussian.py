"""Gaussian-structured loss: each class of a batch is a Gaussian in the embedding, and samples should belong to theirs.

Marrero Fernández et al., "FERAtt: Facial Expression Recognition with Attention Net", CVPR Workshops 2019, as its public
code has it (``pedrodiamel/ferattention``; specification, §2).

Shapes and names throughout:
    embedding: (N, d) float, computed with in float32 at least
    labels: (N,) int in 0 … K−1, or targets (N, K) float ≥ 0: one-hot rows, shares of a mixture, or zeros for a sample
        of no class
    sigma: σ of every class, positive; a scalar tensor may be learned
"""

import torch
import torch.nn.functional as F
from torch import Tensor

from ...errors import require
from ...models.precision import at_least_float32

LEGACY_FLOOR = 1e-15


def gaussian_structured_loss(
    embedding: Tensor,
    labels: Tensor,
    num_classes: int,
    sigma: float | Tensor = 1.0,
    legacy: bool = False,
    scale_with_dim: bool = False,
) -> Tensor:
    """mean_i Σ_c (p_ic − y_ic)², a scalar from 0 to 2, with p of :func:`batch_probabilities`.

    Equal embeddings of K classes give 1 − 1/K, which is 6/7 for seven.

    Raises:
        InputError: as :func:`batch_probabilities`.
    """
    embedding = at_least_float32(embedding)
    targets = as_targets(labels, num_classes, embedding)
    found = batch_probabilities(embedding, targets, num_classes, sigma, legacy, scale_with_dim)
    return (found - targets).square().sum(1).mean()


def batch_probabilities(
    embedding: Tensor,
    labels: Tensor,
    num_classes: int,
    sigma: float | Tensor = 1.0,
    legacy: bool = False,
    scale_with_dim: bool = False,
) -> Tensor:
    """p_ic (N, K), softmax over c of −‖z_i − μ_c‖²/2σ², with the centres μ_c of :func:`class_centres`.

    A class that the batch lacks has probability 0; so has its gradient.

    Args:
        legacy: exponentials that are divided by their sum + 1e-15, as in the public code (which clamps the quotient to
            0 … 1, where it is anyway). They underflow where a sample is far from all centres: p = 0 and no gradient.
        scale_with_dim: σ²·d is the variance in place of σ², as squared distances grow with d. Far embeddings then keep
            a gradient also where the softmax is 0 or 1 to the last digit without.

    Raises:
        InputError: sigma is not positive; labels or targets of another shape.
    """
    require(isinstance(sigma, Tensor) or sigma > 0, f"sigma = {sigma}, expected a positive number")
    embedding = at_least_float32(embedding)
    centres, present = class_centres(embedding, labels, num_classes)
    variance = sigma**2 * (embedding.shape[1] if scale_with_dim else 1)
    exponent = (-_squared_distances(embedding, centres) / (2 * variance)).masked_fill(~present, -torch.inf)
    if not legacy:
        return exponent.softmax(1)
    likelihood = exponent.exp()
    return likelihood / (likelihood.sum(1, keepdim=True) + LEGACY_FLOOR)


def class_centres(embedding: Tensor, labels: Tensor, num_classes: int) -> tuple[Tensor, Tensor]:
    """μ_c = Σ_i y_ic z_i / Σ_i y_ic (K, d), the mean of the class in this batch, which gradients flow through; and
    which classes occur, bool (K,). The centre of one that does not is 0.

    Raises:
        InputError: labels or targets of another shape.
    """
    embedding = at_least_float32(embedding)
    targets = as_targets(labels, num_classes, embedding)
    mass = targets.sum(0)
    present = mass > 0
    return targets.T @ embedding / mass.masked_fill(~present, 1)[:, None], present


@torch.no_grad()
def nearest_centre_accuracy(embedding: Tensor, labels: Tensor, num_classes: int) -> Tensor:
    """Share, a scalar, of samples nearest to the centre of their own class in this batch, which they are part of; the
    reference's "gmm accuracy". Of equally near centres the first counts.

    Raises:
        InputError: labels that are not (N,).
    """
    require(labels.ndim == 1, f"targets of shape {tuple(labels.shape)}, expected labels of shape ({len(embedding)},)")
    embedding = at_least_float32(embedding)
    centres, present = class_centres(embedding, labels, num_classes)
    nearest = _squared_distances(embedding, centres).masked_fill(~present, torch.inf).argmin(1)
    return (nearest == labels).to(embedding.dtype).mean()


def as_targets(labels: Tensor, num_classes: int, embedding: Tensor) -> Tensor:
    """Labels (N,) one-hot, and targets (N, K) as they are, in the number format of `embedding` (N, d).

    Raises:
        InputError: neither.
    """
    count = len(embedding)
    require(
        labels.shape in ((count,), (count, num_classes)),
        f"labels of shape {tuple(labels.shape)}, expected ({count},) or ({count}, {num_classes})",
    )
    rows = labels if labels.ndim == 2 else F.one_hot(labels.long(), num_classes)
    return rows.to(embedding.dtype)


def _squared_distances(embedding: Tensor, centres: Tensor) -> Tensor:
    """(N, K). Differences are squared, not expanded into products: those cancel where embeddings are far from 0."""
    return (embedding[:, None] - centres).square().sum(2)
