import cv2
import numpy as np
import pytest
from scipy.ndimage import gaussian_filter

from fer_lib.errors import InputError
from fer_lib.guidance import make_guidance, render_guidance, saliency_valid


def finegrained_slowly(image):
    """Center and surround by the sums that they are, in whole grey levels as OpenCV counts; float (H, W), 0 … 255."""
    grey = cv2.GaussianBlur(cv2.GaussianBlur(image, (3, 3), 0), (3, 3), 0).astype(np.int64)
    height, width = grey.shape
    brighter, darker = np.zeros((2, height, width))
    for n in (12, 24, 48, 28, 56, 112):
        for y in range(height):
            for x in range(width):
                around = grey[max(0, y - n + 1) : y + n + 1, max(0, x - n + 1) : x + n + 1]
                mean = np.float32((around.sum() - grey[y, x]) / (around.size - 1))
                difference = int(np.float32(grey[y, x]) - mean)  # cut towards zero
                (brighter if difference > 0 else darker)[y, x] += abs(difference)
    scaled = [np.floor(255 * (part / part.max()).astype(np.float32)) for part in (brighter, darker)]
    return np.floor(255 * sum(scaled) / max(part.max() for part in scaled))


@pytest.mark.parametrize("shape", [(48, 48), (40, 30)])
def test_finegrained_twin(shape):
    rng = np.random.default_rng(0)
    images = np.stack([gaussian_filter(rng.uniform(-300, 600, shape), 1.5) for _ in range(2)])
    images = images.clip(0, 255).astype(np.uint8)
    for image, found in zip(images, render_guidance("saliency_finegrained", images), strict=True):
        slowly = finegrained_slowly(image)
        expected = 255 * (slowly - slowly.min()) / np.ptp(slowly)
        assert np.abs(expected - found).max() <= 1.0  # rounding of the stretched map


def test_an_image_without_detail_is_uniform_and_flagged(store, tmp_path, capsys):
    images = np.random.default_rng(0).integers(0, 256, (4, 48, 48), dtype=np.uint8)
    images[1], images[3] = 0, 200
    maps = make_guidance("saliency_finegrained", store(images), tmp_path)
    assert (maps[[1, 3]] == 128).all() and (np.ptp(maps[[0, 2]].reshape(2, -1), axis=1) == 255).all()
    assert saliency_valid(images).tolist() == [True, False, True, False]
    assert "4 maps, 2 uniform maps" in capsys.readouterr().out


def test_a_speck_below_opencvs_steps_is_uniform_too():
    image = np.full((1, 48, 48), 100, np.uint8)
    image[0, 20, 20] = 101
    assert (render_guidance("saliency_finegrained", image) == 128).all()


def test_a_disk_is_bright_inside_too_and_its_background_is_not_suppressed():
    ys, xs = np.mgrid[:48, :48]
    disk = (((ys - 24) ** 2 + (xs - 24) ** 2 < 100) * 200 + 20).astype(np.uint8)[None]
    fine, spectral = (render_guidance(f"saliency_{name}", disk)[0] for name in ("finegrained", "spectral"))
    assert fine[24, 24] > 200 and fine[2, 2] > 150
    assert spectral[24, 24] < 50 and spectral[2, 2] < 50


def test_it_is_computed_at_the_images_size():
    images = np.random.default_rng(0).integers(0, 256, (2, 96, 64), dtype=np.uint8)
    whole, small = (render_guidance("saliency_finegrained", images, size=size) for size in (None, 48))
    assert whole.shape == (2, 96, 64) and small.shape == (2, 48, 48)
    halves = whole.reshape(2, 48, 2, 64).mean(2)
    assert np.abs(halves.mean() - small.mean()) < 1


def test_an_opencv_without_contrib_says_so(monkeypatch, images):
    monkeypatch.delattr(cv2, "saliency")
    with pytest.raises(InputError, match="OpenCV's contrib modules.*install opencv-contrib-python-headless"):
        render_guidance("saliency_finegrained", images)
