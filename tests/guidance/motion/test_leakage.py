"""Nothing that a fold tests may touch its masks: other pictures there, the same masks, bit by bit."""

import numpy as np
import pytest

from fer_lib.guidance.motion import build, make_motion_masks, store

CLASSES = ("happy", "angry")
SIDE = 24


@pytest.fixture
def people():
    """Twelve people in three folds with neutral, happy and angry pictures; the folds of one pair are two."""
    rng = np.random.default_rng(7)
    labels, subject = np.tile([0, 1, 2], 12), np.repeat([f"S{k:02d}" for k in range(12)], 3)
    folds = np.repeat(np.arange(12) % 3, 3)
    folds[0] = 1  # the neutral picture of a person whose other pictures fold 0 tests
    images = rng.integers(0, 256, (36, SIDE, SIDE)).astype(np.uint8)
    points = np.tile(rng.uniform(8, 9, (36, 1, 2)), (1, 68, 1))
    points[:, 42:48, 0] += 8
    return images, points.astype(np.float32), labels, subject, folds


def changed_folds(put, people, disturbed, **options) -> tuple[set, set]:
    """Folds of which some mask is another one, and of which every mask is, after these pictures were replaced."""
    images, points, labels, subject, folds = people
    other = images.copy()
    other[disturbed] = 255 - other[disturbed][:, ::-1]
    masks = [
        make_motion_masks(faces, folds, CLASSES, data, landmarks="dataset", size=20, **options).masks
        for faces, data in (put(pictures, points, labels, subject=subject) for pictures in (images, other))
    ]
    same = (masks[0] == masks[1]).all(axis=(2, 3))
    return set(np.flatnonzero(~same.all(1)).tolist()), set(np.flatnonzero(~same.any(1)).tolist())


WAYS = [
    {"normalizer": "minmax"},
    {"normalizer": "none", "blur": 1.0},
    {"photometric": True},
    {"normalizer": "clahe", "photometric": True, "blur": 0.7},
    {"source": "class_mean"},
    {"source": "class_mean", "photometric": True},
]


@pytest.mark.parametrize(("fold", "options"), [(k, {}) for k in range(3)] + [(1, way) for way in WAYS], ids=str)
def test_pictures_that_a_fold_tests_are_in_all_masks_but_its_own(put, people, fold, options):
    some, every = changed_folds(put, people, people[-1] == fold, **options)
    assert some == every == {0, 1, 2} - {fold}


def test_a_neutral_picture_alone_is_tested_too(put, people):
    """Picture 0 is neutral and tested in fold 1, its person's expressive pictures in fold 0: only fold 2 sees them."""
    some, _ = changed_folds(put, people, [0])
    assert some == {2}
    some, _ = changed_folds(put, people, [1])
    assert some == {2}


def test_pictures_left_out_are_in_no_mask(put, people):
    hidden = np.zeros(36, bool)
    hidden[9:15] = True
    assert changed_folds(put, people, hidden, left_out=hidden) == (set(), set())
    assert changed_folds(put, people, hidden)[0] == {0, 1, 2}


def ignores_folds(images, pairs, labels, folds, *rest):
    return build.pair_motion(images, pairs, labels, np.full_like(folds, -1), *rest)


def ignores_neutral(images, pairs, labels, folds, *rest):
    """Looks at the expressive picture's fold alone."""
    alone = folds.copy()
    alone[pairs["neutral"].to_numpy()] = -1
    return build.pair_motion(images, pairs, labels, alone, *rest)


@pytest.mark.parametrize(
    ("mutant", "disturbed", "right"), [(ignores_folds, slice(3, 6), {0, 2}), (ignores_neutral, [0], {2})]
)
def test_these_tests_would_notice(put, people, monkeypatch, mutant, disturbed, right):
    assert changed_folds(put, people, disturbed)[0] == right
    monkeypatch.setattr(store, "pair_motion", mutant)
    assert not changed_folds(put, people, disturbed)[0] <= right
