"""Resizing, channels and scale in front of networks for colour photographs, against torchvision and OpenCV."""

import cv2
import numpy as np
import pytest
import torch
from torchvision.transforms import InterpolationMode
from torchvision.transforms.functional import normalize, resize

from fer_lib.errors import InputError
from fer_lib.models.image_input import ImageInput


@pytest.fixture
def grey():
    return torch.rand(3, 1, 48, 48, generator=torch.Generator().manual_seed(0)) * 2 - 1


@pytest.mark.parametrize("size", [224, 299, 100, 32])
def test_resizes_as_torchvision_without_antialiasing(grey, size):
    expected = resize((grey + 1) / 2, [size, size], InterpolationMode.BILINEAR, antialias=False)
    found = ImageInput(size)(grey)
    assert found.shape == (3, 3, size, size) and torch.allclose(found, expected.expand(-1, 3, -1, -1), atol=1e-6)


def test_resizes_as_opencv_which_the_reference_uses(grey):
    """On 8 bits OpenCV rounds the result."""
    pixels = torch.randint(0, 256, (48, 48), generator=torch.Generator().manual_seed(1), dtype=torch.uint8)
    found = ImageInput(224)(pixels[None, None] / 127.5 - 1)[0, 0].numpy()
    assert np.abs(cv2.resize(pixels.numpy() / np.float32(255), (224, 224)) - found).max() < 1e-5
    assert np.abs(cv2.resize(pixels.numpy(), (224, 224)) / 255 - found).max() < 1.01 / 255


def test_grey_becomes_three_equal_channels_and_colour_keeps_its_own(grey):
    found = ImageInput(64)(grey)
    assert torch.equal(found[:, :1].expand(-1, 3, -1, -1), found)
    colour = torch.cat([grey, -grey, grey / 2], dim=1)
    found = ImageInput(64)(colour)
    assert all(torch.equal(found[:, k], ImageInput(64)(colour[:, k : k + 1])[:, 0]) for k in range(3))


@pytest.mark.parametrize("channels", [1, 3])
def test_imagenets_statistics_as_torchvision_applies_them(grey, channels):
    image = grey.expand(-1, channels, -1, -1)
    expected = normalize(((grey + 1) / 2).expand(-1, 3, -1, -1), [0.485, 0.456, 0.406], [0.229, 0.224, 0.225])
    assert torch.allclose(ImageInput(None, "imagenet")(image), expected, atol=1e-5)


def test_without_a_size_images_keep_theirs():
    image = torch.linspace(-1, 1, 30).view(1, 1, 5, 6)
    assert torch.equal(ImageInput(None)(image)[0, 1], (image[0, 0] + 1) / 2)


def test_an_image_of_the_right_size_is_not_resized(grey, monkeypatch):
    monkeypatch.setattr(torch.nn.functional, "interpolate", None)
    assert torch.allclose(ImageInput(48)(grey)[:, :1], (grey + 1) / 2)


@pytest.mark.parametrize("normalize", ["none", "imagenet"])
def test_it_leaves_nothing_in_checkpoints_and_follows_the_number_format(grey, normalize):
    layer = ImageInput(64, normalize)
    assert not layer.state_dict() and not list(layer.parameters())
    assert layer.double()(grey.double()).dtype == torch.float64
    assert ImageInput(64, normalize)(grey).dtype == torch.float32


def test_it_can_be_batched_over_models(grey):
    for layer in (ImageInput(60), ImageInput(60, "imagenet")):
        assert torch.allclose(torch.func.vmap(layer)(torch.stack([grey, -grey]))[1], layer(-grey))


@pytest.mark.parametrize("size", [0, -3, 48.0, "48", True, (48, 48)])
def test_bad_sizes_are_told(size):
    with pytest.raises(InputError, match=r"image_size is .*, expected pixels on a side as a whole number from 1, or"):
        ImageInput(size)


def test_bad_normalisations_and_channels_are_told(grey):
    with pytest.raises(InputError, match="normalize 'image_net', expected one of none, imagenet"):
        ImageInput(224, "image_net")
    for channels in (2, 4):
        with pytest.raises(InputError, match=f"an image of {channels} channels, expected 1 .* or 3"):
            ImageInput(224)(grey.expand(-1, channels, -1, -1))
