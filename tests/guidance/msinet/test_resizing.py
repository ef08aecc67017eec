"""Resizing beside values of TensorFlow and beside a slow twin."""

import json
from pathlib import Path

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from fer_lib.guidance.msinet.resizing import area_matrix, resize, scaled

CASES = json.loads((Path(__file__).parent / "resizing_tensorflow.json").read_text())["cases"]


def area_slowly(line, after):
    """resize_area of a line of pixels with aligned corners, piece by piece."""
    step = (len(line) - 1) / (after - 1) if after > 1 else len(line)
    out = []
    for i in range(after):
        total, at, end = 0.0, i * step, (i + 1) * step
        while at < end - 1e-9:
            pixel = int(np.floor(at + 1e-9))
            until = min(pixel + 1, end)
            total += (until - at) * line[min(pixel, len(line) - 1)]
            at = until
        out.append(total / step)
    return np.array(out)


@pytest.mark.parametrize("case", CASES, ids=lambda case: f"{case['how']}-{len(case['after'])}")
def test_resized_as_by_tensorflow(case):
    before, after = (torch.tensor(case[key], dtype=torch.float32)[None, None] for key in ("before", "after"))
    found = resize(before, tuple(after.shape[2:]))
    bound = 0.02 if case["how"] == "resize_area" else 0.3  # its table of the bicubic kernel has 1024 places per pixel
    assert (found - after).abs().max() < bound


@given(st.integers(2, 40), st.integers(1, 40), st.integers(0, 2**32 - 1))
def test_areas_twin(before, after, seed):
    line = np.random.default_rng(seed).uniform(0, 255, before)
    after = min(before, after)
    assert np.allclose(area_matrix(before, after).numpy() @ line, area_slowly(line, after), atol=1e-6)


def test_area_rows_are_averages():
    for before, after in ((320, 48), (48, 47), (7, 7), (1, 3), (5, 1)):
        matrix = area_matrix(before, after)
        assert matrix.shape == (after, before) and torch.allclose(matrix.sum(1), torch.ones(after).double())


def test_enlarging_overshoots_no_grey_level():
    edge = torch.tensor([0.0, 0, 255, 255]).view(1, 1, 1, 4).expand(1, 1, 4, 4)
    found = resize(edge, (9, 9))
    assert found.min() == 0 and found.max() == 255


def test_sizes_are_rounded_to_even_halves():
    assert scaled((5, 3), 0.5) == (2, 2) and scaled((48, 48), 5) == (240, 240) and scaled((1, 100), 0.1) == (1, 10)
