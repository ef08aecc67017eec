import time

import numpy as np
import pytest
import torch
import torch.nn.functional as F
from scipy.ndimage import gaussian_filter

from fer_lib.guidance import make_guidance, render_guidance, saliency_valid
from fer_lib.guidance.blur import gaussian_blur


def resize(image, size):
    tensor = torch.from_numpy(np.asarray(image, np.float64))[None, None]
    return F.interpolate(tensor, size=size, mode="bilinear", antialias=True, align_corners=False)[0, 0].numpy()


def spectral_slowly(image, sigma=2.5):
    """The formula, one image at a time, in NumPy and double precision."""
    spectrum = np.fft.fft2(resize(image, (64, 64)))
    log = np.log(1e-8 + np.abs(spectrum))
    local = sum(np.roll(log, (dy, dx), (0, 1)) for dy in (-1, 0, 1) for dx in (-1, 0, 1)) / 9
    back = np.fft.ifft2(np.exp(log - local + 1j * np.angle(spectrum)))
    blurred = gaussian_filter(np.abs(back) ** 2, sigma, mode="constant", truncate=3)
    unit = (blurred - blurred.min()) / np.ptp(blurred)
    return resize(unit, image.shape) * 255


@pytest.mark.parametrize("shape", [(48, 48), (100, 80)])
def test_spectral_twin(shape):
    rng = np.random.default_rng(0)
    images = np.stack([gaussian_filter(rng.uniform(-300, 600, shape), 1.5) for _ in range(5)])
    images = images.clip(0, 255).astype(np.uint8)
    maps = render_guidance("saliency_spectral", images)
    for image, found in zip(images, maps, strict=True):
        assert np.abs(spectral_slowly(image) - found).max() <= 1.0  # one grey level: single precision and rounding


def test_a_constant_image_is_uniform_and_flagged(store, tmp_path, capsys):
    images = np.random.default_rng(0).integers(0, 256, (4, 48, 48), dtype=np.uint8)
    images[1], images[3] = 0, 200
    maps = make_guidance("saliency_spectral", store(images), tmp_path)
    assert (maps[[1, 3]] == 128).all() and (np.ptp(maps[[0, 2]].reshape(2, -1), axis=1) > 200).all()
    assert saliency_valid(images).tolist() == [True, False, True, False]
    assert "4 maps, 2 uniform maps" in capsys.readouterr().out


def test_a_disk_lights_up_at_its_rim():
    ys, xs = np.mgrid[:48, :48]
    disk = (((ys - 24) ** 2 + (xs - 24) ** 2 < 100) * 200 + 20).astype(np.uint8)
    found = render_guidance("saliency_spectral", disk[None])[0]
    assert found[24, 24] < found[24, 14] and found.max() > 200


def test_no_landmarks_are_needed(images):
    assert render_guidance("saliency_spectral", images).dtype == np.uint8


@pytest.mark.parametrize("border", ["constant", "wrap"])
def test_blur_twin(border):
    maps = np.random.default_rng(0).random((3, 20, 31), dtype=np.float32)
    slowly = np.stack([gaussian_filter(one, 2.0, mode=border, truncate=3) for one in maps.astype(np.float64)])
    assert np.abs(gaussian_blur(torch.from_numpy(maps), 2.0, border).numpy() - slowly).max() < 1e-5


def test_three_thousand_maps_a_second_on_one_core():
    images = np.random.default_rng(0).integers(0, 256, (1000, 48, 48), dtype=np.uint8)
    threads, seconds = torch.get_num_threads(), []
    torch.set_num_threads(1)  # threads that wait for a busy core would count as work
    try:
        for _ in range(3):
            start = time.process_time()
            render_guidance("saliency_spectral", images)
            seconds.append(time.process_time() - start)
    finally:
        torch.set_num_threads(threads)
    assert min(seconds) < 1000 / 3000
