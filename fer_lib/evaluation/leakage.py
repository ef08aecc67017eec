"""What images that are on both sides of a split are worth, in points of accuracy."""

import numpy as np
import pandas as pd
from scipy import stats

from ..errors import require

RESAMPLES = 2000


def leak_table(
    leaky: pd.DataFrame, safe: pd.DataFrame, leaks: dict[str, pd.Series], groups: pd.Series, seed: int = 2020
) -> pd.DataFrame:
    """The same images tested by networks that have seen their twins, and by networks that have not.

    Under the leaky folds an image of `leaks` has a twin (an equal image, the same person) in the training
    part, under the safe ones it has none. All other images are the control: what moves them is not the leak but
    other training images and chance.

    Args:
        leaky, safe: prediction tables of the same variant and samples under the two fold schemes, with the
            same seeds.
        leaks: bool by sample_id for every kind of leak; kinds do not overlap.
        groups: by sample_id; equal for images that are resampled together (twins, a person's images).
        seed: of the bootstrap.

    Returns:
        A row per kind of leak, one for "no twin" and one for "all images", those without images left out:
        ``images``, ``leaky``, ``safe`` (accuracy in %, seeds averaged), ``difference`` (leaky − safe, points) with
        95 % percentile bootstrap interval over groups (``low``, ``high``), and ``worth``: the part of the
        difference over all images that this row makes up, in points (the rows of the kinds and "no twin" add up).
        The interval covers the choice of images; how much a training varies, the spread over seeds tells.

    Raises:
        InputError: the two tables were not tested on the same images with the same seeds.
    """
    before, after = _correct(leaky), _correct(safe)
    require(before.index.equals(after.index), "leaky and safe folds were not tested on the same images and seeds")
    per_image = 100 * pd.DataFrame({"leaky": before, "safe": after}).groupby(level="sample_id").mean()
    groups = groups.reindex(per_image.index)
    masks = {name: mask.reindex(per_image.index).to_numpy(dtype=bool) for name, mask in leaks.items()}
    together = np.sum([*masks.values()], axis=0)
    require(np.max(together) <= 1, "kinds of leaks overlap; each image may be counted once")
    masks |= {"no twin": together == 0, "all images": np.ones(len(per_image), bool)}
    rows = [_row(name, per_image, mask, groups, seed) for name, mask in masks.items() if mask.any()]
    return pd.DataFrame(rows)


def _correct(predictions: pd.DataFrame) -> pd.Series:
    test = predictions[predictions["split"] == "test"].set_index(["sample_id", "seed"]).sort_index()
    return (test["label"] == test["predicted"]).astype(float)


def _row(name: str, per_image: pd.DataFrame, mask: np.ndarray, groups: pd.Series, seed: int) -> dict:
    chosen = per_image[mask]
    difference = chosen["leaky"] - chosen["safe"]
    by_group = difference.groupby(groups[mask]).agg(["sum", "size"])
    low = high = float("nan")
    if len(by_group) > 1:
        low, high = stats.bootstrap(
            (by_group["sum"].to_numpy(), by_group["size"].to_numpy()),
            lambda total, size, axis=-1: total.sum(axis) / size.sum(axis),
            paired=True,
            vectorized=True,
            n_resamples=RESAMPLES,
            batch=50,  # a few MB at a time
            method="percentile",
            rng=np.random.default_rng(seed),
        ).confidence_interval
    return {
        "images tested": name,
        "images": len(chosen),
        "leaky": chosen["leaky"].mean(),
        "safe": chosen["safe"].mean(),
        "difference": difference.mean(),
        "low": low,
        "high": high,
        "worth": difference.sum() / len(per_image),
    }
