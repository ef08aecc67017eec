"""Humans against labels and each other; errors by what raters say."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from fer_lib.evaluation.label_noise import (
    VERDICTS,
    ceiling_table,
    confident_disagreements,
    error_shares,
    majority_class,
    one_against_the_others,
    random_rater,
    verdicts,
)

from .small_decisions import decide, random_decisions

some_votes = arrays(np.int64, st.tuples(st.integers(1, 12), st.just(4)), elements=st.integers(0, 5))


def one_rater_at_a_time(counts) -> float:
    """The slow twin: every rater of an image is taken out and compared with what the others say."""
    raters = [answer for answer, n in enumerate(counts) for _ in range(n)]
    outcomes = []
    for i, answer in enumerate(raters):
        others = raters[:i] + raters[i + 1 :]
        by_answer = sorted(((others.count(k), k) for k in range(len(counts))), reverse=True)
        (most, majority), (second, _) = by_answer[:2]
        if most > second and majority < len(counts) - 1:
            outcomes.append(answer == majority)
    return np.mean(outcomes) if outcomes else np.nan


@given(some_votes)
def test_leaving_one_rater_out_equals_its_slow_twin(votes):
    slow = [one_rater_at_a_time(counts) for counts in votes]
    assert one_against_the_others(votes) == pytest.approx(slow, nan_ok=True)


@given(some_votes, st.integers(0, 99))
def test_random_rater_is_the_share_that_says_so(votes, seed):
    truth = np.random.default_rng(seed).integers(0, 3, len(votes))
    slow = [counts[k] / counts.sum() if counts.sum() else np.nan for counts, k in zip(votes, truth, strict=True)]
    assert random_rater(votes, truth) == pytest.approx(slow, nan_ok=True)


def test_ceiling_by_hand():
    """Ten raters: all agree; seven against three; half of them answer something else."""
    votes = np.array([[10, 0, 0, 0], [7, 3, 0, 0], [0, 0, 5, 5]])
    table = ceiling_table(votes, np.array([0, 1, 2])).set_index(["measured against", "answers"])
    every = table.loc[("label", "all")]
    assert every["accuracy"] == pytest.approx(100 * (1 + 0.3 + 0.5) / 3) and every["images"] == 3
    spread = np.std([100, 30, 50], ddof=1) / np.sqrt(3) * 4.302653  # t with two degrees of freedom
    assert (every["low"], every["high"]) == pytest.approx((60 - spread, 60 + spread))
    assert table.loc[("label", "classes alone"), "accuracy"] == pytest.approx(100 * (1 + 0.3 + 1) / 3)
    # third image: a rater of class 2 leaves four against five, another leaves five against four: the latter is wrong
    others = table.loc[("majority of the other raters", "all")]
    assert others["accuracy"] == pytest.approx(100 * (1 + 0.7 + 0) / 3)


def test_humans_who_always_agree_have_no_ceiling_below_100():
    votes = np.eye(4, dtype=np.int64)[[0, 1, 2, 0]] * 10
    table = ceiling_table(votes, np.array([0, 1, 2, 0]))
    assert (table[["accuracy", "low", "high"]] == 100).all(axis=None) and (table["images"] == 4).all()


def test_majority_by_hand():
    votes = np.array([[5, 4, 0, 1], [4, 4, 1, 1], [3, 2, 1, 4], [0, 0, 1, 0], [0, 0, 0, 0]])
    assert majority_class(votes).tolist() == [0, -1, -1, 2, -1]


def test_verdicts_by_hand():
    raters, agreement = np.array([-1, 1, 0, 0, 0]), np.array([0.4, 1.0, 0.7, 0.8, 1.0])
    verdict = verdicts(np.zeros(5, int), raters, agreement, clear=0.8)
    assert list(verdict) == ["no majority", "another class", "label, barely", "label, clearly", "label, clearly"]
    assert list(verdict.categories) == list(VERDICTS)


@given(random_decisions(), st.integers(0, 99))
def test_error_shares_add_up(decisions, seed):
    rng = np.random.default_rng(seed)
    verdict = verdicts(decisions.labels, rng.integers(-1, 3, len(decisions)), rng.random(len(decisions)), 0.6)
    table = error_shares(decisions, verdict)
    for v, (_, rows) in enumerate(table.groupby("variant", sort=False)):
        assert rows["images"].sum() == len(decisions) and rows["images_share"].sum() == pytest.approx(100)
        wrong = decisions.wrong[v].mean(0)
        assert rows["errors_share"].sum() == pytest.approx(100 if wrong.any() else 0)
        for row in rows.to_dict("records"):
            there = np.asarray(verdict) == row["raters say"]
            assert row["error_rate"] == pytest.approx(100 * wrong[there].mean() if there.any() else np.nan, nan_ok=True)


def test_confident_disagreements_by_hand():
    """Listed are images 1 and 3: sure, against the label, with the raters. Image 2 is unsure, 4 against the raters."""
    answers = {"none": ["nPPP-"], "soft": ["nnnP-"]}
    sure = [[[0.99, 0.95, 0.6, 0.9, 0.99]], [[0.99, 0.99, 0.6, 0.96, 0.99]]]
    decisions = decide("nnnnn", answers, confidence=sure)
    raters, agreement = np.array([0, 1, 1, 1, 0]), np.linspace(0.5, 0.9, 5)
    rows = confident_disagreements(decisions, raters, agreement, 0.9)
    expected = {
        "image": [3, 1], "label": ["neutral"] * 2, "answer": ["positive"] * 2, "trainings": [2, 1],
        "probability": [0.93, 0.95], "agreement": [0.8, 0.6],
    }  # fmt: skip
    pd.testing.assert_frame_equal(rows, pd.DataFrame(expected), check_dtype=False, rtol=1e-4)
    assert confident_disagreements(decisions, np.full(5, -1), agreement, 0.9).empty
