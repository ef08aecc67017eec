"""Squares around boxes, and what is cut."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from fer_lib.datasets.cutting import cut, squares_around

from .test_fingerprints import pictures


def test_whole_pixels_are_copied():
    images = pictures(3, size=64)
    boxes = np.array([[0, 0, 16, 16], [5, 40, 21, 56], [48, 48, 64, 64]])
    for image, (x0, y0, x1, y1), piece in zip(images, boxes, cut(images, boxes, 16), strict=True):
        assert np.array_equal(piece, image[y0:y1, x0:x1])


def test_what_shrinks_is_averaged_and_colour_is_kept():
    image = np.zeros((1, 40, 40, 3), np.uint8)
    image[:, ::2, :, 0], image[..., 1] = 200, 90
    piece = cut(image, np.array([[0, 0, 40, 40]]), 5)
    assert piece.shape == (1, 5, 5, 3)
    assert np.abs(piece[..., 0].astype(int) - 100).max() <= 15 and set(np.unique(piece[..., 1])) == {90}


boxes = st.tuples(*[st.floats(-20, 120)] * 2, *[st.floats(1, 150)] * 2)


@given(boxes, st.floats(0, 1))
def test_squares_lie_inside_and_hold_what_they_can(box, margin):
    x, y, width, height = box
    x0, y0, x1, y1 = squares_around(np.array([[x, y, x + width, y + height]]), margin, 90, 100)[0]
    assert np.isclose(x1 - x0, y1 - y0) and min(x0, y0) >= 0 and x1 <= 100 + 1e-9 and y1 <= 90 + 1e-9
    wanted = max(width, height) * (1 + 2 * margin)
    assert np.isclose(x1 - x0, min(wanted, 90))
    centre = x + width / 2
    if centre - wanted / 2 >= 0 and centre + wanted / 2 <= 100 and wanted <= 90:
        assert np.isclose((x0 + x1) / 2, centre)
