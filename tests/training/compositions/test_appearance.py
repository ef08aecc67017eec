"""Changes of appearance against one image at a time, and how often and how much they change."""

from importlib import import_module

import cv2
import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from fer_lib.training.compositions import APPEARANCES, appearance
from fer_lib.training.compositions.appearance import DRAWN, Appearance, blurred, factors, normal

CHANGING = ["2018", "2019"]
module = import_module("fer_lib.training.compositions.appearance")  # the package's name for it is the function's


def seed(number):
    return torch.Generator().manual_seed(number)


def pictures(count, size, number=0):
    """Smooth ones of all lightnesses, with pixels at 0 and at 1."""
    coarse = torch.rand(count, 1, 5, 5, generator=seed(number))
    smooth = torch.nn.functional.interpolate(coarse, (size, size), mode="bicubic")
    return (1.6 * smooth - 0.3).clamp(0, 1)


def changed_slowly(image, look, drawn):
    """One image (S, S) with its row of uniform numbers, by OpenCV and SciPy."""
    full, side = len(image), round(look.side * len(image))
    image = cv2.resize(image, (side, side), interpolation=cv2.INTER_LINEAR)
    bright, contrast, gamma = (
        1 + look.tone * (2 * amount - 1) if chance < 0.5 else 1 for chance, amount in drawn[:6].reshape(3, 2)
    )
    image = np.clip(bright * image, 0, 1)
    image = np.clip(image.mean() + contrast * (image - image.mean()), 0, 1)
    image = np.float32(image ** (1 / gamma))
    if drawn[6] < 0.25:
        levels = np.rint(255 * image).astype(np.uint8)
        image = np.float32(cv2.createCLAHE(2.0, (8, 8)).apply(levels) / 255)
    if drawn[7] < 0.25:
        noise = stats.norm.ppf(drawn[DRAWN:].astype(float), scale=look.noise).reshape(side, side)
        window = (3, 5, 7)[int(3 * drawn[8])]
        image = cv2.GaussianBlur(np.float32(np.clip(image + noise, 0, 1)), (window, window), 0)
    return cv2.resize(image, (full, full), interpolation=cv2.INTER_LINEAR)


@pytest.mark.parametrize("preset", CHANGING)
@pytest.mark.parametrize("size", [24, 37, 128])  # in the last one the clip limit of CLAHE counts
def test_images_one_by_one(preset, size):
    look, images = APPEARANCES[preset], pictures(40, size)
    found = appearance(images, preset, seed(1))
    side = round(look.side * size)
    drawn = torch.rand(40, DRAWN + side * side, generator=seed(1)).numpy()
    for k in range(40):
        expected = changed_slowly(images[k, 0].numpy(), look, drawn[k])
        off = np.abs(found[k, 0].numpy() - expected)
        # a grey value at the edge of two of CLAHE's 256 levels may fall on either side
        assert off.mean() < 1e-4 and off.max() < 0.02


@pytest.mark.parametrize("preset", CHANGING)
def test_the_generator_decides_and_the_size_of_the_batch_does_not(preset):
    images = pictures(30, 24)
    before = images.clone()
    whole = appearance(images, preset, seed(3))
    assert torch.equal(images, before)
    assert torch.equal(whole, appearance(images, preset, seed(3)))
    assert not torch.equal(whole, appearance(images, preset, seed(4)))
    generator = seed(3)
    parts = [appearance(part, preset, generator) for part in images.split([1, 17, 12])]
    assert torch.allclose(torch.cat(parts), whole, atol=1e-6)


def test_the_published_numbers():
    assert APPEARANCES == {"none": None, "2018": (0.25, 0.07, 1.0), "2019": (0.0, 0.005, 0.75)}


def test_what_is_given_stays_whatever_is_changed(monkeypatch):
    monkeypatch.setitem(APPEARANCES, "noise", Appearance(0.0, 0.1, 1.0))
    images = pictures(30, 16)
    before = images.clone()
    assert not torch.equal(appearance(images, "noise", seed(0)), before)
    assert torch.equal(images, before)


def test_none_is_nothing():
    images, generator = pictures(3, 16), seed(0)
    before = generator.get_state()
    assert appearance(images, "none", generator) is images
    assert torch.equal(generator.get_state(), before)


@settings(max_examples=30)
@given(st.sampled_from(CHANGING), st.integers(0, 5), st.integers(8, 40), st.integers(0, 2**31), st.sampled_from([0, 1]))
def test_grey_values_and_shapes_stay(preset, count, size, number, least):
    images = torch.rand(count, 1, size, size, generator=seed(number)).clamp(min=least)  # with 1, all white
    found = appearance(images, preset, seed(number))
    assert found.shape == images.shape and found.dtype == images.dtype
    assert ((found >= 0) & (found <= 1)).all()


@pytest.mark.parametrize("preset", CHANGING)
def test_a_quarter_is_equalised_and_a_quarter_blurred(preset, monkeypatch):
    seen = {"equalised": 0, "blurred": 0}

    def counted(name):
        def change(images, *windows):
            seen[name] += len(images)
            return images

        return change

    for name in seen:
        monkeypatch.setattr(module, name, counted(name))
    appearance(torch.full((8000, 1, 8, 8), 0.5), preset, seed(0))
    assert all(abs(count / 8000 - 0.25) < 0.015 for count in seen.values())


def test_half_of_the_images_get_another_tone_each_in_its_own_way():
    found = factors(torch.rand(20_000, 6, generator=seed(0)), 0.25) - 1
    for change in found:
        changed = change[change != 0]
        assert abs(len(changed) / 20_000 - 0.5) < 0.015
        assert 0.249 < changed.abs().max() <= 0.25 and abs(changed.mean()) < 0.005
        assert changed.std().item() == pytest.approx(0.25 / 3**0.5, abs=0.003)
    together = torch.cat([found, (found != 0).float()])
    assert (torch.corrcoef(together) - torch.eye(6)).abs().max() < 0.03


def test_all_windows_are_drawn(monkeypatch):
    seen = []
    monkeypatch.setattr(module, "blurred", lambda images, windows: seen.append(windows) or images)
    appearance(torch.full((8000, 1, 8, 8), 0.5), "2018", seed(0))
    _, counts = seen[0].unique(dim=0, return_counts=True)
    assert len(counts) == 3 and (counts / counts.sum() - 1 / 3).abs().max() < 0.04
    assert torch.allclose(seen[0].sum(1), torch.ones(len(seen[0])))


def test_the_noise_is_normal():
    found = normal(torch.rand(20_000, generator=seed(0)))
    assert stats.kstest(found.numpy(), "norm").pvalue > 0.01
    assert normal(torch.tensor([0.0, 0.5])).tolist() == pytest.approx([-5.3, 0], abs=0.1)


def test_a_blur_leaves_even_areas_and_the_sum_of_a_spot():
    even, spot = torch.full((3, 1, 9, 9), 0.3), torch.zeros(3, 1, 9, 9)
    spot[:, :, 4, 4] = 1
    assert torch.allclose(blurred(even, module.WINDOWS), even)
    found = blurred(spot, module.WINDOWS)
    assert torch.allclose(found.sum((1, 2, 3)), torch.ones(3))
    assert [int((image > 0).sum()) for image in found] == [9, 25, 49]


@pytest.mark.skipif(not torch.cuda.is_available(), reason="needs a CUDA GPU")
@pytest.mark.parametrize("preset", CHANGING)
def test_a_gpu_changes_alike(preset):
    images = pictures(60, 32)
    off = (appearance(images.cuda(), preset, seed(2)).cpu() - appearance(images, preset, seed(2))).abs()
    assert off.mean() < 1e-4 and off.max() < 0.02
