"""The bootstrap against scipy's, in closed form, and on simulated images and persons."""

import numpy as np
import pytest
from scipy import stats

from fer_lib.errors import InputError
from fer_lib.evaluation.statistics import bootstrap_interval


def share(totals):
    return totals[:, 0] / totals[:, 1]


def test_it_agrees_with_scipy():
    """The slow way: every resample is n indices. Ends agree within what 20,000 resamples leave open."""
    rng = np.random.default_rng(0)
    size = rng.integers(1, 12, 50)
    sums = np.stack([rng.binomial(size, rng.beta(4, 2, 50)), size], axis=1)
    slow = stats.bootstrap(
        tuple(sums.T), lambda right, size, axis: right.sum(axis) / size.sum(axis), paired=True, vectorized=True,
        n_resamples=20_000, batch=1000, method="percentile", rng=1,
    ).confidence_interval  # fmt: skip
    found = bootstrap_interval(sums, share, resamples=20_000)
    assert (found.low, found.high) == pytest.approx((slow.low, slow.high), abs=0.003)
    assert found.mean == pytest.approx(sums[:, 0].sum() / sums[:, 1].sum())


def test_a_share_of_independent_images_is_binomial():
    """Resampled hits are Binomial(n, share) exactly."""
    right = np.repeat([1.0, 0.0], [140, 60])
    found = bootstrap_interval(np.stack([right, np.ones(200)], axis=1), share, resamples=20_000)
    assert (200 * found.low, 200 * found.high) == pytest.approx(stats.binom.ppf([0.025, 0.975], 200, 0.7), abs=1)


def test_the_same_seed_gives_the_same_interval_in_any_order_of_images():
    sums = np.random.default_rng(0).integers(0, 4, (40, 2)) + 1.0
    assert bootstrap_interval(sums, share, seed=1) == bootstrap_interval(sums[::-1], share, seed=1)
    assert bootstrap_interval(sums, share, seed=1) != bootstrap_interval(sums, share, seed=2)


def test_many_kinds_are_drawn_in_batches(monkeypatch):
    sums = np.stack([np.random.default_rng(0).random(30), np.ones(30)], axis=1)
    whole = bootstrap_interval(sums, share, resamples=100)
    monkeypatch.setattr("fer_lib.evaluation.statistics.bootstrap.BATCH_VALUES", 30 * 7)
    assert bootstrap_interval(sums, share, resamples=100) == whole


def test_equal_images_have_an_interval_of_no_width():
    assert bootstrap_interval(np.ones((5, 2)), share).half_width == 0


def test_a_single_group_is_told():
    with pytest.raises(InputError, match="at least two images or groups, got 1"):
        bootstrap_interval([[3, 4]], share)


def test_coverage_over_images():
    rng = np.random.default_rng(0)
    covered = []
    for study in range(1500):
        right = rng.random(300) < 0.7
        found = bootstrap_interval(np.stack([right, np.ones(300)], axis=1), share, resamples=1000, seed=study)
        covered.append(found.low <= 0.7 <= found.high)
    assert 0.93 < np.mean(covered) < 0.97


def test_coverage_over_persons():
    """Sixty persons of ten images each, who differ: their images taken one by one, the truth is missed often."""
    rng = np.random.default_rng(1)
    persons, single = [], []
    for study in range(1000):
        right = rng.binomial(10, rng.beta(7, 3, 60))
        found = bootstrap_interval(np.stack([right, np.full(60, 10)], axis=1), share, resamples=1000, seed=study)
        persons.append(found.low <= 0.7 <= found.high)
        images = np.repeat([[1, 1], [0, 1]], [right.sum(), 600 - right.sum()], axis=0)
        found = bootstrap_interval(images, share, resamples=500, seed=study)
        single.append(found.low <= 0.7 <= found.high)
    assert 0.93 < np.mean(persons) < 0.97
    assert np.mean(single) < 0.90
