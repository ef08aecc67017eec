"""Onto the canvas and back."""

import numpy as np
import pytest
import torch
from hypothesis import assume, given
from hypothesis import strategies as st

from fer_lib.errors import InputError
from fer_lib.guidance.msinet import CANVAS, canvas_size, fit, unfit


def test_a_face_of_48_pixels_is_enlarged_five_times_between_two_grey_strips():
    pictures = torch.rand(2, 3, 48, 48) * 255
    canvas = fit(pictures, CANVAS)
    assert canvas.shape == (2, 3, 240, 320)
    assert (canvas[..., :40] == 126).all() and (canvas[..., 280:] == 126).all()
    inner = canvas[..., 40:280]
    for corner in (np.s_[..., 0, 0], np.s_[..., 0, -1], np.s_[..., -1, 0], np.s_[..., -1, -1]):
        assert torch.allclose(inner[corner], pictures[corner], atol=1e-3)


def test_its_map_is_cut_from_the_middle():
    """240 × 320 → 48 × 64 → the central 48 × 48."""
    maps = torch.zeros(1, 1, 240, 320)
    maps[..., 40:280] = 200
    found = unfit(maps, (48, 48))
    assert found.shape == (1, 1, 48, 48)
    assert torch.allclose(found[..., :-1], torch.tensor(200.0))
    assert (found[..., -1] < 150).all()  # with aligned corners the last column sees a strip, too


@pytest.mark.parametrize(("height", "width", "top", "left"), [(7, 32, 4, 0), (32, 7, 0, 4), (5, 32, 5, 0)])
def test_the_odd_row_is_below_and_the_odd_column_to_the_right(height, width, top, left):
    canvas = fit(torch.zeros(1, 1, height, width), (16, 16))
    filled = (canvas[0, 0] == 126).numpy()
    rows, columns = np.flatnonzero(~filled.all(1)), np.flatnonzero(~filled.all(0))
    inner = round(height * 16 / max(height, width)), round(width * 16 / max(height, width))
    assert (len(rows), len(columns)) == inner
    assert (rows[0], columns[0]) == ((16 - inner[0]) // 2, (16 - inner[1]) // 2)


@given(st.integers(1, 60), st.integers(1, 60), st.sampled_from([(16, 16), (24, 32), (32, 16)]))
def test_every_size_fits_and_comes_back(height, width, canvas):
    assume(max(height, width) < 30 * min(height, width))
    pictures = torch.full((1, 1, height, width), 200.0)
    found = fit(pictures, canvas, filling=0)
    assert found.shape[2:] == canvas
    inside = (found[0, 0] > 0).numpy()
    ratio = min(canvas[0] / height, canvas[1] / width)
    assert inside.sum() == max(1, round(height * ratio)) * max(1, round(width * ratio))
    assert unfit(found, (height, width)).shape[2:] == (height, width)


@given(st.integers(20, 200), st.integers(20, 200))
def test_what_lies_where_comes_back_there(height, width):
    """Brightness by row and by column; away from the borders it is what it was."""
    rows, columns = torch.linspace(40, 200, height), torch.linspace(40, 200, width)
    pictures = torch.stack([rows[:, None].expand(height, width), columns.expand(height, width)])[:, None]
    found = unfit(fit(pictures, (240, 320)), (height, width))
    inner = np.s_[..., height // 4 : -height // 4, width // 4 : -width // 4]
    assert (found[inner] - pictures[inner]).abs().max() < 12  # a pixel or two of 20


@pytest.mark.parametrize(
    ("given_size", "canvas"), [(None, (240, 320)), (96, (96, 96)), ((216, 384), (216, 384)), ([360, 360], (360, 360))]
)
def test_sizes_of_the_canvas(given_size, canvas):
    assert canvas_size(given_size) == canvas


@pytest.mark.parametrize("wrong", [100, 0, -8, (240,), (240, 321), "96", (96.0, 96.0), True])
def test_other_sizes_are_refused(wrong):
    with pytest.raises(InputError, match="infer_size is .*, expected a multiple of 8"):
        canvas_size(wrong)
