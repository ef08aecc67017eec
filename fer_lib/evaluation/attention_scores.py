"""How much of a network's attention lies on the face, and how near its reconstruction comes to the clean face."""

import pandas as pd

from ..errors import require
from .image_intervals import group_codes
from .statistics import clustered_mean

ALL = "all"
MASSES = ("mass", "untrained_mass")
SCORES = ["coverage", *MASSES, "error", "untrained_error", "input_error"]


def attention_table(
    synthetic: pd.DataFrame, groups: pd.Series | None = None, *, max_coverage: float = 0.35
) -> pd.DataFrame:
    """Scores of all compositions, and of those whose face is small.

    Args:
        synthetic: rows ``sample_id, face, coverage, mass, untrained_mass, error, untrained_error, input_error`` of one
            variant, and ``seed`` where there are several: shares of the canvas and of the attention in [0, 1], mean
            squared errors in the network's units.
        groups: by ``face``; equal for faces that depend on each other (a person's). None: compositions of one face
            depend on each other, and no others.
        max_coverage: share of the canvas above which a face is not small.

    Returns:
        A row per ``set`` of compositions, "all" and "face at most 35 %": ``n`` (compositions, each once however many
        seeds), ``groups``, ``seeds``; ``coverage``, the mean, which is also the mass of an even attention; ``mass`` and
        ``untrained_mass``, the share of attention inside the true mask after and before training, with their 95 % t
        intervals over groups (``mass_low, mass_high, untrained_mass_low, untrained_mass_high``, within [0, 1], NaN with
        fewer than two groups; :func:`~fer_lib.evaluation.statistics.clustered_mean`); ``error_ratio`` and
        ``untrained_error_ratio``, the mean error of the reconstruction over that of the input: 1 is no better than
        the picture itself. Means over all compositions and seeds; NaN where a set is empty.

    Raises:
        InputError: compositions without attention scores, as a baseline has, or a face without a group.
    """
    require(0 < max_coverage <= 1, f"max_coverage = {max_coverage}, expected a share above 0 and up to 1")
    require(len(synthetic) > 0, "no compositions to score the attention on")
    lacking = int(synthetic[SCORES].isna().any(axis=1).sum())
    require(
        not lacking,
        f"{lacking} of {len(synthetic)} compositions have no attention scores, expected a variant with attention",
    )
    faces = synthetic["face"]
    codes = pd.Series(faces.factorize()[0] if groups is None else group_codes(faces, groups), index=synthetic.index)
    sets = {ALL: slice(None), f"face at most {100 * max_coverage:g} %": synthetic["coverage"] <= max_coverage}
    rows = [{"set": name} | _row(synthetic.loc[chosen], codes.loc[chosen]) for name, chosen in sets.items()]
    return pd.DataFrame(rows)


def _row(part: pd.DataFrame, codes: pd.Series) -> dict:
    row = {
        "n": part["sample_id"].nunique(),
        "groups": codes.nunique(),
        "seeds": part["seed"].nunique() if "seed" in part else min(1, len(part)),
        "coverage": part["coverage"].mean(),
    }
    for name in MASSES:
        row |= {name: part[name].mean()} | _interval(name, part[name], codes)
    means = part[["error", "untrained_error", "input_error"]].mean()
    return row | {f"{name}_ratio": means[name] / means["input_error"] for name in ("error", "untrained_error")}


def _interval(name: str, values: pd.Series, codes: pd.Series) -> dict:
    if codes.nunique() < 2:
        return {f"{name}_low": float("nan"), f"{name}_high": float("nan")}
    interval = clustered_mean(values, codes).interval
    return {f"{name}_low": max(0.0, interval.low), f"{name}_high": min(1.0, interval.high)}
