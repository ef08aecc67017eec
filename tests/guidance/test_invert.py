import numpy as np
import pytest

from fer_lib.guidance import make_guidance, render_guidance


@pytest.mark.parametrize("kind", ["binary", "dilated"])
def test_black_and_white_change_places_where_a_face_is_drawn(kind, images, points):
    usual, inverted = (render_guidance(kind, images, points, invert=flag) for flag in (False, True))
    known = ~np.isnan(points).any((1, 2))
    assert np.array_equal(inverted[known], 255 - usual[known])


@pytest.mark.parametrize(("fill", "value"), [("white", 255), ("black", 0)])
def test_images_without_a_face_keep_their_fill(fill, value, images, points):
    inverted = render_guidance("binary", images, points, invert=True, no_face_fill=fill)
    assert (inverted[[2, 5]] == value).all()


def test_soft_masks_are_bright_around_the_parts(images, points):
    usual, inverted = (render_guidance("soft", images, points, invert=flag) for flag in (False, True))
    known = ~np.isnan(points).any((1, 2))
    assert np.array_equal(inverted[known] == 127, usual[known] == 255)


def test_patches_show_everything_but_the_parts(images, points):
    usual, inverted = (render_guidance("patches", images, points, invert=flag).astype(int) for flag in (False, True))
    known = ~np.isnan(points).any((1, 2))
    assert np.array_equal(usual[known] + inverted[known], images[known])


def test_it_is_off_by_default_and_has_a_file_of_its_own(faces, tmp_path):
    usual = make_guidance("binary", faces, tmp_path, landmarks="dataset")
    inverted = make_guidance("binary", faces, tmp_path, landmarks="dataset", invert=True)
    assert not np.array_equal(usual, inverted)
    assert np.array_equal(usual, make_guidance("binary", faces, tmp_path, landmarks="dataset", invert=False))
    assert np.array_equal(make_guidance("noise", faces, tmp_path, invert=True), make_guidance("noise", faces, tmp_path))
