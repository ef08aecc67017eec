"""Fingerprints against their definition, and the search against all pairs."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.fft import dctn
from scipy.ndimage import gaussian_filter

from fer_lib.datasets.fingerprints import candidate_pairs, fingerprints, mirrored, thumbnails

seeds = st.integers(0, 2**32 - 1)


def pictures(n, seed=0, size=48, blur=4):
    """uint8 (n, size, size): blobs with the contrast of photographs."""
    noise = gaussian_filter(np.random.default_rng(seed).normal(size=(n, size, size)), (0, blur, blur))
    noise = (noise - noise.min((1, 2), keepdims=True)) / np.ptp(noise, axis=(1, 2), keepdims=True)
    return np.rint(noise * 255).astype(np.uint8)


def fingerprint_slowly(image):
    low = dctn(image.astype(float), norm="ortho")[:6, :6].ravel()[1:]
    return low / np.linalg.norm(low)


def test_fingerprints_equal_their_slow_twin():
    images = pictures(20)
    found = fingerprints(images)
    assert found.dtype == np.float32 and found.shape == (20, 35)
    assert np.allclose(found, [fingerprint_slowly(image) for image in images], atol=1e-5)


def test_mirrored_is_the_fingerprint_of_the_mirrored_image():
    images = pictures(10)
    assert np.allclose(mirrored(fingerprints(images)), fingerprints(images[:, :, ::-1]), atol=1e-5)


def test_brightness_and_contrast_do_not_matter_but_a_flat_image_is_like_no_other():
    image = pictures(1)[0]
    softer = (image * 0.4 + 70).astype(np.uint8)
    flat = np.full((48, 48), 9, np.uint8)
    nearly_flat = flat + np.indices((48, 48)).sum(0).astype(np.uint8) % 2
    prints = fingerprints(np.stack([image, softer, flat, nearly_flat, nearly_flat]))
    assert prints[0] @ prints[1] > 0.999
    assert not prints[2:].any()
    assert candidate_pairs(prints, 0.5).tolist() == [[0, 1]]


@settings(max_examples=25)
@given(seeds, st.integers(1, 30), st.floats(0.1, 0.9), st.booleans())
def test_candidates_equal_all_pairs_one_by_one(seed, n, threshold, mirror):
    rng = np.random.default_rng(seed)
    prints = rng.normal(size=(n, 5)).astype(np.float32)
    prints /= np.linalg.norm(prints, axis=1, keepdims=True)
    others = rng.permutation(prints) if mirror else None
    against = prints if others is None else others
    expected = [[i, j] for i in range(n) for j in range(i + 1, n) if prints[i] @ against[j] >= threshold]
    found = candidate_pairs(prints, threshold, others)
    near_border = [abs(float(prints[i] @ against[j]) - threshold) < 1e-6 for i in range(n) for j in range(i + 1, n)]
    assert found.dtype == np.int64 and found.shape[1] == 2
    assert sorted(found.tolist()) == expected or any(near_border)


def test_blocks_do_not_matter(monkeypatch):
    prints = fingerprints(pictures(60, blur=12))
    whole = candidate_pairs(prints, 0.3)
    monkeypatch.setattr("fer_lib.datasets.fingerprints.BLOCK", 7)
    monkeypatch.setattr("fer_lib.datasets.fingerprints.COLUMNS", 11)
    assert len(whole) > 20 and np.array_equal(candidate_pairs(prints, 0.3), whole)
    assert np.allclose(fingerprints(pictures(60, blur=12)), prints, atol=1e-6)


def thumbnail_slowly(image):
    """Each of 48 × 48 cells is the mean of a fine grid of points inside it."""
    height, width = image.shape
    fine = np.repeat(np.repeat(image.astype(float), 48, axis=0), 48, axis=1)
    return fine.reshape(48, height, 48, width).mean((1, 3))


@pytest.mark.parametrize("shape", [(96, 96), (50, 70), (20, 48)])
def test_thumbnails_are_area_averages(shape):
    images = np.random.default_rng(1).integers(0, 256, (3, *shape), dtype=np.uint8)
    found = thumbnails(images)
    assert found.dtype == np.uint8 and found.shape == (3, 48, 48)
    assert np.abs(found - np.stack([thumbnail_slowly(image) for image in images])).max() <= 0.501


def test_thumbnails_of_colour_are_its_luma_and_small_grey_images_are_left_alone():
    red = np.zeros((1, 48, 48, 3), np.uint8)
    red[..., 0] = 200
    assert np.array_equal(np.unique(thumbnails(red)), [60])  # 0.299 × 200
    images = pictures(2)
    assert thumbnails(images) is images
