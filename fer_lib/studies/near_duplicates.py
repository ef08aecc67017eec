"""Notebook 01: where near-duplicates begin, shown by the labels of pairs."""

import numpy as np
import pandas as pd

from ..datasets import FaceSet
from ..datasets.duplicates import groups_of
from ..datasets.near_duplicates import near_pairs

EDGES = (0.84, 0.86, 0.87, 0.88, 0.89, 0.90, 0.91, 0.92, 0.93, 0.94, 0.96, 0.98, 1.0)


def likeness(faces: FaceSet) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Pairs of different images that look alike, and the control: the same with one of the two mirrored.

    Returns:
        Two tables ordered by ``similarity``, from the lowest of `EDGES` on: ``first``, ``second`` int64, positions in
        `faces`; ``similarity``; ``agree`` bool, whether the two have one label.
    """
    first = np.unique(groups_of(faces), return_index=True)[1]
    found = []
    for mirror in (False, True):
        pairs = near_pairs(faces.images[first], mirror)
        pairs = pairs[pairs["similarity"] >= EDGES[0]].sort_values("similarity", ignore_index=True)
        pairs = pairs.assign(first=first[pairs["first"]], second=first[pairs["second"]])
        found.append(pairs.assign(agree=faces.labels[pairs["first"]] == faces.labels[pairs["second"]]))
    return found[0], found[1]


def likeness_table(pairs: pd.DataFrame, control: pd.DataFrame) -> pd.DataFrame:
    """Per bin of similarity: pairs, and the share of pairs with one label (%, NaN without pairs), of both tables."""
    table = pd.DataFrame({"similarity": [f"{low:.2f}–{high:.2f}" for low, high in zip(EDGES, EDGES[1:], strict=False)]})
    for name, found in (("pairs", pairs), ("mirrored", control)):
        inside = (
            found["similarity"].astype(float).clip(EDGES[0], np.nextafter(EDGES[-1], 0))
        )  # rounding may leave [0, 1]
        bins = pd.cut(inside, EDGES, right=False)
        agree = found.groupby(bins, observed=False)["agree"]
        table[name] = agree.size().to_numpy()
        table[f"{name}: one label (%)"] = 100 * agree.mean().to_numpy()
    return table


def chance(faces: FaceSet) -> float:
    """The share (%) of pairs with one label among pairs drawn at random."""
    share = np.bincount(faces.labels) / len(faces)
    return 100 * float((share**2).sum())


def examples(pairs: pd.DataFrame, levels: tuple[float, ...]) -> pd.DataFrame:
    """The pair that follows each level of similarity, as far as there is one."""
    at = np.unique(np.searchsorted(pairs["similarity"], levels))
    return pairs.iloc[at[at < len(pairs)]]


def largest_groups(groups: np.ndarray, count: int = 4) -> list[np.ndarray]:
    """Positions of the images of the largest groups, largest first; single images are no group."""
    size = pd.Series(groups).value_counts()
    return [np.flatnonzero(groups == group) for group in size[size > 1].index[:count]]
