"""Morphology against windows looked through one by one, and against SciPy."""

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import ndimage

from fer_lib.training.compositions.masks import cleaned, dilated, eroded, filled

masks_ = st.builds(
    lambda seed, share, height, width: np.random.default_rng(seed).random((3, height, width)) < share,
    st.integers(0, 2**32 - 1), st.floats(0.05, 0.95), st.integers(1, 14), st.integers(1, 14),
)  # fmt: skip


def window_slowly(mask, kernel, combine):
    """Every pixel of a mask (H, W) asks its window; beyond the border nothing is set."""
    reach = kernel // 2
    around = np.pad(mask, reach)
    return np.array(
        [[combine(around[y : y + kernel, x : x + kernel]) for x in range(mask.shape[1])] for y in range(mask.shape[0])]
    )


def filled_slowly(mask):
    """The outside of a mask, walked through from a frame around it."""
    around = np.pad(mask, 1)
    seen, todo = {(0, 0)}, [(0, 0)]
    while todo:
        y, x = todo.pop()
        for place in ((y - 1, x), (y + 1, x), (y, x - 1), (y, x + 1)):
            inside = 0 <= place[0] < around.shape[0] and 0 <= place[1] < around.shape[1]
            if inside and place not in seen and not around[place]:
                seen.add(place)
                todo.append(place)
    result = np.ones_like(around)
    for place in seen:
        result[place] = False
    return result[1:-1, 1:-1]


@settings(max_examples=40)
@given(masks_, st.sampled_from([1, 3, 5]))
def test_windows_one_by_one(masks, kernel):
    reach = kernel // 2
    found = dilated(torch.from_numpy(masks), kernel).numpy()
    expected = np.stack([window_slowly(np.pad(mask, reach), kernel, np.any) for mask in masks])
    assert np.array_equal(found, expected)
    found = eroded(torch.from_numpy(masks), kernel).numpy()
    assert np.array_equal(found, np.stack([window_slowly(mask, kernel, np.all) for mask in masks]))


@settings(max_examples=40)
@given(masks_)
def test_holes_are_what_cannot_be_walked_to(masks):
    found = filled(torch.from_numpy(masks)).numpy()
    assert np.array_equal(found, np.stack([filled_slowly(mask) for mask in masks]))


def test_a_spiral_has_no_hole_until_it_is_closed():
    spiral = np.zeros((1, 15, 15), bool)
    for k in range(0, 7, 2):  # rings, each with a gate on the other side
        spiral[0, k, k : 15 - k] = spiral[0, 14 - k, k : 15 - k] = True
        spiral[0, k : 15 - k, k] = spiral[0, k : 15 - k, 14 - k] = True
        spiral[0, k if k % 4 else 14 - k, 7] = False
    assert np.array_equal(filled(torch.from_numpy(spiral)).numpy(), spiral)
    spiral[0, 14, 7] = True
    assert filled(torch.from_numpy(spiral)).all()


@settings(max_examples=40)
@given(masks_, st.sampled_from([1, 3, 5, 7]))
def test_cleaning_is_closing_eroding_and_filling(masks, kernel):
    window = np.ones((kernel, kernel))
    expected = []
    for mask in masks:
        wide = np.pad(mask, kernel)  # SciPy closes less at a border than beyond it
        closed = ndimage.binary_closing(wide, window)[kernel:-kernel, kernel:-kernel]
        expected.append(ndimage.binary_fill_holes(ndimage.binary_erosion(closed, window)))
    assert np.array_equal(cleaned(torch.from_numpy(masks), kernel).numpy(), np.stack(expected))


@pytest.mark.parametrize("kernel", [3, 5])
def test_a_frayed_square_loses_its_rim_and_its_gaps(kernel):
    mask = torch.zeros(1, 30, 30, dtype=torch.bool)
    mask[:, 5:25, 5:25] = True
    mask[:, 12, 12] = mask[:, 5, 9] = False  # a gap inside, a nick in the edge
    expected = torch.zeros_like(mask)
    rim = 5 + kernel // 2
    expected[:, rim : 30 - rim, rim : 30 - rim] = True
    assert torch.equal(cleaned(mask, kernel), expected)
