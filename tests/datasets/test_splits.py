"""Seeded splits: exact counts, or whole groups."""

import numpy as np
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from fer_lib.datasets.identity import identity_disjoint
from fer_lib.datasets.splits import counted_split, dealt_split, first_fold_split
from fer_lib.errors import InputError

seeds = st.integers(0, 2**32 - 1)


@given(seeds, st.integers(1, 5), st.integers(3, 20))
def test_counts_are_exact(seed, test_per_class, validation):
    rng = np.random.default_rng(seed)
    labels = rng.permutation(np.repeat([0, 1, 2], [15, 20, 40]))
    split = counted_split("set", labels, "abc", test_per_class, validation, seed)
    assert [int(((labels == label) & (split == "test")).sum()) for label in range(3)] == [test_per_class] * 3
    assert (split == "validation").sum() == validation
    rest = 75 - 3 * test_per_class
    for label, size in enumerate((15, 20, 40)):  # the class shares of what is not tested
        wanted = validation * (size - test_per_class) / rest
        assert abs(((labels == label) & (split == "validation")).sum() - wanted) <= 1
    assert np.array_equal(split, counted_split("set", labels, "abc", test_per_class, validation, seed))


def test_every_image_is_tested_under_some_seed():
    labels = np.repeat([0, 1], 10)
    tested = sum(counted_split("set", labels, "ab", 3, 4, seed) == "test" for seed in range(60))
    assert tested.min() > 5 and tested.max() < 35


@given(seeds, st.integers(3, 30))
@example(200867211, 3)  # two of three groups would be tested, and none be left to validate
def test_groups_stay_together_and_no_part_is_empty(seed, n_groups):
    rng = np.random.default_rng(seed)
    groups = np.concatenate([np.arange(n_groups), rng.integers(0, n_groups, 3 * n_groups)])
    labels = rng.integers(0, 3, len(groups))
    split = dealt_split("set", labels, groups, 0.1, 0.2, seed)
    assert identity_disjoint(groups.astype(str), split)
    assert set(split) == {"train", "validation", "test"}


def test_shares_are_kept_where_groups_are_small():
    labels = np.tile(np.arange(5), 200)
    split = dealt_split("set", labels, np.arange(1000), 0.1, 0.2, 0)
    for label in range(5):
        parts = split[labels == label]
        assert [(parts == part).sum() for part in ("train", "validation", "test")] == [140, 20, 40]


@given(seeds)
def test_the_first_fold_is_tested_and_groups_validate(seed):
    rng = np.random.default_rng(seed)
    people = np.repeat(np.arange(40), 5)
    labels, folds = rng.integers(0, 3, 200), people // 10
    split = first_fold_split("set", labels, people, folds, 0.1, seed)
    assert np.array_equal(split == "test", folds == 0) and identity_disjoint(people, split)
    assert 0 < (split == "validation").sum() <= 30 and np.array_equal(
        split, first_fold_split("set", labels, people, folds, 0.1, seed)
    )


def test_a_first_fold_that_is_not_there_is_told():
    with pytest.raises(InputError, match="set: no image of the first published fold, which is tested; use split='sub"):
        first_fold_split("set", np.zeros(4, int), np.arange(4), np.array([1, 1, 2, -1]), 0.1, 0)
    with pytest.raises(InputError, match="a validation part needs at least 2 groups in the training folds, found 1"):
        first_fold_split("set", np.zeros(4, int), np.array([0, 0, 1, 1]), np.array([0, 0, 1, 1]), 0.1, 0)


def test_too_few_are_told():
    with pytest.raises(InputError, match="set: three parts need at least 3 groups that stay together, found 2"):
        dealt_split("set", np.zeros(10, int), np.arange(10) % 2, 0.1, 0.2, 0)
    with pytest.raises(InputError, match="set: 3 images of 'b', the split tests 2 of each class"):
        counted_split("set", np.repeat([0, 1], [10, 3]), "ab", 2, 3, 0)
    with pytest.raises(InputError, match="set: validation 1, expected 2…5 of the 7 images not tested"):
        counted_split("set", np.repeat([0, 1], [5, 6]), "ab", 2, 1, 0)
