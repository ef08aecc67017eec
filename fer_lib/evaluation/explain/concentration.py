"""How much of a map lies where it should."""

from dataclasses import dataclass

import numpy as np

from ...errors import require
from ..statistics import Interval, bootstrap_interval


def mass_on(maps: np.ndarray, masks: np.ndarray, within: np.ndarray | None = None) -> np.ndarray:
    """Share of each map's positive mass that lies inside its mask, float (N,) in [0, 1]; NaN where nothing is positive.

    Args:
        maps: (N, H, W), NaN counts as nothing; masks: bool (N, H, W).
        within: bool (N, H, W), all that counts; None means the whole picture.
    """
    positive = np.nan_to_num(np.clip(maps, 0, None), nan=0).astype(float)
    if within is not None:
        positive = positive * within
    total, inside = positive.sum((1, 2)), (positive * masks).sum((1, 2))
    return np.divide(inside, total, out=np.full(len(maps), np.nan), where=total > 0)


def area_of(masks: np.ndarray, within: np.ndarray | None = None) -> np.ndarray:
    """Share of the picture, or of `within`, that each mask covers: what :func:`mass_on` gives for an even map."""
    return mass_on(np.ones(masks.shape), masks, within)


@dataclass(frozen=True)
class Concentration:
    """How much denser maps are inside their masks than in all that counts.

    Attributes:
        ratio: mean share of the mass over mean share of the area, 1 for maps that know nothing of the masks, with
            its bootstrap interval over groups.
        mass, area: the two mean shares.
        images, groups: how many counted.
    """

    ratio: Interval
    mass: float
    area: float
    images: int
    groups: int


def concentration(maps: np.ndarray, masks: np.ndarray, within: np.ndarray | None, groups: np.ndarray) -> Concentration:
    """The mean share of mass on `masks` over the mean share of area; every image counts alike.

    Masks are to lie inside `within`, the face say: a map that only keeps off the background would look concentrated
    in the whole picture, and does not in the face.

    Args:
        maps: (N, H, W); masks, within: bool (N, H, W); groups: (N,), what depends on each other, such as the subject.
            Images without positive mass or with an empty mask do not count.

    Raises:
        InputError: fewer than two groups count.
    """
    mass, area = mass_on(maps, masks, within), area_of(masks, within)
    counted = np.isfinite(mass) & (area > 0)
    names, group = np.unique(np.asarray(groups)[counted], return_inverse=True)
    require(len(names) >= 2, f"concentration: {len(names)} groups with a map and a mask, expected at least 2")
    sums = np.stack([np.bincount(group, weights=share[counted]) for share in (mass, area)], axis=1)
    ratio = bootstrap_interval(sums, lambda totals: totals[:, 0] / totals[:, 1])
    return Concentration(ratio, mass[counted].mean(), area[counted].mean(), int(counted.sum()), len(names))
