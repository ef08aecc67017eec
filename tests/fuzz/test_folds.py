"""Folds and splits of sets that nobody would collect: what is asked for, or a sentence."""

import numpy as np
import pandas as pd
from hypothesis import given
from hypothesis import strategies as st

from fer_lib.datasets import FaceSet
from fer_lib.datasets.folds import NEVER_TESTED, SCHEMES, inner_validation, make_folds, selecting_part
from fer_lib.datasets.splits import counted_split, dealt_split, first_fold_split

from . import accepted, bounded

CLASSES = ("neutral", "happy", "angry")
#: Columns whose images must share a fold, by scheme.
TOGETHER = {"duplicate_safe": "near_duplicate_group", "sequence": "sequence", "subject": "subject"}
TOGETHER["leave_one_subject_out"] = "subject"


@st.composite
def sets(draw: st.DrawFn) -> FaceSet:
    n = draw(st.integers(0, 14))

    def column(values: st.SearchStrategy) -> list:
        return draw(st.lists(values, min_size=n, max_size=n))

    samples = pd.DataFrame({"sample_id": [f"face-{i}" for i in range(n)]})
    samples["label"] = np.array(column(st.integers(0, 2)), np.int64)
    samples["subject"] = np.array(
        column(st.sampled_from(draw(st.sampled_from([["A", "B", "C", "D"], ["A"], ["", "A"]])))), str
    )
    parts = draw(
        st.sampled_from([["train", "validation", "test"], ["Training", "PrivateTest"], ["train"], ["whole", "test"]])
    )
    samples["split"] = np.array(column(st.sampled_from(parts)), str)
    samples["source"] = "odd"
    samples["duplicate_group"] = np.arange(n)
    samples["near_duplicate_group"] = np.array(column(st.integers(0, 5)), np.int64)
    if draw(st.booleans()):
        samples["sequence"] = np.array(column(st.sampled_from(["s1", "s2", "s3", "s4"])), str)
    if draw(st.booleans()):
        samples["published_fold"] = np.array(column(st.integers(-1, 3)), np.int64)
    return FaceSet("odd", np.zeros((n, 4, 4), np.uint8), samples, CLASSES)


@bounded(500)
@given(sets(), st.sampled_from(SCHEMES), st.integers(-1, 8), st.integers(0, 2**32 - 1))
def test_folds_are_made_or_refused(faces, scheme, n_folds, seed):
    folds = accepted(lambda: make_folds(scheme, faces, n_folds, seed))
    if folds is None:
        return
    assert folds.dtype == np.int64 and folds.shape == (len(faces),)
    assert np.array_equal(folds, accepted(lambda: make_folds(scheme, faces, n_folds, seed)))
    if scheme == "official":
        assert set(folds) == {0, NEVER_TESTED}
        assert not (selecting_part(scheme, faces) is not None and (selecting_part(scheme, faces) & (folds == 0)).any())
        return
    assert set(folds) == set(range(n_folds)) or scheme == "published"  # no fold tests nothing
    if scheme in TOGETHER:
        assert pd.Series(folds).groupby(faces.samples[TOGETHER[scheme]]).nunique().max() == 1
    for fold in range(n_folds):
        mask = accepted(
            lambda fold=fold: inner_validation(
                faces.labels, faces.samples["near_duplicate_group"], folds != fold, seed=seed
            )
        )
        if mask is not None:
            assert mask.any() and not (mask & (folds == fold)).any() and (~mask & (folds != fold)).any()


@bounded(300)
@given(sets(), st.integers(0, 4), st.integers(0, 8), st.integers(0, 100))
def test_splits_are_made_or_refused(faces, tested, validation, seed):
    groups = faces.samples["near_duplicate_group"].to_numpy()
    made = [
        accepted(lambda: counted_split("odd", faces.labels, CLASSES, tested, validation, seed)),
        accepted(lambda: dealt_split("odd", faces.labels, groups, 0.1, 0.2, seed)),
        accepted(lambda: first_fold_split("odd", faces.labels, groups, groups % 3, 0.1, seed)),
    ]
    for split in made:
        assert split is None or (len(split) == len(faces) and {"train", "validation"} <= set(split))
    if made[1] is not None:
        assert pd.Series(made[1]).groupby(groups).nunique().max() == 1
