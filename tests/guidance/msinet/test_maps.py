"""From pictures to maps."""

import io

import numpy as np
import pytest
import torch
from PIL import Image
from torch import nn

from fer_lib.guidance.msinet import CANVAS, fit, maps, saliency_maps, unfit


def one_by_one(network, picture, canvas):
    """What the authors' program does to one picture, grey or RGB, before it writes a file."""
    rgb = picture if picture.ndim == 3 else np.stack([picture] * 3, axis=-1)
    shown = fit(torch.from_numpy(rgb.astype(np.float32)).permute(2, 0, 1)[None], canvas)
    with torch.no_grad():
        found = unfit(network(shown) * 255, picture.shape[:2])
    return found[0, 0].round().numpy().astype(np.uint8)


@pytest.mark.parametrize("canvas", [CANVAS, (96, 96), (120, 120)])
def test_a_batch_is_its_pictures_one_by_one(network, pictures, canvas):
    found, valid = saliency_maps(network, pictures, canvas)
    assert found.dtype == np.uint8 and valid.all()
    assert all(shape[1:] == (3, *canvas) for shape in network.seen)
    slowly = np.stack([one_by_one(network, picture, canvas) for picture in pictures])
    assert np.abs(found.astype(int) - slowly).max() <= 1  # values halfway between two grey levels


def test_pictures_of_another_size_and_in_colour(network):
    pictures = np.random.default_rng(0).integers(0, 256, (2, 100, 70, 3), dtype=np.uint8)
    found, valid = saliency_maps(network, pictures, (96, 96))
    assert found.shape == (2, 100, 70) and valid.all()
    assert np.abs(found[1].astype(int) - one_by_one(network, pictures[1], (96, 96))).max() <= 1


def test_channels_stay_red_green_blue():
    class Red(nn.Module):
        def __init__(self):
            super().__init__()
            self.one = nn.Parameter(torch.ones(1))

        def forward(self, pictures):
            return pictures[:, :1] / 255 * self.one

    pictures = np.zeros((1, 16, 16, 3), np.uint8)
    pictures[..., 0], pictures[0, 0, 0] = 200, 0
    assert (saliency_maps(Red(), pictures, (16, 16))[0][0, 4:, 4:] == 200).all()


def test_maps_are_scaled_before_they_are_cut(network, pictures):
    """The grey strips are brighter than these pictures, so no map of them reaches 255."""
    dark, _ = saliency_maps(network, pictures // 4, CANVAS)
    assert dark[:, :, 2:-2].max() < 160
    square, _ = saliency_maps(network, pictures // 4, (240, 240))
    assert square.max() > 220


def test_a_few_pixels_at_a_time(network, pictures, monkeypatch):
    whole, _ = saliency_maps(network, pictures, (48, 48))
    monkeypatch.setattr(maps, "PIXELS", 2 * 48 * 48 + 7)
    network.seen.clear()
    few, _ = saliency_maps(network, pictures, (48, 48))
    assert [shape[0] for shape in network.seen] == [2, 2, 1] and np.array_equal(few, whole)


def test_pictures_of_one_colour_are_uniform_and_not_valid(network, pictures):
    pictures[1], pictures[4] = 0, 200
    found, valid = saliency_maps(network, pictures, CANVAS)
    assert valid.tolist() == [True, False, True, True, False]
    assert (found[[1, 4]] == 128).all() and (found[[0, 2, 3]].std((1, 2)) > 10).all()
    colour = np.zeros((1, 8, 8, 3), np.uint8) + np.array([255, 0, 10], np.uint8)
    assert not maps.of_one_colour(np.concatenate([colour, colour + np.eye(8, dtype=np.uint8)[..., None]]))[1]
    assert maps.of_one_colour(colour).all()


def test_maps_without_range_are_uniform_and_not_valid(network, pictures):
    nn.init.zeros_(network.factor)
    found, valid = saliency_maps(network, pictures, (48, 48))
    assert not valid.any() and (found == 128).all()


def test_jpeg_files_of_quality_100(network, pictures):
    plain, _ = saliency_maps(network, pictures, (48, 48))
    found, _ = saliency_maps(network, pictures, (48, 48), jpeg=True)
    for one, stored in zip(plain, found, strict=True):
        file = io.BytesIO()
        Image.fromarray(one).save(file, "JPEG", quality=100)
        assert np.array_equal(np.asarray(Image.open(file)), stored)
    difference = np.abs(plain.astype(int) - found)
    assert 0 < difference.max() <= 2
