"""Stored sets for the landmark tests, and a detector that costs nothing."""

import numpy as np
import pytest

from fer_lib.datasets import load_dataset
from fer_lib.datasets.registry import _store, read_prepared
from fer_lib.faces import chain, detector, mtcnn
from fer_lib.faces.rows import BOX, FOUND, LANDMARKS, empty_rows


@pytest.fixture
def store(tmp_path, make_faces):
    """``store(images, landmarks=…)``: a prepared set on disk. Storing again replaces it by another one."""
    made = []

    def put(images, name="tiny", **extras):
        made.append(name)
        faces = make_faces([0] * len(images), images=images, name=name)
        folder = tmp_path / "prepared" / name
        object.__setattr__(faces, "extras", extras)
        _store(faces, folder, {"dataset": name, "made": len(made)}, {})
        return read_prepared(folder)

    return put


@pytest.fixture(scope="session")
def portraits(tmp_path_factory):
    """60 drawn faces of 128 px in colour; dlib finds every one."""
    return load_dataset(
        "synthetic", tmp_path_factory.mktemp("portraits"), images=60, size=128, channels="rgb", style="studio"
    )


class FakeDetector:
    """Stands in for dlib: every image with an even first pixel has a face whose points equal that pixel.
    MTCNN's stand-in finds a face where the first pixel is a multiple of five."""

    def __init__(self):
        self.seen, self.fail_after = [], None
        self.seen_by_mtcnn, self.mtcnn_fails_after = [], None

    def __call__(self, images, options):
        if self.fail_after is not None and len(self.seen) >= self.fail_after:
            raise KeyboardInterrupt
        first = images.reshape(len(images), -1)[:, 0].astype(np.float32)
        self.seen.append([int(value) for value in first])
        rows = empty_rows(len(images))
        even = first % 2 == 0
        rows[even, LANDMARKS], rows[even, BOX] = first[even, None], first[even, None]
        rows[:, FOUND] = even
        return rows

    def mtcnn(self, images, **options):
        if self.mtcnn_fails_after is not None and len(self.seen_by_mtcnn) >= self.mtcnn_fails_after:
            raise KeyboardInterrupt
        first = images.reshape(len(images), -1)[:, 0]
        self.seen_by_mtcnn.append(first.tolist())
        rows = empty_rows(len(images))
        fifth = first % 5 == 0
        rows[fifth, LANDMARKS], rows[fifth, BOX], rows[fifth, FOUND] = first[fifth, None] + 100, -3, 1
        return rows

    def fitted(self, image, box, upscale):
        return np.full(136, 200 + image[0, 0])


@pytest.fixture
def fake(monkeypatch, tmp_path):
    model = tmp_path / "model.dat"
    model.write_bytes(b"not a model")
    monkeypatch.setenv("FER_LANDMARK_MODEL", str(model))
    stand_in = FakeDetector()
    monkeypatch.setattr(detector, "describe_faces", stand_in)
    monkeypatch.setattr(detector, "load_models", lambda: None)
    monkeypatch.setattr(mtcnn, "describe_faces", stand_in.mtcnn)
    monkeypatch.setattr(chain, "fit_landmarks", stand_in.fitted)
    return stand_in


@pytest.fixture
def numbered():
    """``numbered(n)``: n images of 6 × 6 whose pixels are their row."""
    return lambda n: np.arange(n, dtype=np.uint8)[:, None, None].repeat(6, 1).repeat(6, 2)
