"""What it is worth to test on people, or recordings, that were trained on: the same images under several splits."""

from itertools import pairwise

import pandas as pd

from ..errors import require
from .ablation import decisions_right
from .image_intervals import group_codes
from .statistics import clustered_mean


def split_gaps(by_split: dict[str, dict[str, pd.DataFrame]], groups: pd.Series) -> pd.DataFrame:
    """Accuracy of every variant under neighbouring splits, image by image.

    Args:
        by_split: prediction tables with a column ``seed`` by split and variant, the leakiest split first. All splits
            test the same images, each once, with the same seeds.
        groups: by sample_id; equal for images that depend on each other (a person's).

    Returns:
        A row per variant and pair of neighbouring splits: ``variant, split, stricter``; ``accuracy`` and
        ``accuracy_stricter`` (%, over all images and seeds), their ``difference`` in points with its 95 % t
        interval over groups (``low, high``), ``images`` and ``groups``. Empty with one split. Networks are held fixed,
        and those of two splits are other ones: how much other trainings or folds would differ is not in the interval.

    Raises:
        InputError: two splits have other variants, tested other images or seeds, or an image has no group.
    """
    rows = []
    for leaky, strict in pairwise(by_split):
        require(
            by_split[leaky].keys() == by_split[strict].keys(),
            f"the splits {leaky} and {strict} were not trained with the same variants",
        )
        for variant in by_split[leaky]:
            one, other = (decisions_right(by_split[split][variant]) for split in (leaky, strict))
            require(
                one.index.equals(other.index),
                f"{variant}: the splits {leaky} and {strict} did not test the same images with the same seeds",
            )
            codes = group_codes(one.index.get_level_values("sample_id"), groups)
            found = clustered_mean(one - other, codes).interval
            rows.append(
                {
                    "variant": variant,
                    "split": leaky,
                    "stricter": strict,
                    "accuracy": 100 * one.mean(),
                    "accuracy_stricter": 100 * other.mean(),
                    "difference": 100 * found.mean,
                    "low": 100 * found.low,
                    "high": 100 * found.high,
                    "images": one.index.get_level_values("sample_id").nunique(),
                    "groups": int(codes.max()) + 1,
                }
            )
    columns = ["variant", "split", "stricter", "accuracy", "accuracy_stricter", "difference", "low", "high"]
    return pd.DataFrame(rows, columns=[*columns, "images", "groups"])
