"""Landmarks to draw, and stored sets that bring their own."""

import numpy as np
import pytest

from fer_lib.datasets.registry import _store, read_prepared
from fer_lib.faces import REGIONS

CENTRES = {
    "jaw": (24, 30, 20, 16),
    "right_brow": (14, 12, 6, 2),
    "left_brow": (34, 12, 6, 2),
    "nose": (24, 22, 4, 7),
    "right_eye": (15, 18, 4, 2),
    "left_eye": (33, 18, 4, 2),
    "mouth": (24, 37, 8, 4),
}


def scattered_faces(count, seed=0, size=48):
    """float32 (count, 68, 2): each part scattered around its place in a 48 px face, some beyond the border."""
    rng = np.random.default_rng(seed)
    points = np.empty((count, 68, 2), np.float32)
    for region, (x, y, wide, high) in CENTRES.items():
        where = REGIONS[region]
        shape = (count, where.stop - where.start)
        points[:, where, 0] = x + rng.uniform(-wide, wide, shape)
        points[:, where, 1] = y + rng.uniform(-high, high, shape)
    jaw = np.linspace(0, np.pi, 17)
    points[:, :17, 0] = 24 - 21 * np.cos(jaw) + rng.normal(0, 1, (count, 17))
    points[:, :17, 1] = 18 + 28 * np.sin(jaw) + rng.normal(0, 1, (count, 17))
    return points * (size / 48)


@pytest.fixture
def points():
    """Six faces; the third and the last were not found."""
    found = scattered_faces(6)
    found[[2, 5]] = np.nan
    return found


@pytest.fixture
def images():
    return np.random.default_rng(1).integers(0, 256, (6, 48, 48), dtype=np.uint8)


@pytest.fixture
def store(tmp_path, make_faces):
    """``store(images, points)``: a prepared set on disk that brings landmarks. Storing again replaces it."""
    made = []

    def put(images, points=None, name="tiny"):
        made.append(name)
        faces = make_faces([0] * len(images), images=images, name=name)
        if points is not None:
            object.__setattr__(faces, "extras", {"landmarks": points})
        _store(faces, tmp_path / "prepared" / name, {"dataset": name, "made": len(made)}, {})
        return read_prepared(tmp_path / "prepared" / name)

    return put


@pytest.fixture
def faces(store, images, points):
    return store(images, points)


@pytest.fixture
def scattered():
    return scattered_faces
