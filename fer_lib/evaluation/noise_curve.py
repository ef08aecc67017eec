"""Accuracy under noise of growing strength, and which variant bears it better."""

import pandas as pd

from ..errors import require
from .ablation import ablation_table
from .statistics import holm


def noise_table(noise: pd.DataFrame, groups: pd.Series | None = None) -> pd.DataFrame:
    """Accuracy of one variant at every strength of noise.

    Args:
        noise: rows ``sample_id, fold, sigma`` (standard deviation, grey values in [0, 1]), ``label, predicted`` of the
            tested images, each once per sigma, and ``seed`` where there are several.
        groups: by sample_id; equal for images that depend on each other (a person's). None: every image by itself.

    Returns:
        ``sigma`` (rising), ``samples`` (images, each once however many seeds), ``accuracy`` (%) over all images and
        seeds with its 95 % t interval over groups, ``low`` and ``high``.

    Raises:
        InputError: no rows, an image without a group, or a single group.
    """
    require(len(noise) > 0, "no predictions under noise")
    groups = _own_groups(noise) if groups is None else groups
    rows = [
        ablation_table({"": part}, "", groups).iloc[:1].assign(sigma=sigma) for sigma, part in _strengths(noise).items()
    ]
    return pd.concat(rows, ignore_index=True)[["sigma", "samples", "accuracy", "low", "high"]]


def noise_differences(noise: dict[str, pd.DataFrame], baseline: str, groups: pd.Series | None = None) -> pd.DataFrame:
    """Every variant against the baseline at every strength of noise above 0, paired by image and seed.

    Args:
        noise: table of each variant, as for :func:`noise_table`, all on the same images, folds, seeds and sigmas.
            σ = 0, images as they are, may be among them and is left out: that is a question of its own.
        groups: as for :func:`noise_table`.

    Returns:
        ``sigma, variant, baseline, difference`` (points) with its 95 % t interval over groups ``low, high`` and
        ``p_value`` (:func:`~fer_lib.evaluation.statistics.clustered_mean`: these networks on other such images),
        ``p_holm`` (adjusted over all rows: variants and strengths are one family), ``samples``.

    Raises:
        InputError: the baseline is absent, there is nothing to compare it with, no strength is above 0, variants were
            tested under different noise or on different images, an image has no group, or there is a single group.
    """
    names = list(noise)
    require(baseline in names, f"no predictions of the baseline {baseline!r} (there are: {names})")
    require(len(names) >= 2, f"only {names} to compare, expected at least two variants")
    groups = _own_groups(noise[baseline]) if groups is None else groups
    strengths = {name: _strengths(table[table["sigma"] > 0]) for name, table in noise.items()}
    expected = list(strengths[baseline])
    require(bool(expected), f"{baseline}: no predictions under noise")
    tables = []
    for name, parts in strengths.items():
        require(list(parts) == expected, f"{name}: tested under noise {list(parts)}, expected {expected} as {baseline}")
    for sigma in expected:
        found = ablation_table({name: parts[sigma] for name, parts in strengths.items()}, baseline, groups)
        tables.append(found[found["difference"].notna()].assign(sigma=sigma, baseline=baseline))
    table = pd.concat(tables, ignore_index=True)
    table["p_holm"] = holm(table["p_value"])
    table = table.drop(columns=["low", "high"]).rename(columns={"difference_low": "low", "difference_high": "high"})
    return table[["sigma", "variant", "baseline", "difference", "low", "high", "p_value", "p_holm", "samples"]]


def _strengths(noise: pd.DataFrame) -> dict[float, pd.DataFrame]:
    """A prediction table per sigma, by rising sigma."""
    whole = noise.assign(split="test", seed=noise.get("seed", 0))
    return {float(sigma): part.drop(columns="sigma") for sigma, part in whole.groupby("sigma")}


def _own_groups(noise: pd.DataFrame) -> pd.Series:
    names = noise["sample_id"].unique()
    return pd.Series(names, index=names)
