"""Faces cut out at a known distance from the middle."""

import numpy as np
import pytest

from fer_lib.datasets import load_dataset
from fer_lib.datasets.synthetic import build_shifted, cut_out, draw_shifts
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


def test_whatever_the_shift_the_features_stay_in_the_picture(faces):
    """Brows, eyes, nose and mouth; of the jaw at most a few pixels leave it."""
    from_middle = np.abs(np.asarray(faces.extras["landmarks"]) - 33.5).max(axis=(0, 2))
    assert from_middle[17:].max() + 10 <= 24 and from_middle.max() + 10 <= 29


def test_people_of_the_set_are_known_and_each_is_neutral_once_in_four(faces):
    subjects = faces.samples["subject"]
    assert subjects.nunique() == 10 and (faces.samples.groupby("subject")["split"].nunique() == 1).all()
    assert (faces.labels == faces.classes.index("neutral")).mean() == 0.25


@pytest.mark.parametrize(("option", "value"), [("images", 39), ("images", 40.0), ("seed", -1), ("seed", True)])
def test_bad_options_are_told_in_one_sentence(option, value):
    with pytest.raises(InputError, match=f"synthetic_shifted: {option} .*expected a whole number of at least"):
        build_shifted(None, **{option: value})


def test_same_options_same_bits(faces):
    again = build_shifted(None, images=60)
    assert np.array_equal(again.images, faces.images)
    assert np.array_equal(again.extras["landmarks"], faces.extras["landmarks"])
