import numpy as np
import pytest

from fer_lib.faces import FIVE_POINTS, detect_landmarks, five_points


def apart(landmarks, keep):
    """Derived from the 68 points against MTCNN's own, in distances of the eyes: float (n, 5)."""
    derived, own = five_points(landmarks.points[keep]), landmarks.mtcnn_points[keep]
    return np.linalg.norm(derived - own, axis=2) / np.linalg.norm(derived[:, :1] - derived[:, 1:2], axis=2)


def test_point_by_point():
    points = np.random.default_rng(0).uniform(0, 48, (3, 68, 2)).astype(np.float32)
    found = five_points(points)
    assert found.shape == (3, 5, 2) and found.dtype == np.float32
    for face, five in zip(points, found, strict=True):
        slowly = [sum(face[36:42]) / 6, sum(face[42:48]) / 6, face[30], face[48], face[54]]
        assert np.allclose(five, slowly, atol=1e-5)


def test_left_is_left_in_the_image_and_up_is_up(portraits):
    left, right, nose, left_corner, right_corner = five_points(portraits.extras["landmarks"]).mean(axis=0)
    assert len(FIVE_POINTS) == 5
    assert left[0] < nose[0] < right[0] and left_corner[0] < nose[0] < right_corner[0]
    assert max(left[1], right[1]) < nose[1] < min(left_corner[1], right_corner[1])


def test_unknown_points_stay_unknown():
    assert np.isnan(five_points(np.full((1, 68, 2), np.nan, np.float32))).all()


def test_mtcnns_own_points_are_kept_for_its_rows_only(portraits):
    found = detect_landmarks(portraits.images[:8], detectors=["mtcnn"])
    assert np.isfinite(found.mtcnn_points[found.has_face]).all()
    assert np.isnan(detect_landmarks(portraits.images[:2]).mtcnn_points).all()


def test_both_definitions_agree_on_drawn_faces(portraits):
    found = detect_landmarks(portraits.images[:12], detectors=["mtcnn"])
    distance = apart(found, found.has_face)
    assert found.has_face.mean() > 0.9 and np.median(distance) < 0.1 and (distance.mean(1) < 0.2).mean() > 0.9


@pytest.mark.real_data
def test_both_definitions_agree_on_photographs(fer2013):
    rows = np.sort(np.random.default_rng(2020).choice(len(fer2013), 100, replace=False))
    found = detect_landmarks(fer2013.images[rows], detectors=["mtcnn"], workers=None)
    distance = apart(found, found.has_face)
    assert found.has_face.mean() > 0.85 and np.median(distance) < 0.12 and (distance.mean(1) < 0.3).mean() > 0.85
