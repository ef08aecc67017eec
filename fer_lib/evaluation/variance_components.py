"""How much of the spread of accuracy comes from the folds, how much from the seeds, and how much from neither alone."""

from dataclasses import dataclass

import numpy as np
import pandas as pd

from ..errors import require
from .metrics import fold_scores

SOURCES = ("fold", "seed", "residual")
#: What `variance_components` writes for a variant's own scores, which are no difference to anything.
ITSELF = "–"


@dataclass(frozen=True)
class Components:
    """Variances of y[seed, fold] = mean + fold + seed + residual, in the squared unit of the scores.

    The residual is the interaction of fold and seed together with all other noise: with one training for every
    seed and fold they cannot be told apart.

    Attributes:
        fold, seed, residual: variances ≥ 0.
        truncated: the components whose estimate was negative and is given as 0.
    """

    fold: float
    seed: float
    residual: float
    truncated: tuple[str, ...] = ()

    @property
    def total(self) -> float:
        return self.fold + self.seed + self.residual


def estimate_components(scores: pd.DataFrame, name: str = "scores") -> Components:
    """Two-way random-effects variance components by the ANOVA method (Searle, Casella & McCulloch, Variance
    Components, 1992, ch. 4): mean squares are set equal to their expectations. statsmodels computes the mean squares.

    Args:
        scores: float, seeds (rows) × folds (columns), one training each.
        name: whose scores these are; begins the error's sentence.

    Raises:
        InputError: fewer than two seeds or folds, or a fold that is missing under a seed.
    """
    from statsmodels.formula.api import ols
    from statsmodels.stats.anova import anova_lm

    seeds, folds = scores.shape
    require(
        seeds >= 2 and folds >= 2,
        f"{name}: trained with {seeds} × {folds} seeds × folds, expected at least 2 × 2 to tell their variances apart",
    )
    for row, column in np.argwhere(scores.isna().to_numpy())[:1]:
        where = f"seed {scores.index[row]}, fold {scores.columns[column]}"
        require(False, f"{name}: no score for {where}, expected every fold under every seed")
    if np.ptp(scores.to_numpy()) == 0:  # least squares would leave rounding errors, and shares of them
        return Components(0.0, 0.0, 0.0)
    seed, fold = np.indices(scores.shape)
    long = pd.DataFrame({"score": scores.to_numpy(float).ravel(), "seed": seed.ravel(), "fold": fold.ravel()})
    with np.errstate(divide="ignore", invalid="ignore"):  # F ratios without a residual; they are not used
        square = anova_lm(ols("score ~ C(fold) + C(seed)", long).fit())["mean_sq"]
    residual = float(square["Residual"])
    between = {
        "fold": (square["C(fold)"] - residual) / seeds,
        "seed": (square["C(seed)"] - residual) / folds,
    }
    truncated = tuple(source for source, variance in between.items() if variance < 0)
    return Components(max(between["fold"], 0.0), max(between["seed"], 0.0), residual, truncated)


def variance_components(
    predictions: dict[str, pd.DataFrame], baseline: str = "none", metric: str = "accuracy"
) -> pd.DataFrame:
    """Variance components of every variant's test scores, and of its differences to a baseline.

    The differences are paired by seed and fold: what a fold's images or a seed's order do to both variants alike
    cancels, so these are the components that limit a comparison. Folds share training images, so the folds' part
    is that of these folds and rather a lower bound for new images.

    Args:
        predictions: prediction table of each variant with columns ``seed, fold, split, label, predicted``.
        baseline: the variant to pair with; where it is absent there are no rows of differences.
        metric: column of :func:`~fer_lib.evaluation.metrics.fold_scores`.

    Returns:
        Rows ``variant, baseline`` ("–" for the scores themselves), ``mean``, ``sd_fold, sd_seed, sd_residual`` in
        points, ``share_fold, share_seed, share_residual`` in % of their summed variance (NaN where nothing varies),
        ``truncated`` (components whose estimate was negative and is given as 0), ``seeds``, ``folds``.

    Raises:
        InputError: fewer than two seeds or folds, a fold missing under a seed, or variants that differ in them.
    """
    scores = {name: 100 * fold_scores(table)[metric].unstack("fold") for name, table in predictions.items()}
    rows = [_row(name, ITSELF, values) for name, values in scores.items()]
    if baseline in scores:
        base = scores[baseline]
        for name, values in scores.items():
            if name == baseline:
                continue
            require(
                values.index.equals(base.index) and values.columns.equals(base.columns),
                f"{name} and {baseline} differ in their seeds or folds, so they cannot be paired",
            )
            rows.append(_row(name, baseline, values - base))
    return pd.DataFrame(rows)


def _row(name: str, baseline: str, scores: pd.DataFrame) -> dict:
    found = estimate_components(scores, name)
    variances = np.array([getattr(found, source) for source in SOURCES])
    shares = 100 * variances / found.total if found.total > 0 else np.full(len(SOURCES), np.nan)
    return {
        "variant": name,
        "baseline": baseline,
        "mean": scores.to_numpy().mean(),
        **{f"sd_{source}": sd for source, sd in zip(SOURCES, np.sqrt(variances), strict=True)},
        **{f"share_{source}": share for source, share in zip(SOURCES, shares, strict=True)},
        "truncated": ", ".join(found.truncated),
        "seeds": scores.shape[0],
        "folds": scores.shape[1],
    }


def variance_sentence(table: pd.DataFrame) -> str:
    """What :func:`variance_components` found, averaged over the variants, for readers."""
    parts = []
    for baseline, rows in table.groupby("baseline", sort=False):
        variances = (rows[[f"sd_{source}" for source in SOURCES]] ** 2).mean()
        what = "accuracy" if baseline == ITSELF else f"the differences to {baseline}"
        if variances.sum() == 0:
            parts.append(f"{what} did not vary")
            continue
        fold, seed, rest = (100 * variances / variances.sum()).round()
        parts.append(
            f"{what} had a standard deviation of {np.sqrt(variances.sum()):.2f} points, of whose square "
            f"{fold:.0f} % went with the fold, {seed:.0f} % with the seed and {rest:.0f} % with neither alone"
        )
    first = table.iloc[0]
    text = f"Over {first['folds']} folds and {first['seeds']} seeds {'; '.join(parts)}."
    zero = int((table["truncated"] != "").sum())
    return text + (f" In {zero} of {len(table)} rows an estimate was below zero and is shown as 0." if zero else "")
