"""On photographs: how many faces are found, and how near the landmarks come."""

import io
import zipfile

import numpy as np
import pandas as pd
import pytest
from PIL import Image

from fer_lib.faces import detect_landmarks


def test_coverage_of_fer2013(fer2013):
    rows = np.random.default_rng(2020).choice(len(fer2013), 600, replace=False)
    found = detect_landmarks(fer2013.images[np.sort(rows)], workers=None)
    shares = found.table["detector"].value_counts(normalize=True)
    assert 0.84 <= shares["dlib-hog"] <= 0.91
    assert 0.04 <= shares["mtcnn"] <= 0.09
    assert found.has_face.mean() == pytest.approx(shares["dlib-hog"] + shares["mtcnn"])
    assert np.isfinite(found.points).all()


def test_native_size_finds_hardly_anything_in_fer2013(fer2013):
    assert detect_landmarks(fer2013.images[:60], upscale=1, detectors=["hog"]).has_face.mean() < 0.05


@pytest.mark.real_data
@pytest.mark.parametrize("detector", ["hog", "mtcnn"])
def test_every_london_face_is_found_with_its_pupils_between_the_eyelids(detector, real_data):
    if not (real_data / "london_faces.zip").is_file():
        pytest.skip("real data: london_faces.zip is not in FER_TEST_DATA")
    with zipfile.ZipFile(real_data / "london_faces.zip") as archive:
        table = pd.read_csv(archive.open("london_faces/landmarks.csv")).head(20)
        files = [io.BytesIO(archive.read(f"london_faces/images/{name}")) for name in table["image"]]
    photographs = np.stack([np.asarray(Image.open(file).convert("RGB")) for file in files])
    found = detect_landmarks(photographs, detectors=[detector])
    assert found.has_face.all()
    pupils = table[["x0", "y0", "x1", "y1"]].to_numpy().reshape(-1, 2, 2)
    eyes = np.stack([found.points[:, 36:42].mean(1), found.points[:, 42:48].mean(1)], axis=1)
    apart = np.linalg.norm(pupils[:, 0] - pupils[:, 1], axis=1)
    assert (np.linalg.norm(eyes - pupils, axis=2).max(axis=1) < 0.12 * apart).all()
