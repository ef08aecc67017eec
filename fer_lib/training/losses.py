"""Losses and their weights."""

import numpy as np

from ..errors import require


def class_weights(labels: np.ndarray, num_classes: int) -> np.ndarray:
    """w_c = min_k n_k / n_c, float32 (num_classes,): the rarest class weighs 1.

    FER-2013 polarity gives about (1.000, 0.690, 0.371) for neutral, positive, negative.

    Raises:
        InputError: a class has no training sample.
    """
    counts = np.bincount(labels, minlength=num_classes)
    require(counts.min() > 0, f"class {int(counts.argmin())} has no training sample; class weights need one of each")
    return (counts.min() / counts).astype(np.float32)
