"""Boxes and labels that stay in the frame."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from fer_lib.errors import InputError
from fer_lib.recognizer import Recognizer
from fer_lib.recognizer.drawing import LEGIBLE, PLATE, SCALE, place

GREEN, VIOLET = (179, 255, 179), (223, 128, 255)


def face(xmin, ymin, xmax, ymax, label="surprise", probability=0.999):
    box = {"xmin": xmin, "ymin": ymin, "xmax": xmax, "ymax": ymax}
    return {**box, "emo_label": label, "emo_proba": probability, "proba_list": []}


def where(frame, colour):
    """Left, top, right, bottom of the pixels of one colour."""
    rows, columns = np.nonzero((frame == colour).all(-1))
    return columns.min(), rows.min(), columns.max() + 1, rows.max() + 1


def test_box_and_plate_are_where_rmn_draws_them():
    frame = np.zeros((200, 400, 3), np.uint8)
    assert Recognizer.draw(frame, [face(100, 60, 180, 140, "sad", 0.879)]) is frame
    left, top, right, bottom = where(frame, GREEN)
    assert (left, right) == (99, 181) and (top, bottom) == (59, 141)  # a line of two pixels and its round cap
    left, top, right, bottom = where(frame, VIOLET)
    assert left == 180 and top < 60 < bottom
    assert (frame[top:bottom, left:right] == 0).all(-1).any(), "no text on the plate"


@pytest.mark.parametrize("box", [(330, 60, 400, 130), (300, 0, 400, 100), (0, 0, 400, 200), (350, 190, 400, 200)])
def test_a_label_at_the_border_is_whole(box):
    frame = np.zeros((200, 400, 3), np.uint8)
    inside = where(Recognizer.draw(frame.copy(), [face(150, 90, 200, 140)]), VIOLET)
    moved = where(Recognizer.draw(frame, [face(*box)]), VIOLET)
    assert (inside[2] - inside[0], inside[3] - inside[1]) == (moved[2] - moved[0], moved[3] - moved[1])


sides = st.integers(1, 300)


@given(sides, sides, st.integers(-50, 400), st.integers(-50, 400), st.sampled_from(["sad 1", "neutral 100"]))
def test_every_plate_is_inside_of_every_frame(height, width, x, y, text):
    left, top, right, bottom, scale = place(text, x, y, height, width)
    assert 0 <= left < right <= width and 0 <= top < bottom <= height and 0 < scale <= SCALE


@given(sides, sides, st.data())
def test_any_box_in_any_frame_is_drawn(height, width, data):
    xmin, ymin = data.draw(st.integers(0, width - 1)), data.draw(st.integers(0, height - 1))
    xmax, ymax = data.draw(st.integers(xmin + 1, width)), data.draw(st.integers(ymin + 1, height))
    wall = 7  # pixels of a larger picture around the frame, which must stay as they are
    picture = np.zeros((height + 2 * wall, width + 2 * wall, 3), np.uint8)
    frame = picture[wall:-wall, wall:-wall]
    Recognizer.draw(frame, [face(xmin, ymin, xmax, ymax)])
    assert frame.any() and picture.sum() == frame.sum()


def test_small_frames_have_small_labels_and_tiny_ones_none():
    small, tiny = np.zeros((40, 70, 3), np.uint8), np.zeros((9, 9, 3), np.uint8)
    assert (Recognizer.draw(small, [face(5, 5, 35, 35)]) == PLATE).all(-1).any()
    assert not (Recognizer.draw(tiny, [face(1, 1, 8, 8)]) == PLATE).all(-1).any() and tiny.any()
    assert place("surprise 99", 8, 1, 9, 9)[-1] < LEGIBLE


def test_views_grey_frames_and_numbers_from_a_table():
    frame = np.zeros((100, 200, 3), np.uint8)
    mirrored = frame[:, ::-1]
    assert Recognizer.draw(mirrored, [face(np.float64(20), np.int64(30), 90.0, 90)]) is mirrored and frame.any()
    grey = np.zeros((100, 200), np.uint8)
    assert Recognizer.draw(grey, [face(20, 30, 90, 90)]) is grey and grey.any()
    assert not Recognizer.draw(np.zeros((5, 5), np.uint8), []).any()


def test_what_cannot_be_drawn_in_is_named():
    frame = np.zeros((50, 50, 3), np.uint8)
    frame.flags.writeable = False
    with pytest.raises(InputError, match="frame is read-only"):
        Recognizer.draw(frame, [])
    with pytest.raises(InputError, match="frame is None"):
        Recognizer.draw(None, [])
