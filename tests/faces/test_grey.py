import numpy as np
from PIL import Image

from fer_lib.faces import to_grey


def test_grey_equals_pillow():
    rgb = np.random.default_rng(0).integers(0, 256, (4, 9, 7, 3), dtype=np.uint8)
    slowly = np.stack([np.asarray(Image.fromarray(image).convert("L")) for image in rgb])
    assert np.array_equal(to_grey(rgb), slowly)
    assert np.array_equal(to_grey(rgb[0]), slowly[0])


def test_grey_images_are_left_alone():
    grey = np.zeros((2, 48, 48), np.uint8)
    assert to_grey(grey) is grey
