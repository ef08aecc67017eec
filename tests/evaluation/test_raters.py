"""Whom the raters side with, on five images."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from fer_lib.evaluation.proportions import wilson
from fer_lib.evaluation.raters import sides

from .small_decisions import decide, random_decisions

N, P, M = 0, 1, 2


def test_sides_by_hand():
    """Errors on images 1, 2 and 3: raters say what the network says, what the label says, and a third thing."""
    decisions = decide("nnnnP-", {"soft": ["nPP-P-"]})
    row = sides(decisions, np.array([N, P, N, P, P, -1])).iloc[0]
    assert row["images"] == 5 and row["label agrees"] == pytest.approx(60)
    assert row["accuracy"] == pytest.approx(40) and row["accuracy by raters"] == pytest.approx(60)
    low, high = wilson(1 / 3, 3)
    assert row[["side with network", "low", "high"]].to_list() == pytest.approx([100 / 3, 100 * low, 100 * high])
    assert row[["side with label", "neither"]].to_list() == pytest.approx([100 / 3] * 2)


@given(random_decisions(), st.integers(0, 1000))
def test_sides_equal_their_slow_twin(decisions, seed):
    raters = np.random.default_rng(seed).integers(-1, 3, len(decisions))
    raters[0] = 0
    for v, row in enumerate(sides(decisions, raters).itertuples(index=False)):
        answers = [
            (label, rater, answer) for seed in decisions.predicted[v]
            for label, rater, answer in zip(decisions.labels, raters, seed, strict=True) if rater >= 0
        ]  # fmt: skip
        wrong = [(label, rater, answer) for label, rater, answer in answers if label != answer]
        shares = [sum(r == a for _, r, a in wrong), sum(r == lab for lab, r, _ in wrong)]
        assert row[3] == pytest.approx(100 * (1 - len(wrong) / len(answers)))
        assert row[4] == pytest.approx(100 * sum(r == a for _, r, a in answers) / len(answers))
        if wrong:
            assert (row[5], row[8]) == pytest.approx([100 * share / len(wrong) for share in shares])
            assert row[5] + row[8] + row[9] == pytest.approx(100)


def test_without_any_opinion_there_is_nothing_to_compare():
    row = sides(decide("nP", {"soft": ["nP"]}), np.array([-1, -1])).iloc[0]
    assert row["images"] == 0 and np.isnan(row["accuracy"])
