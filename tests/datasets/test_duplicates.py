"""Exact duplicates: the groups, and the counts made from them."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from fer_lib.datasets import duplicates
from fer_lib.datasets.duplicates import duplicate_report, exact_groups, flat_images
from fer_lib.datasets.folds import make_folds
from fer_lib.datasets.labels import polarity


def exact_groups_slowly(images):
    """Every image against every earlier one."""
    groups = []
    for i, image in enumerate(images):
        earlier = [groups[j] for j in range(i) if np.array_equal(images[j], image)]
        groups.append(earlier[0] if earlier else len(set(groups)))
    return groups


@given(st.lists(st.lists(st.integers(0, 1), min_size=4, max_size=4), max_size=20))
def test_groups_equal_the_slow_twin(pictures):
    images = np.array(pictures, np.uint8).reshape(-1, 2, 2)
    groups = exact_groups(images)
    assert groups.dtype == np.int64
    assert groups.tolist() == exact_groups_slowly(images)


def test_colour_and_memory_mapped_images(tmp_path):
    images = np.random.default_rng(0).integers(0, 256, (5, 6, 6, 3), dtype=np.uint8)
    images[3] = images[1]
    np.save(tmp_path / "images.npy", images)
    assert exact_groups(np.load(tmp_path / "images.npy", mmap_mode="r")).tolist() == [0, 1, 2, 1, 3]


def test_a_digest_shared_by_different_images_is_noticed(monkeypatch):
    monkeypatch.setattr(
        duplicates, "blake2b", lambda content, digest_size: type("H", (), {"digest": lambda self: b""})()
    )
    with pytest.raises(RuntimeError, match="images 0 and 1 differ"):
        exact_groups(np.arange(8, dtype=np.uint8).reshape(2, 2, 2))


def test_report_counts(make_faces):
    images = np.arange(7 * 4, dtype=np.uint8).reshape(7, 2, 2)
    images[1] = images[0]  # same label, same split, same fold
    images[4] = images[3] = images[2]  # one label differs, one split differs, two folds
    images[6] = 9  # flat
    faces = make_faces([0, 0, 1, 1, 2, 0, 0], images=images, split=["train"] * 4 + ["test"] * 3)
    report = duplicate_report(faces, folds=np.array([0, 0, 0, 1, 0, 1, 1]))
    assert report == duplicates.DuplicateReport(
        images=7,
        distinct=4,
        duplicated_images=5,
        duplicated_groups=2,
        largest_group=3,
        conflicting_images=3,
        conflicting_groups=1,
        images_across_splits=3,
        images_across_folds=3,
        flat_images=1,
    )
    assert duplicate_report(faces).images_across_folds is None
    together = duplicate_report(faces, np.array([0, 0, 0, 1, 0, 1, 1]), groups=np.zeros(7))
    assert (together.distinct, together.largest_group, together.images_across_folds) == (1, 7, 7)
    table = report.to_frame().set_index("count")["value"]
    assert table["distinct"] == 4 and table["flat_images"] == 1


def test_flat_needs_every_channel_constant():
    images = np.zeros((3, 2, 2, 3), np.uint8)
    images[0] = (10, 20, 30)
    images[1, 0, 0, 2] = 1
    assert flat_images(images).tolist() == [True, False, True]


@settings(max_examples=20)
@given(st.integers(0, 2**32 - 1))
def test_duplicate_safe_folds_have_no_image_across_folds(make_small_set, seed):
    faces = make_small_set(seed)
    assert duplicate_report(faces, make_folds("duplicate_safe", faces, 3, seed)).images_across_folds == 0


@pytest.fixture(scope="module")
def make_small_set():
    import pandas as pd

    from fer_lib.datasets import FaceSet

    def make(seed):
        rng = np.random.default_rng(seed)
        images = rng.integers(0, 2, (60, 2, 3), dtype=np.uint8)  # 64 pictures, so many repeats
        samples = pd.DataFrame({"sample_id": range(60), "label": rng.integers(0, 2, 60)})
        samples = samples.assign(subject="", split="train", source="tiny")
        return FaceSet("tiny", images, samples, ("neutral", "happy"))

    return make


def test_fer2013_duplicates(fer2013):
    report = duplicate_report(fer2013, make_folds("published", fer2013))
    assert (report.images, report.distinct, report.flat_images) == (35887, 34034, 12)
    assert (report.duplicated_images, report.duplicated_groups) == (3369, 1516)
    assert (report.conflicting_images, report.conflicting_groups) == (160, 57)
    assert report.images_across_splits == 1323


def test_published_folds_leak_and_duplicate_safe_folds_do_not(fer2013):
    valued = polarity(fer2013)
    assert duplicate_report(valued, make_folds("published", valued)).images_across_folds == 1647
    assert duplicate_report(valued, make_folds("duplicate_safe", valued)).images_across_folds == 0
