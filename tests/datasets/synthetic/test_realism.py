"""Strangers agree that these are faces: dlib's detector and landmark predictor, both trained on photographs."""

from importlib.util import find_spec
from pathlib import Path

import dlib
import numpy as np
import pytest

from fer_lib.datasets.synthetic import face_box, render, sample_parameters

N, SIZE = 60, 128


@pytest.fixture(scope="module")
def frontal():
    """Sixty people, each with one expression."""
    parameters = sample_parameters(4 * N, seed=7, style="studio", subjects=N)
    parameters = parameters.take(4 * np.arange(N) + np.arange(N) % 4)
    return render(parameters, SIZE), render(parameters, SIZE, features=False)


@pytest.fixture(scope="module")
def predictor():
    # The package that carries the model cannot be imported (it needs pkg_resources); its file can be read.
    folder = Path(find_spec("face_recognition_models").submodule_search_locations[0])
    return dlib.shape_predictor(str(folder / "models" / "shape_predictor_68_face_landmarks.dat"))


def test_detector_finds_the_faces(frontal):
    detector = dlib.get_frontal_face_detector()
    boxes = face_box(frontal[0].landmarks)
    found = 0
    for image, (left, top, right, bottom) in zip(frontal[0].images, boxes, strict=True):
        side = right - left
        detections, _, _ = detector.run(image, 1, -0.5)
        found += any(
            abs(d.center().x - 0.5 * (left + right)) < 0.25 * side
            and abs(d.center().y - 0.5 * (top + bottom)) < 0.25 * side
            and 0.7 < d.width() / side < 1.4
            for d in detections
        )
    assert found / N >= 0.75


def errors(predictor, images, points):
    """Mean distance over the 68 points in distances between the outer corners of the eyes, (N,)."""
    out = []
    for image, truth, box in zip(images, points, face_box(points), strict=True):
        shape = predictor(image, dlib.rectangle(*(int(round(float(edge))) for edge in box)))
        seen = np.array([[p.x, p.y] for p in shape.parts()])
        out.append(np.linalg.norm(seen - truth, axis=1).mean() / np.linalg.norm(truth[36] - truth[45]))
    return np.array(out)


def test_predictor_finds_the_landmarks_because_of_the_features(frontal, predictor):
    full, blank = frontal
    error = np.median(errors(predictor, full.images, full.landmarks))
    without = np.median(errors(predictor, blank.images, full.landmarks))
    assert error <= 0.08
    assert error <= 0.40 * without
