"""Faces cut out at a known distance from the middle."""

import numpy as np
import pytest

from fer_lib.datasets import load_dataset
from fer_lib.datasets.synthetic import cut_out, draw_shifts
from fer_lib.errors import InputError


@pytest.fixture(scope="module")
def faces(tmp_path_factory):
    return load_dataset("synthetic_shifted", tmp_path_factory.mktemp("data"), images=60)


def test_faces_stand_in_the_middle_before_they_are_cut_out(faces):
    assert faces.images.shape == (60, 68, 68)
    assert np.abs(faces.extras["landmarks"].mean(1) - 33.5).max() < 0.01


def test_landmarks_move_with_the_pixels(faces):
    shifts = draw_shifts(len(faces), 10, seed=1)
    cut = cut_out(faces, shifts)
    assert cut.images.shape == (60, 48, 48)
    assert np.abs(cut.extras["landmarks"].mean(1) - 23.5 - shifts).max() < 0.01
    for image, whole, (right, down) in zip(cut.images, faces.images, shifts, strict=True):
        assert np.array_equal(image, whole[10 - down : 58 - down, 10 - right : 58 - right])
    masks = cut.extras["face_mask"] > 127
    x = (masks * np.arange(48)).sum((1, 2)) / masks.sum((1, 2))
    assert np.corrcoef(x, shifts[:, 0])[0, 1] > 0.97


def test_shifts_are_uniform_whole_pixels_and_the_same_at_every_call():
    shifts = draw_shifts(5000, 10, seed=3)
    assert np.array_equal(shifts, draw_shifts(5000, 10, seed=3)) and not np.array_equal(
        shifts, draw_shifts(5000, 10, 4)
    )
    counts = np.bincount(shifts.ravel() + 10, minlength=21)
    assert len(counts) == 21 and counts.min() > 0.75 * 10000 / 21


def test_more_than_the_room_is_refused(faces):
    with pytest.raises(InputError, match="shifts of 11 pixels, expected 0…10"):
        draw_shifts(5, 11, seed=0)
    with pytest.raises(InputError, match="up to 12 pixels"):
        cut_out(faces, np.full((60, 2), 12))
