"""The scatter ratio against its sums written out, and what leaves it alone."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from fer_lib.evaluation.scatter import scatter_ratio

LABELS = np.array([0, 2, 2, 0, 5, 5, 5, 0, 2, 5])


def ratio_slowly(points, labels):
    middle = [sum(column) / len(points) for column in zip(*points, strict=True)]
    within = between = 0.0
    for label in set(labels):
        own = [point for point, other in zip(points, labels, strict=True) if other == label]
        mean = [sum(column) / len(own) for column in zip(*own, strict=True)]
        between += len(own) * sum((a - b) ** 2 for a, b in zip(mean, middle, strict=True))
        within += sum(sum((a - b) ** 2 for a, b in zip(point, mean, strict=True)) for point in own)
    return between / within


@given(st.integers(0, 2**32 - 1), st.integers(1, 4))
def test_equals_its_slow_twin(seed, size):
    points = np.random.default_rng(seed).normal(size=(10, size)) + LABELS[:, None]
    assert scatter_ratio(points, LABELS) == pytest.approx(ratio_slowly(points.tolist(), LABELS.tolist()))


def test_scale_rotation_and_place_do_not_matter():
    points = np.random.default_rng(1).normal(size=(10, 2))
    turned = points @ np.array([[0.6, -0.8], [0.8, 0.6]]) * 7 + [3, -100]
    assert scatter_ratio(turned, LABELS) == pytest.approx(scatter_ratio(points, LABELS))


def test_points_at_their_centres_and_points_that_are_all_one():
    assert scatter_ratio(LABELS[:, None], LABELS) == math.inf
    assert math.isnan(scatter_ratio(np.ones((10, 2)), LABELS))
