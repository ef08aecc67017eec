"""Do variants fail on the same images? How many fail on each, against what chance would give."""

from functools import reduce
from itertools import product

import numpy as np
import pandas as pd

from .decisions import Decisions


def failures(wrong: np.ndarray) -> np.ndarray:
    """How many of V variants fail on each image under each seed, int64 (S, N), from bool (V, S, N)."""
    return wrong.sum(0)


def expected_failures(wrong: np.ndarray, strata: np.ndarray) -> np.ndarray:
    """Images on which k = 0 … V variants would fail if they erred independently of each other, float (V + 1,).

    Within a stratum each variant fails with its own error rate there, so the number of failing variants is
    Poisson-binomial; strata are added up, seeds averaged.

    Args:
        wrong: bool (V, S, N); strata: int (N,), images within which error rates count as equal.
    """
    variants, seeds, _ = wrong.shape
    expected = np.zeros(variants + 1)
    for seed, stratum in product(range(seeds), np.unique(strata)):
        inside = wrong[:, seed, strata == stratum]
        expected += inside.shape[1] * _poisson_binomial(inside.mean(1))
    return expected / seeds


def _poisson_binomial(rates: np.ndarray) -> np.ndarray:
    """Distribution of the number of successes of independent trials with these rates."""
    return reduce(np.convolve, [(1 - rate, rate) for rate in rates], np.ones(1))


def failure_table(wrong: np.ndarray, strata: dict[str, np.ndarray]) -> pd.DataFrame:
    """Images by the number of variants that fail on them, observed and expected.

    Args:
        wrong: bool (V, S, N).
        strata: by name of a column, int (N,); within a stratum errors are taken for independent.

    Returns:
        A row per ``failing`` 0 … V: ``images`` (mean over seeds), ``share`` in %, and per entry of `strata` the
        expected share in %.
    """
    variants, seeds, images = wrong.shape
    observed = np.bincount(failures(wrong).ravel(), minlength=variants + 1) / seeds
    table = pd.DataFrame({"failing": range(variants + 1), "images": observed, "share": 100 * observed / images})
    for name, of_image in strata.items():
        table[name] = 100 * expected_failures(wrong, of_image) / images
    return table


def common_errors_by(wrong: np.ndarray, group: pd.Categorical, folds: np.ndarray) -> pd.DataFrame:
    """Per group of images, in %: ``error rate`` (mean of variants and seeds), ``all but one`` and ``all`` variants
    fail, and ``all, expected`` if variants erred independently within the group and fold."""
    variants = len(wrong)
    failing = failures(wrong)
    rows = []
    for code, name in enumerate(group.categories):
        chosen = np.asarray(group.codes) == code
        if not chosen.any():
            continue
        inside = failing[:, chosen]
        rows.append(
            {
                "group": name,
                "images": int(chosen.sum()),
                "error rate": 100 * inside.mean() / variants,
                "all but one": 100 * (inside == variants - 1).mean(),
                "all": 100 * (inside == variants).mean(),
                "all, expected": 100 * expected_failures(wrong[..., chosen], folds[chosen])[-1] / chosen.sum(),
            }
        )
    return pd.DataFrame(rows)


def error_correlation(decisions: Decisions) -> pd.DataFrame:
    """Mean φ coefficient of the errors of two variants, V × V: 1 where they fail on the same images, 0 where one's
    errors tell nothing about the other's.

    With several seeds only trainings of different seeds are paired, so the diagonal (a variant with itself under
    another seed) is the measure for the rest: nothing distinguishes two variants that agree as much as
    that. With one seed the diagonal is NaN.
    """
    variants, seeds, images = decisions.wrong.shape
    with np.errstate(divide="ignore", invalid="ignore"):  # a training without errors correlates with nothing
        phi = np.corrcoef(decisions.wrong.reshape(-1, images).astype(np.float32)).reshape(
            variants, seeds, variants, seeds
        )
    pairs = ~np.eye(seeds, dtype=bool) if seeds > 1 else np.ones((1, 1), bool)
    mean = phi.transpose(0, 2, 1, 3)[..., pairs].mean(-1)
    if seeds == 1:
        np.fill_diagonal(mean, np.nan)
    return pd.DataFrame(mean, index=list(decisions.variants), columns=list(decisions.variants))


def most_confident(confused: np.ndarray, confidence: np.ndarray, count: int) -> np.ndarray:
    """Positions of the images that the most seeds get wrong this way, and most confidently; int64, at most `count`.

    Args:
        confused: bool (S, N), one variant's mistakes of one kind; confidence: float (S, N).
    """
    score = np.where(confused, confidence, 0).sum(0)
    order = np.argsort(-score, kind="stable")[:count]
    return order[score[order] > 0]
