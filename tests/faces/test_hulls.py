"""Hulls against every pixel asked for by itself; faces that come to lie upright."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from fer_lib.datasets.synthetic import render, sample_parameters
from fer_lib.errors import InputError
from fer_lib.faces.hulls import MARGIN, hull_masks, upright_faces, upright_matrices
from fer_lib.faces.similarity import moved_points


def inside_slowly(points, x, y):
    """A point is outside of a hull where all its points lie within less than half a turn, seen from there."""
    seen = points - [x, y]
    if (seen == 0).all(1).any():
        return True
    angles = np.sort(np.arctan2(seen[:, 1], seen[:, 0]))
    gaps = np.diff([*angles, angles[0] + 2 * np.pi])
    return gaps.max() <= np.pi + 1e-9


@settings(max_examples=40)
@given(st.integers(0, 2**32 - 1), st.integers(3, 12), st.booleans())
def test_hulls_pixel_by_pixel(seed, count, whole):
    rng = np.random.default_rng(seed)
    points = rng.uniform(-3, 15, (3, count, 2))
    if whole:  # pixels on the edges, edges along rows
        points = np.rint(points / 2) * 2
    points = points.astype(np.float32)
    found = hull_masks(points, 11, 13)
    assert found.shape == (3, 11, 13) and found.dtype == np.uint8
    for mask, row in zip(found, points.astype(float), strict=True):
        flat = np.linalg.matrix_rank(row - row[0], tol=1e-3) < 2
        if not flat:
            expected = [[inside_slowly(row, x, y) for x in range(13)] for y in range(11)]
            assert np.array_equal(mask == 255, expected)


def test_landmarks_lie_in_their_hull_and_unknown_ones_have_none():
    rendered = render(sample_parameters(16, seed=1, style="studio"), 64)
    points = rendered.landmarks.copy()
    points[3, 5] = np.nan
    masks = hull_masks(points, 64, 64)
    assert not masks[3].any() and (masks[[0, 1, 2, 4]] > 0).any((1, 2)).all()
    whole = hull_masks(rendered.landmarks, 64, 64)
    assert np.array_equal(whole[[0, 15]], hull_masks(rendered.landmarks[[0, 15]], 64, 64))  # whoever is beside them
    inner = np.rint(rendered.landmarks[:, 27:]).astype(int)
    for mask, (x, y) in zip(whole, inner.transpose(0, 2, 1), strict=True):
        assert (mask[y.clip(0, 63), x.clip(0, 63)] == 255).all()
    shared = (whole > 0) & (rendered.face_mask > 0)
    assert shared.sum() > 0.95 * (whole > 0).sum()  # the jaw's points lie on the head's outline


def test_faces_are_turned_and_cut_around_their_landmarks():
    rendered = render(sample_parameters(12, seed=2, style="wild"), 96)
    angle = np.deg2rad(25)
    turned = np.array([[np.cos(angle), -np.sin(angle), 30], [np.sin(angle), np.cos(angle), -10]])[None]
    points = moved_points(rendered.landmarks, np.repeat(turned, 12, 0))
    size = 70
    moved = moved_points(points, upright_matrices(points, size))
    assert np.allclose(moved[:, 39, 1], moved[:, 42, 1], atol=1e-6) and (moved[:, 42, 0] > moved[:, 39, 0]).all()
    low, high = moved.min(1), moved.max(1)
    assert np.allclose((low + high) / 2, (size - 1) / 2)
    margin = MARGIN * (moved[:, 42, 0] - moved[:, 39, 0])
    assert np.allclose((high - low).max(1) + 2 * margin, size)


def test_pictures_move_with_their_landmarks():
    """A bright spot on the nose of each face lies on its landmark in the square too."""
    rendered = render(sample_parameters(12, seed=2, style="wild"), 96)
    images = np.zeros((12, 96, 96), np.uint8)
    nose = np.rint(rendered.landmarks[:, 30]).astype(int)
    for image, (x, y) in zip(images, nose, strict=True):
        image[y - 1 : y + 2, x - 1 : x + 2] = 255
    faces, masks = upright_faces(images, rendered.landmarks, 80)
    assert faces.shape == masks.shape == (12, 80, 80) and faces.dtype == masks.dtype == np.uint8
    same, _ = upright_faces(rendered.images, rendered.landmarks, 80)
    assert same.std((1, 2)).min() > 5
    there = moved_points(nose[:, None].astype(float), upright_matrices(rendered.landmarks.astype(float), 80))[:, 0]
    for face, mask, (x, y) in zip(faces, masks, there, strict=True):
        rows, columns = np.indices(face.shape)
        assert np.average(columns, weights=face) == pytest.approx(x, abs=0.3)
        assert np.average(rows, weights=face) == pytest.approx(y, abs=0.3)
        assert mask[round(y), round(x)] == 255 and 0.3 < (mask > 0).mean() < 0.8


def test_faces_without_landmarks_are_refused():
    rendered = render(sample_parameters(4, seed=2, style="wild"), 48)
    points = rendered.landmarks.copy()
    points[2] = np.nan
    with pytest.raises(InputError, match="image 2 to be cut: no landmarks, expected 68 points"):
        upright_faces(rendered.images, points, 48)
