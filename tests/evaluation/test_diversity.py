"""Pairs of members, counted image by image."""

import numpy as np

from fer_lib.evaluation.diversity import disagreement, double_fault


def test_pairs_equal_their_slow_twins():
    rng = np.random.default_rng(0)
    predicted, labels = rng.integers(0, 3, (4, 25)), rng.integers(0, 3, 25)
    different, both = disagreement(predicted), double_fault(predicted != labels)
    for a, b in np.ndindex(4, 4):
        pairs = list(zip(predicted[a], predicted[b], labels, strict=True))
        assert np.isclose(different[a, b], sum(x != y for x, y, _ in pairs) / 25)
        assert np.isclose(both[a, b], sum(x != t and y != t for x, y, t in pairs) / 25)
    assert (np.diag(different) == 0).all()
    np.testing.assert_allclose(np.diag(both), (predicted != labels).mean(1))
