"""Correlation over shifts: products of spectra against windows one by one."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from fer_lib.datasets.alignment import aligned_correlation

from .test_fingerprints import pictures


def aligned_slowly(a, b, shift):
    """Every window of b against the middle of a, and the other way round."""

    def one_way(a, b):
        size = len(a)
        middle = a[shift : size - shift, shift : size - shift].ravel()
        found = []
        for down in range(2 * shift + 1):
            for right in range(2 * shift + 1):
                window = b[down : down + size - 2 * shift, right : right + size - 2 * shift].ravel()
                flat = np.ptp(middle) == 0 or np.ptp(window) == 0
                found.append(0.0 if flat else np.corrcoef(middle, window)[0, 1])
        return max(found)

    a, b = a.astype(float), b.astype(float)
    return max(one_way(a, b), one_way(b, a))


@settings(max_examples=20)
@given(st.integers(0, 2**32 - 1), st.sampled_from([(12, 1), (13, 2), (24, 2), (48, 4)]))
def test_equals_the_slow_twin(seed, sizes):
    size, shift = sizes
    images = np.random.default_rng(seed).integers(0, 256, (4, size, size), dtype=np.uint8)
    images[3, 2:] = 17  # mostly of one colour
    pairs = np.array([[0, 1], [1, 2], [0, 3], [2, 2]])
    expected = [aligned_slowly(images[i], images[j], shift) for i, j in pairs]
    found = aligned_correlation(images, pairs, shift)
    assert found.dtype == np.float32
    assert np.allclose(found, expected, atol=2e-4)


@pytest.mark.parametrize(("down", "right"), [(0, 0), (3, -2), (-4, 4), (4, 0)])
def test_a_shift_within_reach_is_undone(down, right):
    large = pictures(1, size=64)[0]
    moved = large[8 + down : 56 + down, 8 + right : 56 + right]
    softer = (0.5 * moved + 40).astype(np.uint8)
    images = np.stack([large[8:56, 8:56], softer])
    assert aligned_correlation(images, np.array([[0, 1]]), 4)[0] > 0.999
    assert aligned_correlation(images, np.array([[0, 1]]), 1)[0] < (0.999 if max(abs(down), abs(right)) > 1 else 1.1)


def test_flat_images_correlate_with_nothing():
    images = np.stack([np.zeros((24, 24)), np.full((24, 24), 200), pictures(1, size=24)[0]]).astype(np.uint8)
    assert aligned_correlation(images, np.array([[0, 1], [0, 2], [1, 2]]), 2).tolist() == [0, 0, 0]


def test_no_pairs():
    assert aligned_correlation(pictures(3), np.empty((0, 2), np.int64), 4).shape == (0,)


def test_blocks_do_not_matter(monkeypatch):
    images, pairs = pictures(30, blur=10), np.random.default_rng(0).integers(0, 30, (50, 2))
    whole = aligned_correlation(images, pairs, 3)
    monkeypatch.setattr("fer_lib.datasets.alignment.BLOCK", 7)
    assert np.allclose(aligned_correlation(images, pairs, 3), whole, atol=1e-5)
