from itertools import product

import cv2
import numpy as np
import pytest

from fer_lib.errors import InputError
from fer_lib.guidance import render_guidance
from fer_lib.guidance.binary import draw_parts
from fer_lib.guidance.dilated import dilate


def dilate_slowly(mask, offsets):
    """out(y, x) = max over the offsets of in(y − dy, x − dx), pixel by pixel."""
    out = np.zeros_like(mask)
    for y, x in product(*map(range, mask.shape)):
        reached = [(y - dy, x - dx) for dy, dx in product(offsets, offsets)]
        out[y, x] = max(mask[at] for at in reached if 0 <= at[0] < mask.shape[0] and 0 <= at[1] < mask.shape[1])
    return out


@pytest.mark.parametrize(("mode", "offsets"), [("reference", (0, 1, 2)), ("centered", (-1, 0, 1))])
def test_dilated_pixel_by_pixel(mode, offsets):
    masks = (np.random.default_rng(0).random((3, 14, 17)) > 0.93).astype(np.uint8) * 255
    assert np.array_equal(dilate(masks, mode), np.stack([dilate_slowly(mask, offsets) for mask in masks]))


def test_reference_footprint_is_shifted_down_and_right():
    dot = np.zeros((1, 9, 9), np.uint8)
    dot[0, 4, 4] = 255
    ys, xs = np.nonzero(dilate(dot)[0])
    assert (ys.min(), ys.max(), xs.min(), xs.max()) == (4, 6, 4, 6) and len(ys) == 9
    ys, xs = np.nonzero(dilate(dot, "centered")[0])
    assert (ys.min(), ys.max(), xs.min(), xs.max()) == (3, 5, 3, 5) and len(ys) == 9


def test_reference_equals_opencv_with_a_2x2_kernel_twice(scattered):
    parts = draw_parts(scattered(10), 48, 48, jaw=False)
    slowly = np.stack([cv2.dilate(part, np.ones((2, 2), np.uint8), iterations=2) for part in parts])
    assert np.array_equal(dilate(parts), slowly)


def test_dilated_has_no_jaw(images, points):
    mask = render_guidance("dilated", images, points)
    known = ~np.isnan(points).any((1, 2))
    assert np.array_equal(mask[known], dilate(draw_parts(points[known], 48, 48, jaw=False)))
    chin = np.rint(points[0, 8]).astype(int)
    assert mask[0, min(chin[1], 47), chin[0]] == 0


def test_the_mode_moves_a_mask_and_keeps_its_size(images, points):
    known = ~np.isnan(points).any((1, 2))
    points[known] = points[known] * 0.7 + 5  # inside the image, so that nothing grows beyond its border
    reference, centered = (
        render_guidance("dilated", images, points, dilate_mode=mode)[known] for mode in ("reference", "centered")
    )
    assert np.array_equal(reference, np.roll(centered, (1, 1), (1, 2))) and not np.array_equal(reference, centered)


def test_kinds_that_do_not_grow_leave_the_mode_out(images, points):
    soft = render_guidance("soft", images, points, dilate_mode="centered")
    assert np.array_equal(soft, render_guidance("soft", images, points))


def test_unknown_mode_is_told(images, points):
    with pytest.raises(InputError, match="dilate_mode is 'center', expected one of reference, centered"):
        render_guidance("dilated", images, points, dilate_mode="center")
