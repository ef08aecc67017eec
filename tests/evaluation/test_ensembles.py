"""Sums of probabilities and the choice of members against slow twins; no label leaks into the choice."""

from itertools import combinations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from fer_lib.errors import InputError
from fer_lib.evaluation.ensembles import (
    PUBLISHED_MEMBERS,
    accuracy,
    best_single,
    best_subset,
    combine,
    curve,
    greedy_members,
    greedy_order,
    paired_gain,
    published_recipe,
)
from fer_lib.evaluation.statistics import bootstrap_interval


def answers(seed, members=4, images=15, classes=3):
    """Probabilities that are multiples of 1/64, so that sums are exact in any order, and equal sums occur."""
    rng = np.random.default_rng(seed)
    labels = rng.integers(0, classes, images)
    weights = rng.dirichlet(np.ones(classes), (members, images)) + 0.4 * np.eye(classes)[labels]
    return np.round(weights / weights.sum(-1, keepdims=True) * 64) / 64, labels


def right_answers(probabilities, labels, members):
    """Twin: image by image."""
    count = 0
    for n, label in enumerate(labels):
        totals = [sum(probabilities[m][n][k] for m in members) for k in range(probabilities.shape[2])]
        count += totals.index(max(totals)) == label
    return count


def test_members_are_summed_and_rows_scaled():
    probabilities = np.array([[[0.9, 0.1], [0.2, 0.8]], [[0.3, 0.7], [0.4, 0.6]], [[0.0, 1.0], [1.0, 0.0]]])
    np.testing.assert_allclose(combine(probabilities, (0, 1)), [[0.6, 0.4], [0.3, 0.7]])
    np.testing.assert_allclose(combine(probabilities).sum(1), 1)
    np.testing.assert_allclose(combine(10 * probabilities, (0, 1)), combine(probabilities, (0, 1)))


def test_rounding_is_that_of_the_stored_arrays():
    """Each member is rounded before the sum: 0.50004 and 0.49996 become equal, and the first class wins."""
    probabilities = np.array([[[0.49996, 0.50004]], [[0.5, 0.5]]])
    assert combine(probabilities).argmax() == 1
    assert combine(probabilities, decimals=4).argmax() == 0
    by_hand = sum(np.round(10 * one, 4) for one in probabilities)
    np.testing.assert_allclose(combine(10 * probabilities, decimals=4), by_hand / by_hand.sum())


def test_an_ensemble_needs_a_member():
    with pytest.raises(InputError, match="without members"):
        combine(np.ones((2, 1, 2)), ())


@settings(deadline=None, max_examples=20)
@given(st.integers(0, 2**32 - 1), st.integers(1, 5))
def test_forward_selection_equals_its_slow_twin(seed, members):
    probabilities, labels = answers(seed, members)
    taken = []
    while len(taken) < members:
        left = [m for m in range(members) if m not in taken]
        scores = [right_answers(probabilities, labels, [*taken, m]) for m in left]
        taken.append(left[scores.index(max(scores))])
    order = greedy_order(probabilities, labels)
    assert order == tuple(taken) and order[0] == best_single(probabilities, labels)
    slow = [right_answers(probabilities, labels, taken[:k]) / len(labels) for k in range(1, members + 1)]
    np.testing.assert_allclose(curve(probabilities, labels, order), slow)
    assert greedy_members(probabilities, labels) == tuple(taken[: slow.index(max(slow)) + 1])


@settings(deadline=None, max_examples=15)
@given(st.integers(0, 2**32 - 1), st.integers(1, 7))
def test_the_best_subset_equals_its_slow_twin(seed, members):
    """Seven members have 127 subsets, two blocks of them."""
    probabilities, labels = answers(seed, members, images=10)
    subsets = [s for size in range(1, members + 1) for s in combinations(range(members), size)]
    scores = [right_answers(probabilities, labels, subset) for subset in subsets]
    found = best_subset(probabilities, labels)
    assert found == subsets[scores.index(max(scores))]
    assert right_answers(probabilities, labels, found) >= right_answers(
        probabilities, labels, greedy_members(probabilities, labels)
    )


def test_equal_members_are_taken_in_their_order_and_once():
    probabilities, labels = answers(3, 1)
    same = np.repeat(probabilities, 4, axis=0)
    assert greedy_order(same, labels) == (0, 1, 2, 3)
    assert greedy_members(same, labels) == best_subset(same, labels) == (0,)


def test_too_many_members_are_not_enumerated():
    with pytest.raises(InputError, match="13 members have 8,191 subsets, expected at most 12"):
        best_subset(np.ones((13, 2, 2)), [0, 1])


def test_twelve_members_are():
    probabilities, labels = answers(5, 12, images=40)
    found = best_subset(probabilities, labels)
    best = accuracy(combine(probabilities, found), labels)
    assert best >= accuracy(combine(probabilities, greedy_members(probabilities, labels)), labels)


def test_the_published_recipe_says_who_is_missing():
    there, missing = published_recipe(["resmasking", None, "resnet18", "resmasking", "cbam_resnet50"])
    assert there == (2, 4, 0)
    assert missing == (
        "resnet50 pre-trained on VGG-Face2", "resnet101", "efficientnet_b2b", "resmasking_dropout1",
    )  # fmt: skip
    whole, none = published_recipe(list(PUBLISHED_MEMBERS))
    assert len(whole) == 7 and none == ()


def test_a_gain_is_paired_and_grouped():
    rng = np.random.default_rng(0)
    baseline = rng.random(2000) < 0.7
    better = baseline | (rng.random(2000) < 0.1)
    gain = paired_gain(better, baseline)
    difference = better.astype(float) - baseline
    shown = gain.difference.interval
    assert shown.mean == pytest.approx(difference.mean())
    bootstrap = bootstrap_interval(
        np.stack([difference, np.ones(2000)], 1), lambda sums: sums[:, 0] / sums[:, 1], resamples=4000
    )
    assert (shown.low, shown.high) == pytest.approx((bootstrap.low, bootstrap.high), abs=2e-3)
    assert (gain.test.only_first, gain.test.only_second) == ((better & ~baseline).sum(), 0)
    assert gain.test.p_value < 1e-6 and gain.difference.p_value < 1e-6
    # every image four times: the same evidence, not four times as much
    groups = np.tile(np.arange(2000), 4)
    repeated = paired_gain(np.tile(better, 4), np.tile(baseline, 4), groups).difference.interval
    assert repeated.half_width == pytest.approx(shown.half_width, rel=1e-6)
    assert paired_gain(baseline, baseline).test.p_value == 1
