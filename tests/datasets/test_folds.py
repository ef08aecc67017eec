"""Folds: every image is tested once, no group on both sides, and the published ids come out."""

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sklearn.model_selection import StratifiedGroupKFold

from fer_lib.datasets.duplicates import groups_of
from fer_lib.datasets.folds import (
    NEVER_TESTED,
    SCHEMES,
    grouped,
    inner_validation,
    make_folds,
    official,
    selecting_part,
    stratified,
    subjects_of,
)
from fer_lib.datasets.labels import polarity
from fer_lib.errors import InputError

# Fold ids of the first kept rows as published with the guided-STN study: row of fer2013.csv → fold.
PUBLISHED_IDS = {
    0: 3, 1: 4, 2: 3, 3: 1, 4: 3, 5: 2, 6: 4, 7: 4, 8: 2, 9: 1, 10: 4, 11: 2, 12: 3, 13: 0, 14: 4, 16: 0, 17: 0,
    18: 1, 19: 2, 20: 2, 21: 4, 22: 3, 23: 1, 24: 0, 25: 3, 27: 3, 28: 1, 30: 0, 31: 4, 32: 4,
}  # fmt: skip
PUBLISHED_COUNTS = [[1240, 1797, 3340], [1239, 1798, 3340], [1239, 1798, 3340], [1240, 1798, 3339], [1240, 1798, 3339]]

seeds = st.integers(0, 2**32 - 1)


@st.composite
def labelled_groups(draw):
    """Labels and groups of 20 to 120 images, from all singletons to a few large groups."""
    rng = np.random.default_rng(draw(seeds))
    n = draw(st.integers(20, 120))
    groups = rng.integers(0, draw(st.integers(10, 500)), n)
    groups[:10] = np.arange(10)  # at least ten groups
    return rng.integers(0, draw(st.integers(1, 2)) + 1, n), groups


def test_published_fold_ids(fer2013):
    valued = polarity(fer2013)
    folds = make_folds("published", valued)
    assert {row: int(fold) for row, fold in zip(valued.rows, folds, strict=True) if row <= 32} == PUBLISHED_IDS


def test_published_fold_counts(fer2013):
    valued = polarity(fer2013)
    folds = make_folds("published", valued)
    assert [np.bincount(valued.labels[folds == fold]).tolist() for fold in range(5)] == PUBLISHED_COUNTS
    assert np.bincount(folds).tolist() == [6377] * 5


def test_duplicate_safe_folds_are_as_balanced_as_the_published_ones(fer2013):
    valued = polarity(fer2013)
    folds = make_folds("duplicate_safe", valued)
    counts = np.array([np.bincount(valued.labels[folds == fold]) for fold in range(5)])
    assert np.ptp(counts, axis=0).max() <= 1


def test_inner_validation_of_fer2013(fer2013):
    valued = polarity(fer2013)
    groups = groups_of(valued)
    train = make_folds("duplicate_safe", valued) != 0
    chosen = inner_validation(valued.labels, groups, train)
    assert not np.intersect1d(groups[chosen], groups[train & ~chosen]).size
    shares = np.bincount(valued.labels[chosen]) / np.bincount(valued.labels[train])
    assert np.abs(shares - 0.1).max() < 0.001


@pytest.mark.filterwarnings("ignore:The least populated class")  # a tiny class misses some folds, no image does
@given(labelled_groups(), st.integers(2, 6), seeds)
def test_every_image_is_tested_exactly_once(sample, n_folds, seed):
    labels, groups = sample
    for folds in (stratified(labels, n_folds, seed), grouped(labels, groups, n_folds, seed)):
        assert folds.dtype == np.int64 and folds.shape == labels.shape
        assert sorted(np.unique(folds)) == list(range(n_folds))


@given(labelled_groups(), st.integers(2, 6), seeds)
def test_no_group_in_two_folds(sample, n_folds, seed):
    labels, groups = sample
    folds = grouped(labels, groups, n_folds, seed)
    assert (pd.Series(folds).groupby(groups).nunique() == 1).all()


@given(labelled_groups(), st.floats(0.05, 0.5), seeds)
def test_inner_validation_stays_inside_training_and_splits_no_group(sample, share, seed):
    labels, groups = sample
    train = np.random.default_rng(seed).random(len(labels)) < 0.8
    train[:2] = True
    chosen = inner_validation(labels, groups, train, share, seed)
    assert chosen.dtype == bool and 0 < chosen.sum() < train.sum()
    assert not (chosen & ~train).any()
    assert not np.intersect1d(groups[chosen], groups[train & ~chosen]).size
    assert np.array_equal(chosen, inner_validation(labels, groups, np.flatnonzero(train), share, seed))


@given(seeds, st.integers(2, 10))
def test_singletons_are_dealt_evenly(seed, n_folds):
    labels = np.random.default_rng(seed).integers(0, 3, 150)
    folds = grouped(labels, np.arange(150), n_folds, seed)
    counts = np.array([np.bincount(labels[folds == fold], minlength=3) for fold in range(n_folds)])
    assert np.ptp(counts, axis=0).max() <= 1


def test_subject_folds_are_as_balanced_as_those_of_scikit_learn():
    rng = np.random.default_rng(0)
    subjects, labels = rng.integers(0, 118, 981), rng.choice(7, 981, p=[0.14, 0.05, 0.18, 0.08, 0.21, 0.09, 0.25])

    def spread(folds):
        counts = np.array([np.bincount(labels[folds == fold], minlength=7) for fold in range(5)])
        return (counts.std(axis=0) / np.bincount(labels)).mean()

    theirs = np.empty(981, np.int64)
    splitter = StratifiedGroupKFold(5, shuffle=True, random_state=2020)
    for fold, (_, test) in enumerate(splitter.split(labels, labels, subjects)):
        theirs[test] = fold
    assert spread(grouped(labels, subjects)) <= 1.2 * spread(theirs)


def test_seed_decides(make_faces):
    labels = np.arange(60) % 3
    for split in (stratified, lambda labels, n, seed: grouped(labels, np.arange(60) // 2, n, seed)):
        assert np.array_equal(split(labels, 5, 7), split(labels, 5, 7))
        assert not np.array_equal(split(labels, 5, 7), split(labels, 5, 8))


def test_few_large_groups_still_give_a_validation_part():
    labels, groups = np.tile([0, 1], 15), np.repeat([0, 1, 2], [14, 10, 6])
    assert inner_validation(labels, groups, np.arange(30)).tolist() == (groups == 2).tolist()


def test_schemes(make_faces):
    images = np.arange(12, dtype=np.uint8)[:, None, None] // 2 + np.zeros((12, 2, 2), np.uint8)
    split = ["train", "validation", "test"] * 4
    faces = make_faces(np.arange(12) % 2, images=images, subject=[f"s{i // 3}" for i in range(12)], split=split)
    faces.samples["sequence"] = [f"{i // 4}" for i in range(12)]
    folds = {scheme: make_folds(scheme, faces, 4 if "leave" in scheme else 3) for scheme in SCHEMES}
    assert np.array_equal(folds["published"], stratified(faces.labels, 3))
    assert np.array_equal(folds["duplicate_safe"], grouped(faces.labels, np.arange(12) // 2, 3))
    assert np.array_equal(folds["subject"], grouped(faces.labels, np.arange(12) // 3, 3))
    assert folds["leave_one_subject_out"].tolist() == [0] * 3 + [1] * 3 + [2] * 3 + [3] * 3
    assert folds["official"].tolist() == [NEVER_TESTED, NEVER_TESTED, 0] * 4
    assert np.array_equal(folds["random"], folds["published"])
    assert np.array_equal(folds["sequence"], grouped(faces.labels, np.arange(12) // 4, 3))


def test_each_fold_leaves_out_the_next_subject_by_name(make_faces):
    names = ["YM", "KA", "MK", "KA", "KL", "YM"]
    folds = make_folds("leave_one_subject_out", make_faces([0, 1] * 3, subject=names), 4)
    assert folds.dtype == np.int64
    assert folds.tolist() == [["KA", "KL", "MK", "YM"].index(name) for name in names]
    other_seed = make_folds("leave_one_subject_out", make_faces([0, 1] * 3, subject=names), 4, seed=7)
    assert np.array_equal(folds, other_seed)


def test_leaving_one_out_makes_as_many_folds_as_subjects(make_faces):
    faces = make_faces([0, 1] * 3, subject=["a", "b", "c"] * 2)
    with pytest.raises(InputError, match="tiny: leaving one of its 3 subjects out makes 3 folds, not 5; ask for 3"):
        make_folds("leave_one_subject_out", faces)
    with pytest.raises(InputError, match="tiny: 1 subject, leaving one out needs at least 2"):
        make_folds("leave_one_subject_out", make_faces([0, 1], subject="a"), 1)
    for unknown in ("", None):
        with pytest.raises(InputError, match="tiny: 2 of 6 images have no known subject"):
            make_folds("leave_one_subject_out", make_faces([0, 1] * 3, subject=["a", "b", unknown] * 2), 3)


def test_random_folds_do_not_look_at_published_ones(make_faces):
    faces = make_faces(np.arange(12) % 2)
    faces.samples["published_fold"] = np.arange(12) // 4
    assert np.array_equal(make_folds("published", faces, 3), np.arange(12) // 4)
    assert np.array_equal(make_folds("random", faces, 3), stratified(faces.labels, 3))


def test_a_set_without_sequences_is_told(make_faces):
    with pytest.raises(InputError, match="its images are not frames of known sequences.*use the scheme 'random'"):
        make_folds("sequence", make_faces([0, 1] * 6), 3)


def test_the_part_that_selects(make_faces):
    faces = make_faces(np.arange(6) % 2, split=["train", "validation", "test"] * 2)
    assert selecting_part("official", faces).tolist() == [False, True, False] * 2
    assert selecting_part("subject", faces) is None
    assert selecting_part("official", make_faces([0, 1] * 2, split=["train", "test"] * 2)) is None


def test_duplicate_safe_folds_go_by_near_duplicates(make_faces):
    near = np.arange(60) // 5
    faces = make_faces(np.arange(60) % 2, near_duplicate_group=near, duplicate_group=np.arange(60))
    assert np.array_equal(make_folds("duplicate_safe", faces, 4), grouped(faces.labels, near, 4))


@pytest.mark.filterwarnings("ignore:The least populated class")
@given(labelled_groups(), st.integers(2, 6), seeds)
def test_every_scheme_tests_each_image_once_and_keeps_its_groups(make_set, sample, n_folds, seed):
    labels, groups = sample
    exact = groups * 3 + np.random.default_rng(seed).integers(0, 3, len(groups))  # parts of the near groups
    faces = make_set(labels, groups, exact)
    whole = np.bincount(labels) / len(labels)
    for scheme, kept in (("published", None), ("subject", groups), ("duplicate_safe", groups)):
        folds = make_folds(scheme, faces, n_folds, seed)
        assert folds.dtype == np.int64 and sorted(np.unique(folds)) == list(range(n_folds))
        if kept is not None:
            assert (pd.Series(folds).groupby(kept).nunique() == 1).all()
            assert (pd.Series(folds).groupby(exact).nunique() == 1).all()
        if scheme == "published":
            for fold in range(n_folds):  # at most one image of each class away from its share
                counts = np.bincount(labels[folds == fold], minlength=len(whole))
                assert np.abs(counts - whole * len(labels) / n_folds).max() <= 1


@pytest.fixture(scope="module")
def make_set():
    from fer_lib.datasets import FaceSet

    def make(labels, near, exact):
        samples = pd.DataFrame({"sample_id": range(len(labels)), "label": labels, "split": "train", "source": "tiny"})
        samples = samples.assign(subject=[f"s{k}" for k in near], near_duplicate_group=near, duplicate_group=exact)
        return FaceSet("tiny", np.zeros((len(labels), 2, 2), np.uint8), samples, ("a", "b", "c"))

    return make


def test_official_fold_of_fer2013(fer2013):
    folds = make_folds("official", fer2013)
    assert np.array_equal(np.flatnonzero(folds == 0), np.arange(32298, 35887))
    assert (folds[:32298] == NEVER_TESTED).all()


@pytest.mark.parametrize("split", [["train"] * 3, ["test"] * 3, ["train", "validation", "train"]])
def test_official_needs_a_part_to_test_and_one_to_train(make_faces, split):
    with pytest.raises(
        InputError, match="of 3 images are in the official test part, .*use the scheme 'duplicate_safe'"
    ):
        make_folds("official", make_faces([0, 1, 2], split=split))


def test_what_cannot_be_folded_is_told(make_faces):
    faces = make_faces([0, 1] * 6, subject=["s1", "", None] * 4)
    with pytest.raises(InputError, match="unknown fold scheme 'duplicate-safe'; did you mean 'duplicate_safe'?"):
        make_folds("duplicate-safe", faces)
    with pytest.raises(
        InputError, match="tiny: 8 of 12 images have no known subject, .*use the scheme 'duplicate_safe'"
    ):
        make_folds("subject", faces)
    with pytest.raises(InputError, match="7 folds need a class with at least as many images, the largest has 6"):
        make_folds("published", faces, 7)
    with pytest.raises(InputError, match="5 folds need at least as many groups, found 2"):
        grouped(faces.labels, np.arange(12) % 2, 5)
    with pytest.raises(InputError, match="1 folds, expected at least 2"):
        stratified(faces.labels, 1)
    with pytest.raises(InputError, match="validation share is 1.5"):
        inner_validation(faces.labels, np.arange(12), np.arange(12), share=1.5)
    with pytest.raises(InputError, match="at least 2 groups in the training folds, found 1"):
        inner_validation(faces.labels, np.zeros(12), np.arange(12))


def test_subject_ids(make_faces):
    assert subjects_of(make_faces([0, 0, 1], subject=["b", "a", "b"])).tolist() == [0, 1, 0]


def test_official_roles(make_faces):
    faces = make_faces([0, 1, 2], split=["Training", "PrivateTest", "PublicTest"])
    assert official(faces.samples).tolist() == ["train", "test", "validation"]
    own = replace(faces, samples=faces.samples.assign(split=["test", "train", "validation"]))
    assert official(own.samples).tolist() == ["test", "train", "validation"]
    with pytest.raises(InputError, match="split 'dev' has no role, expected one of Training, PublicTest"):
        official(faces.samples.assign(split="dev"))


def test_a_set_with_published_folds_of_its_own_keeps_them(make_faces):
    own = np.arange(20) % 4
    faces = make_faces([0, 1] * 10, published_fold=own)
    assert make_folds("published", faces, 4).tolist() == own.tolist()
    with pytest.raises(InputError, match="tiny: its published folds are 4, not 5; ask for 4 folds"):
        make_folds("published", faces)
    with pytest.raises(InputError, match="tiny: its published folds are not there, expected their lists"):
        make_folds("published", make_faces([0, 1] * 10, published_fold=-1), 4)
    assert len(set(make_folds("duplicate_safe", faces, 5))) == 5
