"""Agreement and error of detectors, on landmarks whose answer is known."""

import numpy as np
import pandas as pd
import pytest

from fer_lib.datasets import load_dataset
from fer_lib.faces import five_points
from fer_lib.faces.landmarks import Landmarks
from fer_lib.studies import detector_comparison as comparison

COLUMNS = [f"mtcnn_{axis}{point}" for point in range(5) for axis in "xy"]


@pytest.fixture
def truth():
    points = np.random.default_rng(0).uniform(5, 40, size=(4, 68, 2)).astype(np.float32)
    points[:, 36], points[:, 45] = (10, 20), (30, 20)  # outer eye corners 20 pixels apart
    return points


@pytest.fixture
def faces(make_faces, truth):
    made = make_faces(np.array([0, 0, 1, 1]), ("happy", "sad"))
    return type(made)(made.name, made.images, made.samples, made.classes, extras={"landmarks": truth})


def landmarks(points, has_face, box=(0, 0, 10, 10), own=None):
    has_face = np.array(has_face)
    table = pd.DataFrame([box] * len(points), columns=["x0", "y0", "x1", "y1"], dtype=float)
    if own is not None:
        table[COLUMNS] = own.reshape(-1, 10)
    points = np.where(has_face[:, None, None], points, np.nan)
    return Landmarks(points, has_face, table.assign(has_face=has_face))


def test_error_is_in_interocular_distances(faces, truth):
    shifted = landmarks(truth + np.array([3, 4]), [True, False, True, True])  # 5 pixels away, everywhere
    assert comparison.landmark_error(faces, shifted) == pytest.approx([0.25, np.nan, 0.25, 0.25], nan_ok=True)
    table = comparison.error_table(faces, {"dlib-hog": shifted}).iloc[0]
    assert table[["images (%)", "median error", "90 % below"]].tolist() == pytest.approx([75, 0.25, 0.25])


def test_error_is_unknown_without_truth(make_faces, truth):
    found = landmarks(truth, [True] * 4)
    bare = make_faces(np.zeros(4, int), ("happy",))
    assert comparison.landmark_error(bare, found) is None and comparison.error_table(bare, {"mtcnn": found}) is None


def test_overlap_of_boxes():
    a = np.array([[0, 0, 10, 10], [0, 0, 10, 10], [0, 0, 10, 10], [0, 0, 4, 4]], float)
    b = np.array([[0, 0, 10, 10], [5, 0, 15, 10], [20, 20, 30, 30], [1, 1, 3, 3]], float)
    assert comparison.overlap(a, b) == pytest.approx([1, 50 / 150, 0, 4 / 16])


def test_agreement(truth):
    hog = landmarks(truth, [True, True, True, False])
    own = five_points(truth) + np.array([0, 2])  # 2 pixels below what the 68 points say
    mtcnn = landmarks(truth + np.array([4, 0]), [True, True, False, False], box=(5, 0, 15, 10), own=own)
    table = comparison.agreement_table({"dlib-hog": hog, "mtcnn": mtcnn}).set_index("quantity")["value"]
    assert table["images"] == 4
    assert table.filter(like="(%)").tolist() == [50, 25, 0, 25]
    assert table["overlap of boxes, median"] == pytest.approx(1 / 3)
    assert table["five points apart, median"] == pytest.approx(0.1) == table["five points apart, 90 % below"]
    assert table["68 points apart, median"] == pytest.approx(0.2)


def test_agreement_needs_both(truth):
    assert comparison.agreement_table({"dlib-hog": landmarks(truth, [True] * 4)}) is None


def test_detectors_that_agree_on_nothing_leave_gaps(truth):
    found = {"dlib-hog": landmarks(truth, [True, True, False, False])}
    found["mtcnn"] = landmarks(truth, [False, False, True, True], own=five_points(truth))
    table = comparison.agreement_table(found).set_index("quantity")["value"]
    assert table["both find a face (%)"] == 0 and np.isnan(table["five points apart, median"])


def test_each_detector_sees_the_same_sample(tmp_path):
    faces = load_dataset("synthetic", tmp_path, images=40, subjects=5)
    few, found = comparison.each_detector(faces, {"detectors": ["hog", "whole_image"]}, count=12, seed=1)
    assert len(few) == 12 and len(np.unique(few.rows)) == 12 and list(found) == ["dlib-hog", "whole_image"]
    assert all(len(one) == 12 for one in found.values())
    assert set(found["dlib-hog"].table["detector"]) <= {"dlib-hog", ""} and not found["whole_image"].has_face.any()
    again, _ = comparison.each_detector(faces, {"detectors": ["whole_image"]}, count=12, seed=1)
    assert np.array_equal(few.rows, again.rows)
