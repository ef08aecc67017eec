"""Crops: all five places alike often, and one draw for all that belongs together."""

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from fer_lib.models.frame import frame_size, to_size
from fer_lib.training.motion.crops import Draw, crop, draw_crops

CPU = torch.device("cpu")


def crop_slowly(image: np.ndarray, place: int, mirror: bool, size: int) -> np.ndarray:
    """(C, H, W) → (C, size, size)."""
    _, height, width = image.shape
    top, left = [
        (0, 0),
        (0, width - size),
        (height - size, 0),
        (height - size, width - size),
        ((height - size) // 2, (width - size) // 2),
    ][place]
    cut = image[:, top : top + size, left : left + size]
    return cut[:, :, ::-1] if mirror else cut


@given(st.integers(0, 5), st.integers(0, 4), st.integers(1, 3), st.integers(0, 2**31))
def test_equals_its_slow_twin(more_rows, more_columns, channels, seed):
    size, rng = 6, np.random.default_rng(seed)
    images = rng.random((7, channels, size + more_rows, size + more_columns), dtype=np.float32)
    place, mirror = rng.integers(0, 5, 7), rng.random(7) < 0.5
    found = crop(torch.from_numpy(images), Draw(torch.from_numpy(place), torch.from_numpy(mirror)), size)
    slow = [crop_slowly(*row, size) for row in zip(images, place, mirror, strict=True)]
    assert np.array_equal(found.numpy(), np.stack(slow))
    assert found.is_contiguous(memory_format=torch.channels_last)


@pytest.mark.parametrize("size", [32, 48, 96, 299])
def test_the_centre_is_where_networks_cut(size):
    frames = torch.rand(2, 1, frame_size(size), frame_size(size))
    centre = draw_crops("none", 2, torch.Generator(), CPU)
    assert torch.equal(crop(frames, centre, size), to_size(frames, size))


def test_one_draw_cuts_face_grey_and_mask_alike():
    picture = torch.rand(64, 1, 34, 34)
    draw = draw_crops("crops", 64, torch.Generator().manual_seed(1), CPU)
    face = crop(picture.expand(-1, 3, -1, -1), draw, 32)
    grey, mask = crop(picture, draw, 32), crop(picture.clone(), draw, 32)
    assert all(torch.equal(face[:, k : k + 1], grey) for k in range(3)) and torch.equal(grey, mask)


def test_places_and_mirrors_are_drawn_evenly_and_independently():
    count = 20000
    draw = draw_crops("crops", count, torch.Generator().manual_seed(0), CPU)
    cells = np.bincount(draw.place.numpy() * 2 + draw.mirror.numpy(), minlength=10)
    assert len(cells) == 10
    # five standard deviations of a binomial count
    assert np.abs(cells - count / 10).max() < 5 * np.sqrt(count * 0.1 * 0.9)


def test_images_of_a_batch_have_draws_of_their_own_and_epochs_too():
    generator = torch.Generator().manual_seed(0)
    first, second = (draw_crops("crops", 32, generator, CPU) for _ in range(2))
    assert len(first.place.unique()) > 1 and not torch.equal(first.place, second.place)
    assert torch.equal(first.of(8, 4).place, first.place[8:12])
    assert torch.equal(first.of(8, 4).mirror, first.mirror[8:12])


def test_nothing_is_drawn_without_augmentation():
    generator = torch.Generator().manual_seed(0)
    before = generator.get_state()
    draw = draw_crops("none", 3, generator, CPU)
    assert torch.equal(generator.get_state(), before)
    assert draw.place.tolist() == [4, 4, 4] and not draw.mirror.any()
