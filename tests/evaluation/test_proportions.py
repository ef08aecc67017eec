"""Shares of groups of images: intervals against scipy and published examples, tables by hand."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import binomtest

from fer_lib.evaluation.proportions import group_difference, group_table, share_difference, wilson

from .small_decisions import decide, random_decisions


@given(st.integers(1, 5000).flatmap(lambda n: st.tuples(st.integers(0, n), st.just(n))))
def test_wilson_equals_scipy(pair):
    k, n = pair
    expected = binomtest(k, n).proportion_ci(0.95, method="wilson")
    assert wilson(k / n, n) == pytest.approx((expected.low, expected.high), abs=1e-12)


def test_wilson_takes_arrays_and_knows_nothing_of_nothing():
    low, high = wilson([0.0, 0.5, np.nan], [10, 10, 0])
    assert low[0] == 0 and high[0] == pytest.approx(0.2775, abs=1e-4)
    assert low[1] == pytest.approx(0.2366, abs=1e-4) and high[1] == pytest.approx(1 - low[1])
    assert np.isnan(low[2]) and np.isnan(high[2])


@pytest.mark.parametrize(
    ("a", "m", "b", "n", "low", "high"),
    [(56, 70, 48, 80, 0.0524, 0.3339), (9, 10, 3, 10, 0.1705, 0.8090), (10, 10, 0, 20, 0.6791, 1.0)],
)
def test_share_difference_of_the_published_examples(a, m, b, n, low, high):
    """Newcombe 1998, table II, method 10."""
    difference, below, above = share_difference(a / m, m, b / n, n)
    assert difference == pytest.approx(a / m - b / n)
    assert (below, above) == (pytest.approx(low, abs=5e-5), pytest.approx(high, abs=5e-5))


def test_group_table_by_hand():
    decisions = decide("nnP--", {"soft": ["nPP-P", "nnP-P"], "none": ["nnP--", "nnP--"]})
    group = pd.Categorical(["x", "x", "x", "y", None], categories=["x", "y", "z"])
    table = group_table(decisions, group).set_index(["variant", "group"])
    soft = table.loc["soft"]
    assert soft["images"].to_list() == [3, 1, 0]
    assert soft.loc["x", "accuracy"] == pytest.approx(100 * (1 - 0.5 / 3))
    assert soft.loc["x", "balanced"] == pytest.approx((75 + 100) / 2)
    low, high = wilson(1 - 0.5 / 3, 3)
    assert soft.loc["x", ["low", "high"]].to_list() == pytest.approx([100 * low, 100 * high])
    assert soft["errors"].to_list() == [100, 0, 0]  # the image without a group does not count
    assert soft.loc["z", ["accuracy", "balanced", "low"]].isna().all()
    assert table.loc["none", "errors"].to_list() == [0, 0, 0]


@given(random_decisions(), st.integers(0, 1000))
def test_group_table_equals_its_slow_twin(decisions, seed):
    codes = np.random.default_rng(seed).integers(-1, 3, len(decisions))
    table = group_table(decisions, pd.Categorical.from_codes(codes, ["a", "b", "c"]))
    for row in table.itertuples():
        v, inside = decisions.variants.index(row.variant), codes == "abc".index(row.group)
        assert row.images == inside.sum()
        if inside.any():
            right = (decisions.predicted[v] == decisions.labels)[:, inside]
            assert row.accuracy == pytest.approx(100 * right.mean())
            of_class = [right[:, decisions.labels[inside] == k].mean() for k in np.unique(decisions.labels[inside])]
            assert row.balanced == pytest.approx(100 * np.mean(of_class))


def test_group_difference_compares_like_with_like():
    """Inside only hard images (stratum 1, all wrong there too): the difference is the stratum's, not the group's."""
    decisions = decide("nnnnnnnn", {"soft": ["nnnnPPPP"]})
    inside = np.array([False, False, False, True, True, True, True, False])
    strata = np.array([0, 0, 0, 0, 1, 1, 1, 1])
    row = group_difference(decisions, inside, strata).iloc[0]
    assert row["images"] == 4 and row["inside"] == 75 and row["outside"] == 25
    expected = share_difference(0.75, 4, 0.25, 4)
    assert row[["difference", "low", "high"]].to_list() == pytest.approx([100 * float(x) for x in expected])
    assert row["like for like"] == 0


def test_like_for_like_is_weighted_by_the_group_and_needs_both_sides():
    decisions = decide("nnnnnn", {"soft": ["PnPnnP"]})
    strata = np.array([0, 0, 1, 1, 1, 2])
    inside = np.array([True, False, True, True, False, True])  # stratum 2 has no one outside
    row = group_difference(decisions, inside, strata).iloc[0]
    assert row["like for like"] == pytest.approx((1 * 100 + 2 * 50) / 3)
    alone = group_difference(decisions, inside, np.arange(6)).iloc[0]
    assert np.isnan(alone["like for like"])
