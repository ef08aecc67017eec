from itertools import product

import numpy as np
import pytest

from fer_lib.guidance import render_guidance
from fer_lib.guidance.products import multiply


def multiply_slowly(images, masks):
    """The published product in floating point, truncated, pixel by pixel."""
    out = np.zeros_like(images)
    for at in product(*map(range, images.shape)):
        out[at] = int(images[at] * (masks[at] / 255))
    return out


@pytest.mark.parametrize(("kind", "mask"), [("patches", "binary"), ("weighted", "soft")])
def test_product_pixel_by_pixel(kind, mask, images, points):
    masks = render_guidance(mask, images, points)
    assert np.array_equal(render_guidance(kind, images, points), multiply_slowly(images, masks))


def test_whole_numbers_and_floating_point_agree_on_every_pair_of_values():
    images = np.tile(np.arange(256, dtype=np.uint8), (3, 1)).reshape(1, 3, 256)
    masks = np.repeat(np.array([0, 127, 255], np.uint8), 256).reshape(1, 3, 256)
    assert np.array_equal(multiply(images, masks), multiply_slowly(images, masks))


def test_patches_show_the_parts_and_nothing_else(images, points):
    binary, patches = (render_guidance(kind, images, points) for kind in ("binary", "patches"))
    assert np.array_equal(patches[binary == 255], images[binary == 255]) and (patches[binary == 0] == 0).all()
