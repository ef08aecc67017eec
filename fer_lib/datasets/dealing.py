"""Groups of images dealt to the parts of a split, every part with its share of every class."""

from collections.abc import Sequence

import numpy as np


def deal(labels: np.ndarray, groups: np.ndarray, shares: Sequence[float], seed: int) -> np.ndarray:
    """Deal whole groups to parts so that every part gets its share of every class: int64 (N,).

    Greedy, largest group first (equals in random order): a group goes where it least raises
    Σ_class (count − wanted)² / (share · class size²). This is the idea of scikit-learn's
    StratifiedGroupKFold with variances in place of standard deviations, so that placing a group
    costs one small product: 25,000 groups take a fraction of a second, not several.
    """
    classes, label = np.unique(labels, return_inverse=True)
    ids, group, size = np.unique(groups, return_inverse=True, return_counts=True)
    content = np.zeros((len(ids), len(classes)))
    np.add.at(content, (group, label), 1.0)
    weight = 1.0 / np.bincount(label).astype(float) ** 2
    share = np.asarray(shares, float)
    counts = np.zeros((len(share), len(classes)))
    filled = np.zeros(len(share))
    part = np.empty(len(ids), np.int64)
    order = np.random.default_rng(seed).permutation(len(ids))
    for g in order[np.argsort(-size[order], kind="stable")]:
        # half the group's own content is what the square adds beyond its linear term
        rise = (counts + content[g] / 2) @ (weight * content[g]) / share
        best = np.flatnonzero(rise <= rise.min() * (1 + 1e-12))
        choice = best[np.argmin(filled[best])]  # ties to the emptiest part: rounding must not pile up in part 0
        counts[choice] += content[g]
        filled[choice] += size[g] / share[choice]
        part[g] = choice
    return part[group]
