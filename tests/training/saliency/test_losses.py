import numpy as np
import torch
from hypothesis import given
from hypothesis import strategies as st

from fer_lib.training.saliency.losses import divergence


def slowly(maps, fixations):
    """Picture by picture and pixel by pixel, in double precision."""
    total = 0.0
    for expected, seen in zip(maps, fixations, strict=True):
        sums = expected.sum(), seen.sum()
        for predicted, looked in zip(expected.ravel(), seen.ravel(), strict=True):
            q, p = looked / (1e-7 + sums[1]), predicted / (1e-7 + sums[0])
            total += q * np.log(1e-7 + q / (1e-7 + p))
    return total / len(maps)


@given(st.integers(0, 2**32 - 1), st.sampled_from([1.0, 255.0]))
def test_twin(seed, scale):
    rng = np.random.default_rng(seed)
    maps, fixations = rng.random((3, 1, 4, 5)), scale * rng.random((3, 1, 4, 5)) ** 3
    fixations[0, 0, :2] = 0
    assert np.isclose(
        divergence(torch.from_numpy(maps), torch.from_numpy(fixations)), slowly(maps, fixations), atol=1e-9
    )


def test_the_same_distribution_on_another_scale_is_no_distance():
    seen = torch.rand(2, 1, 6, 6, dtype=torch.float64) + 0.1
    assert abs(divergence(seen / 300, seen)) < 1e-4 < divergence(seen.flip(3), seen)


def test_empty_maps_give_numbers():
    assert torch.isfinite(divergence(torch.zeros(1, 1, 2, 2), torch.ones(1, 1, 2, 2)))
