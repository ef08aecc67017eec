"""Whether independent raters side with the label or with the network."""

import numpy as np
import pandas as pd

from .decisions import Decisions
from .proportions import wilson


def sides(decisions: Decisions, raters: np.ndarray) -> pd.DataFrame:
    """How far a second opinion agrees with the label and with each variant, in %.

    Args:
        raters: int (N,), the class that independent raters gave each image; −1 leaves the image out.

    Returns:
        A row per variant: ``images``; ``label agrees`` (label = raters); ``accuracy`` against the label and
        ``accuracy by raters`` against them, on the same images; of the errors against the label the share where
        raters ``side with network`` (95 % Wilson interval ``low``, ``high``), ``side with label`` or with
        ``neither``. Seeds are averaged; the interval counts the errors of one seed.
    """
    known = raters >= 0
    labels, raters = decisions.labels[known], raters[known]
    predicted = decisions.predicted[..., known]
    wrong = predicted != labels
    errors = wrong.sum((1, 2))
    by_network = (wrong & (predicted == raters)).sum((1, 2)) / np.maximum(errors, 1)
    by_label = (wrong & (labels == raters)).sum((1, 2)) / np.maximum(errors, 1)
    low, high = wilson(by_network, errors / len(decisions.seeds))
    return pd.DataFrame(
        {
            "variant": list(decisions.variants),
            "images": int(known.sum()),
            "label agrees": 100 * (labels == raters).mean() if known.any() else np.nan,
            "accuracy": 100 * (1 - wrong.mean((1, 2))) if known.any() else np.nan,
            "accuracy by raters": 100 * (predicted == raters).mean((1, 2)) if known.any() else np.nan,
            "side with network": 100 * by_network,
            "low": 100 * low,
            "high": 100 * high,
            "side with label": 100 * by_label,
            "neither": 100 * (1 - by_network - by_label),
        }
    )
