"""A drawn set with its own landmarks, and small sets with any content."""

from pathlib import Path

import numpy as np
import pytest

from fer_lib.datasets import FaceSet, load_dataset
from fer_lib.datasets.registry import _store, read_prepared


@pytest.fixture(scope="package")
def drawn(tmp_path_factory) -> tuple[FaceSet, Path]:
    """160 drawn faces of 40 people, 48 px; the folder they are stored in."""
    data = tmp_path_factory.mktemp("drawn")
    return load_dataset("synthetic", data, images=160, subjects=40, style="studio"), data


@pytest.fixture
def put(tmp_path, make_faces):
    """``put(images, landmarks, labels, classes, **columns)``: a stored set and the folder it is stored in."""
    made = []

    def store(images, landmarks, labels, classes=("neutral", "happy", "angry"), name="tiny", **columns):
        made.append(name)
        faces = make_faces(labels, classes, images, name, **columns)
        object.__setattr__(faces, "extras", {"landmarks": np.asarray(landmarks, np.float32)})
        data = tmp_path / f"data{len(made)}"
        folder = data / "prepared" / name
        _store(faces, folder, {"dataset": name}, {})
        return read_prepared(folder), data

    return store


def eyes_at(left, right) -> np.ndarray:
    """float32 (68, 2): landmarks with these eyes."""
    points = np.tile(np.add(left, right) / 2 + [0, 20], (68, 1))
    points[36:42], points[42:48] = left, right
    return points.astype(np.float32)
