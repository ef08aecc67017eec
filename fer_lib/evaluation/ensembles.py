"""Several networks as one: their probabilities are added up, and the members are chosen on a part of their own.

Everything here takes probability arrays (M, N, K) of M members for N images and K classes; sums over equally many views
(test-time augmentation) do as well as their means. What chooses members is given one part's probabilities and labels,
so that another part's labels cannot reach it.
"""

from dataclasses import dataclass
from itertools import chain, combinations

import numpy as np

from ..errors import require
from .statistics import ClusteredMean, McNemar, clustered_mean, mcnemar

MOST_ENUMERATED = 12
SUBSETS_AT_ONCE = 64
#: The members of "ResMaskingNet + 6" (Pham, Vu & Tran, ICPR 2020; script of the reference repository). The weights of
#: the first two are lost, so that nobody can evaluate it again.
PUBLISHED_MEMBERS = (
    "resnet18",
    "resnet50 pre-trained on VGG-Face2",
    "resnet101",
    "cbam_resnet50",
    "efficientnet_b2b",
    "resmasking_dropout1",
    "resmasking",
)
PUBLISHED_DECIMALS = 4


def combine(probabilities: np.ndarray, members=None, *, decimals: int | None = None) -> np.ndarray:
    """The unweighted sum of the members' probabilities, scaled so that every row sums to 1, float64 (N, K).

    Args:
        probabilities: (M, N, K); members: positions, all by default.
        decimals: round each member's array to so many digits first; the reference stores sums over views with four.

    Raises:
        InputError: no member.
    """
    chosen = np.asarray(probabilities, np.float64)
    chosen = chosen if members is None else chosen[list(members)]
    require(len(chosen) > 0, "an ensemble without members, expected at least one")
    chosen = chosen if decimals is None else np.round(chosen, decimals)
    total = chosen.sum(0)
    return total / total.sum(-1, keepdims=True)


def accuracy(probabilities: np.ndarray, labels: np.ndarray) -> np.ndarray:
    """Share of right answers in [0, 1], over the images of (…, N, K)."""
    return (np.asarray(probabilities).argmax(-1) == labels).mean(-1)


def best_single(probabilities: np.ndarray, labels: np.ndarray) -> int:
    """The member with the most right answers; of equal ones the first."""
    return int(accuracy(probabilities, labels).argmax())


def greedy_order(probabilities: np.ndarray, labels: np.ndarray) -> tuple[int, ...]:
    """All members in the order in which forward selection takes them, without replacement: the best single one, then
    always the one whose addition gives the most right answers (Caruana et al., ICML 2004); of equal ones the first.
    """
    probabilities = np.asarray(probabilities, np.float64)
    total, left, order = np.zeros(probabilities.shape[1:]), list(range(len(probabilities))), []
    while left:
        best = left[int(accuracy(total + probabilities[left], labels).argmax())]
        total += probabilities[best]
        left.remove(best)
        order.append(best)
    return tuple(order)


def curve(probabilities: np.ndarray, labels: np.ndarray, order) -> np.ndarray:
    """Accuracy (M,) of the sums of the first 1 … M members of `order`."""
    return accuracy(np.cumsum(np.asarray(probabilities, np.float64)[list(order)], axis=0), labels)


def greedy_members(probabilities: np.ndarray, labels: np.ndarray) -> tuple[int, ...]:
    """The first members of :func:`greedy_order` up to the size with the most right answers; of equal sizes the
    smallest."""
    order = greedy_order(probabilities, labels)
    return order[: int(curve(probabilities, labels, order).argmax()) + 1]


def best_subset(probabilities: np.ndarray, labels: np.ndarray) -> tuple[int, ...]:
    """Of all 2^M − 1 subsets the one with the most right answers; of equal ones the smallest, then the first.

    The reference enumerates on the test part, which the published number may owe something to.

    Raises:
        InputError: more than :data:`MOST_ENUMERATED` members.
    """
    probabilities, labels = np.asarray(probabilities, np.float64), np.asarray(labels)
    count, images, classes = probabilities.shape
    require(
        count <= MOST_ENUMERATED,
        f"{count} members have {2**count - 1:,} subsets, expected at most {MOST_ENUMERATED} members; choose greedily",
    )
    subsets = list(chain.from_iterable(combinations(range(count), size) for size in range(1, count + 1)))
    flat, right = probabilities.reshape(count, -1), []
    for start in range(0, len(subsets), SUBSETS_AT_ONCE):
        some = subsets[start : start + SUBSETS_AT_ONCE]
        taken = np.array([[member in subset for member in range(count)] for subset in some], float)
        right.append(accuracy((taken @ flat).reshape(-1, images, classes), labels))
    return subsets[int(np.concatenate(right).argmax())]


def published_recipe(names: list[str | None]) -> tuple[tuple[int, ...], tuple[str, ...]]:
    """The published ensemble among members at hand.

    Args:
        names: of each member, one of :data:`PUBLISHED_MEMBERS` or None.

    Returns:
        positions of those that are there, in the published order, the first of each name; names of those that are not.
    """
    there = {name: names.index(name) for name in PUBLISHED_MEMBERS if name in names}
    return tuple(there.values()), tuple(name for name in PUBLISHED_MEMBERS if name not in there)


@dataclass(frozen=True)
class Gain:
    """What one way to answer is worth against another on the same images.

    Attributes:
        difference: of the accuracies in [−1, 1] with its 95 % t interval over groups, and the t-test against 0.
        test: McNemar's.
    """

    difference: ClusteredMean
    test: McNemar


def paired_gain(right: np.ndarray, baseline: np.ndarray, groups: np.ndarray | None = None) -> Gain:
    """Paired over images, networks held fixed: this speaks of other such images, not of other trainings.

    Args:
        right, baseline: bool (N,), whether each image is answered rightly.
        groups: (N,), equal for images that depend on each other (a person's, near duplicates); None: each by itself.

    Raises:
        InputError: different lengths, or a single group.
    """
    right, baseline = np.asarray(right, bool), np.asarray(baseline, bool)
    test = mcnemar(right, baseline, groups)
    units = np.arange(len(right)) if groups is None else groups
    return Gain(clustered_mean(right.astype(float) - baseline, units), test)
