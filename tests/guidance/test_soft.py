import numpy as np

from fer_lib.guidance import render_guidance
from fer_lib.guidance.soft import soften


def test_soft_pixel_by_pixel():
    masks = np.arange(256, dtype=np.uint8).reshape(1, 16, 16)
    slowly = np.array([[255 if value >= 0.15 * 255 // 1 else 127 for value in range(256)]], np.uint8)
    assert np.array_equal(soften(masks), slowly.reshape(1, 16, 16))
    assert soften(masks).ravel()[[37, 38]].tolist() == [127, 255]


def test_soft_has_two_levels_where_binary_has_two(images, points):
    binary, soft = (render_guidance(kind, images, points) for kind in ("binary", "soft"))
    assert soft.dtype == np.uint8 and set(np.unique(soft)) == {127, 255}
    assert np.array_equal(soft == 255, binary == 255)
