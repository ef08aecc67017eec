"""What makes training images harder beside the augmentation: hidden squares, and mixtures of two."""

import numpy as np
import torch
import torch.nn.functional as F
from torch import Tensor

from .config import TrainConfig


class Disturbance:
    """Cutout (DeVries and Taylor, arXiv 1708.04552), mixup (Zhang et al., ICLR 2018) and smoothed labels, by the
    switches of `config`. Its random numbers are its own: data order and augmentation are what they are without it.

    Args:
        seed: of the training; None only without cutout and mixup.
    """

    def __init__(self, config: TrainConfig, seed: int | None):
        self._config = config
        #: Where its random numbers come from.
        self.random = None if seed is None else np.random.default_rng(np.random.SeedSequence(seed, spawn_key=(2,)))

    def images(self, images: Tensor, labels: Tensor) -> tuple[Tensor, tuple[Tensor, Tensor, float] | None]:
        """`images` (N, C, H, W) in [-1, 1] with their squares hidden and mixed, and what :meth:`loss` needs to know of
        the mixture: the labels (N,) of the other images and the share of the own ones."""
        if self._config.cutout:
            images = images.masked_fill(self._squares(images), 0.0)
        if not self._config.mixup:
            return images, None
        share = float(self.random.beta(self._config.mixup, self._config.mixup))
        other = torch.from_numpy(self.random.permutation(len(images))).to(images.device)
        return share * images + (1 - share) * images[other], (labels[other], share)

    def _squares(self, images: Tensor) -> Tensor:
        """bool (N, 1, H, W): a square of whole pixels per image, centred anywhere in it: parts may lie outside."""
        count, _, height, width = images.shape
        half = self._config.cutout * min(height, width) / 2
        centres = torch.from_numpy(self.random.random((2, count, 1, 1, 1))).to(images.device)
        rows = (torch.arange(height, device=images.device) + 0.5)[:, None]
        columns = torch.arange(width, device=images.device) + 0.5
        return ((rows - centres[0] * height).abs() < half) & ((columns - centres[1] * width).abs() < half)

    def loss(self, logits: Tensor, labels: Tensor, weight: Tensor | None, mixture) -> Tensor:
        """Cross-entropy of `logits` (N, K), its mean over the batch, class-weighted by `weight` (K,)."""
        smoothing = self._config.label_smoothing
        own = F.cross_entropy(logits, labels, weight, label_smoothing=smoothing)
        if mixture is None:
            return own
        others, share = mixture
        return share * own + (1 - share) * F.cross_entropy(logits, others, weight, label_smoothing=smoothing)
