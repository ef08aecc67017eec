"""Intervals of shares of images, for groups too small or too uneven for intervals over folds."""

import numpy as np
import pandas as pd
from scipy.stats import norm

from .decisions import Decisions


def wilson(share, n, confidence: float = 0.95) -> tuple[np.ndarray, np.ndarray]:
    """Score interval of a binomial share (Wilson, JASA 22, 1927), arrays of the shape of `share`.

    Args:
        share: in [0, 1], need not be a whole number of `n`-ths (a mean over seeds is not).
        n: images; 0 gives NaN.
    """
    share, n = np.broadcast_arrays(np.asarray(share, float), np.asarray(n, float))
    z = norm.ppf((1 + confidence) / 2)
    with np.errstate(divide="ignore", invalid="ignore"):
        centre = (share + z**2 / (2 * n)) / (1 + z**2 / n)
        reach = z / (1 + z**2 / n) * np.sqrt(share * (1 - share) / n + z**2 / (4 * n**2))
    return np.maximum(centre - reach, 0), np.minimum(centre + reach, 1)


def share_difference(share, n, other, m) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """`share` − `other` of two independent groups of n and m images with the 95 % interval built from both Wilson
    intervals (Newcombe, Statistics in Medicine 17, 1998, method 10)."""
    share, other = np.asarray(share, float), np.asarray(other, float)
    (low, high), (other_low, other_high) = wilson(share, n), wilson(other, m)
    difference = share - other
    below = np.sqrt((share - low) ** 2 + (other_high - other) ** 2)
    above = np.sqrt((high - share) ** 2 + (other - other_low) ** 2)
    return difference, difference - below, difference + above


def group_table(decisions: Decisions, group: pd.Categorical) -> pd.DataFrame:
    """Accuracy of every variant in every group of images, in %.

    Args:
        group: one category per image; missing ones are left out.

    Returns:
        ``variant, group, images, accuracy, low, high``; ``balanced``, the mean over the classes in the group, because
        groups may differ in their classes; and ``errors``, the group's share in % of the variant's errors over all
        grouped images. Accuracy is the mean over seeds. The Wilson interval counts each image once: it is that
        of a single training, so with several seeds it is rather too wide.
    """
    known = np.asarray(group.codes) >= 0
    shape = (len(group.categories), len(decisions.classes))
    cell = np.ravel_multi_index((group.codes[known], decisions.labels[known]), shape)
    images = np.bincount(cell, minlength=np.prod(shape)).reshape(shape)
    tables = []
    for variant, wrong in zip(decisions.variants, decisions.wrong.mean(1)[:, known], strict=True):
        errors = np.bincount(cell, weights=wrong, minlength=np.prod(shape)).reshape(shape)
        accuracy = 1 - _ratio(errors.sum(1), images.sum(1))
        low, high = wilson(accuracy, images.sum(1))
        by_class = np.ma.masked_invalid(1 - _ratio(errors, images))
        columns = {
            "accuracy": accuracy,
            "low": low,
            "high": high,
            "balanced": by_class.mean(1).filled(np.nan),
            "errors": errors.sum(1) / max(errors.sum(), 1e-12),
        }
        percent = pd.DataFrame(columns) * 100
        head = pd.DataFrame({"variant": variant, "group": list(group.categories), "images": images.sum(1)})
        tables.append(pd.concat([head, percent], axis=1))
    return pd.concat(tables, ignore_index=True)


def _ratio(part: np.ndarray, whole: np.ndarray) -> np.ndarray:
    """NaN where there is nothing to divide by."""
    return np.divide(part, whole, out=np.full(part.shape, np.nan), where=whole > 0)


def group_difference(decisions: Decisions, inside: np.ndarray, strata: np.ndarray) -> pd.DataFrame:
    """Error rates of the images inside and outside a group, in %, and what the group costs in points.

    Args:
        inside: bool (N,); strata: int (N,), what else the group may differ in, such as the expression.

    Returns:
        A row per variant: ``images`` inside, ``inside``, ``outside``, their ``difference`` with 95 % interval
        ``low``, ``high`` (:func:`share_difference`; seeds averaged, each image counted once), and ``like for like``:
        the difference within the strata, weighted by the images inside; strata on one side only are left out.
    """
    wrong = decisions.wrong.mean(1)
    n, m = int(inside.sum()), int((~inside).sum())
    with np.errstate(invalid="ignore"):
        shares = [np.dot(wrong, chosen) / np.float64(chosen.sum()) for chosen in (inside, ~inside)]
    difference, low, high = share_difference(shares[0], n, shares[1], m)
    both = [code for code in np.unique(strata) if 0 < inside[strata == code].sum() < (strata == code).sum()]
    within = [wrong[:, inside & (strata == c)].mean(1) - wrong[:, ~inside & (strata == c)].mean(1) for c in both]
    weights = [(inside & (strata == code)).sum() for code in both]
    return pd.DataFrame(
        {
            "variant": list(decisions.variants),
            "images": n,
            "inside": 100 * shares[0],
            "outside": 100 * shares[1],
            "difference": 100 * difference,
            "low": 100 * low,
            "high": 100 * high,
            "like for like": 100 * np.average(within, axis=0, weights=weights) if both else np.nan,
        }
    )
