"""Frames and the part of them that a network sees."""

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from fer_lib.errors import InputError
from fer_lib.models.frame import frame_size, to_colour, to_grey, to_size


def random(*shape):
    return torch.rand(shape, generator=torch.Generator().manual_seed(0))


@pytest.mark.parametrize(("size", "frame"), [(299, 320), (96, 103), (48, 51), (224, 240), (128, 137)])
def test_frames_are_as_much_larger_as_the_published_ones(size, frame):
    assert frame_size(size) == frame


def test_an_image_of_the_size_is_passed_on_as_it_is():
    images = random(2, 1, 48, 48)
    assert to_size(images, 48) is images


def test_of_a_frame_the_centre_is_cut():
    images = random(2, 3, 51, 60)
    assert torch.equal(to_size(images, 48), images[:, :, 1:49, 6:54])  # 3 and 12 pixels less, the odd one at the end


@settings(max_examples=30, deadline=None)
@given(st.integers(16, 150), st.integers(16, 150), st.sampled_from([16, 48, 96]))
def test_any_image_comes_to_the_size(height, width, size):
    images = random(1, 2, height, width)
    seen = to_size(images, size)
    assert seen.shape == (1, 2, size, size)
    assert images.min() - 1e-6 <= seen.min() and seen.max() <= images.max() + 1e-6


@pytest.mark.parametrize(("height", "width", "resized"), [(200, 260, (103, 134)), (80, 60, (137, 103))])
def test_the_shorter_side_becomes_the_frames_as_pillow_resizes(height, width, resized):
    image = random(height, width).numpy()
    frame = np.asarray(Image.fromarray(image).resize(resized[::-1], Image.Resampling.BILINEAR))
    top, left = (resized[0] - 96) // 2, (resized[1] - 96) // 2
    seen = to_size(torch.from_numpy(image)[None, None], 96)[0, 0].numpy()
    np.testing.assert_allclose(seen, frame[top : top + 96, left : left + 96], atol=1e-4)


def test_colour_becomes_grey_as_pillow_does():
    image = (random(20, 30, 3) * 255).byte()
    grey = to_grey(image.permute(2, 0, 1)[None].float())
    assert grey.shape == (1, 1, 20, 30)
    np.testing.assert_allclose(grey[0, 0], np.asarray(Image.fromarray(image.numpy()).convert("L")), atol=0.51)


def test_grey_is_repeated_as_colour_and_other_channels_are_told():
    grey, colour = random(2, 1, 4, 4), random(2, 3, 4, 4)
    assert to_grey(grey) is grey and torch.equal(to_colour(colour), colour)
    assert torch.equal(to_colour(grey), torch.cat([grey] * 3, 1)) and to_colour(grey).data_ptr() == grey.data_ptr()
    with pytest.raises(InputError, match=r"an image of 2 channels, expected 1 \(grey\) or 3 \(colour\)"):
        to_colour(random(2, 2, 4, 4))
