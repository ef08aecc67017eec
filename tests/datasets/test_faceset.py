"""FaceSet keeps images, samples, extras and rows in step, and refuses what does not fit."""

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from fer_lib.datasets import FaceSet
from fer_lib.errors import InputError


@pytest.fixture
def faces(make_faces):
    made = make_faces([0, 1, 2, 1, 0], subject=list("aabbc"))
    return replace(made, extras={"landmarks": np.arange(5 * 68 * 2, dtype=np.float32).reshape(5, 68, 2)})


@pytest.mark.parametrize("keep", [np.array([True, False, True, True, False]), np.array([3, 0]), [], slice(None)])
def test_subset_keeps_everything_in_step(faces, keep):
    keep = np.arange(5)[keep] if isinstance(keep, slice) else np.asarray(keep, dtype=None if len(keep) else np.int64)
    part = faces.subset(keep)
    expected = np.arange(5)[keep]
    assert np.array_equal(part.rows, expected)
    assert np.array_equal(part.images, faces.images[expected])
    assert np.array_equal(part.extras["landmarks"], faces.extras["landmarks"][expected])
    assert part.samples["sample_id"].tolist() == [f"tiny-{i:05d}" for i in expected]
    assert list(part.samples.index) == list(range(len(expected)))


def test_rows_of_a_subset_of_a_subset_point_into_the_stored_set(faces):
    assert faces.subset([4, 2, 1]).subset([True, False, True]).rows.tolist() == [4, 1]


def test_relabel_drops_negative_labels(faces):
    changed = faces.relabel(np.array([1, -1, 0, -1, 1]), ("no", "yes"))
    assert changed.classes == ("no", "yes")
    assert changed.labels.tolist() == [1, 0, 1]
    assert changed.rows.tolist() == [0, 2, 4]
    assert faces.labels.tolist() == [0, 1, 2, 1, 0]


def test_labels_are_int64(faces):
    assert faces.labels.dtype == np.int64


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda f: {"images": f.images.astype(np.float32)}, r"images are float32 \(5, 4, 4\), expected uint8"),
        (lambda f: {"images": f.images[0]}, "expected uint8"),
        (lambda f: {"images": f.images[:4]}, "5 sample rows for 4 images"),
        (lambda f: {"samples": f.samples.drop(columns=["split", "source"])}, "lack the column split, source"),
        (lambda f: {"samples": f.samples.assign(sample_id="same")}, "sample_id is not unique"),
        (lambda f: {"samples": f.samples.assign(label=3)}, "labels must lie in 0…2"),
        (lambda f: {"samples": f.samples.assign(label=-1)}, "labels must lie in 0…2"),
        (lambda f: {"extras": {"landmarks": np.zeros((4, 68, 2))}}, "extra 'landmarks' has 4 rows for 5 images"),
    ],
)
def test_what_does_not_fit_is_refused(faces, change, message):
    with pytest.raises(InputError, match=f"^tiny: .*{message}"):
        replace(faces, **change(faces))


def test_empty_set_is_allowed():
    columns = ["sample_id", "label", "subject", "split", "source"]
    assert len(FaceSet("none", np.empty((0, 48, 48), np.uint8), pd.DataFrame(columns=columns), ("happy",))) == 0
