"""Rank tests against textbook tables and simulated variants."""

from bisect import bisect_left

import numpy as np
import pandas as pd
import pytest
from scikit_posthocs import posthoc_nemenyi_friedman
from scipy import stats

from fer_lib.errors import InputError
from fer_lib.evaluation.statistics import compare_ranks

# Demšar, JMLR 7, 2006, table 6: AUC of C4.5 and three ways to prune it on 14 data sets
AUC = pd.DataFrame(
    [
        (0.763, 0.768, 0.771, 0.798),
        (0.599, 0.591, 0.590, 0.569),
        (0.954, 0.971, 0.968, 0.967),
        (0.628, 0.661, 0.654, 0.657),
        (0.882, 0.888, 0.886, 0.898),
        (0.936, 0.931, 0.916, 0.931),
        (0.661, 0.668, 0.609, 0.685),
        (0.583, 0.583, 0.563, 0.625),
        (0.775, 0.838, 0.866, 0.875),
        (1.000, 1.000, 1.000, 1.000),
        (0.940, 0.962, 0.965, 0.962),
        (0.619, 0.666, 0.614, 0.669),
        (0.972, 0.981, 0.975, 0.975),
        (0.957, 0.978, 0.946, 0.970),
    ],
    columns=["C4.5", "m", "cf", "m+cf"],
)


def test_textbook_example_of_critical_differences():
    """Demšar §3.2.2: mean ranks 3.143, 2.000, 2.893, 1.964; CD 1.25 at 5 % and 1.12 at 10 %."""
    found = compare_ranks(AUC)
    printed = {"C4.5": 3.143, "m": 2.000, "cf": 2.893, "m+cf": 1.964}
    # he ranks voting's two 0.975 by further digits, which the table does not print
    assert found.ranks.to_dict() == pytest.approx(printed, abs=0.04)
    assert list(found.ranks.index) == ["m+cf", "m", "cf", "C4.5"] and found.blocks == 14
    assert found.critical_difference == pytest.approx(1.25, abs=0.005)
    assert compare_ranks(AUC, alpha=0.1).critical_difference == pytest.approx(1.12, abs=0.02)
    assert found.p_value < 0.05


def test_textbook_example_of_friedman():
    """Hollander & Wolfe, Nonparametric Statistical Methods, 1973, p. 140: rounding first base; χ² 11.14, p 0.0038."""
    times = """5.40 5.50 5.55 5.85 5.70 5.75 5.20 5.60 5.50 5.55 5.50 5.40 5.90 5.85 5.70 5.45 5.55 5.60 5.40 5.40 5.35
    5.45 5.50 5.35 5.25 5.15 5.00 5.85 5.80 5.70 5.25 5.20 5.10 5.65 5.55 5.45 5.60 5.35 5.45 5.05 5.00 4.95 5.50 5.50
    5.40 5.45 5.55 5.50 5.55 5.55 5.35 5.45 5.50 5.55 5.50 5.45 5.25 5.65 5.60 5.40 5.70 5.65 5.55 6.30 6.30 6.25"""
    runners = pd.DataFrame(np.array(times.split(), float).reshape(22, 3))
    assert compare_ranks(runners).p_value == pytest.approx(0.003805, abs=1e-6)


def test_pairs_differ_where_their_ranks_do_by_more_than_the_critical_difference():
    found = compare_ranks(pd.DataFrame(np.random.default_rng(0).normal([0, 0.5, 1, 1.2, 2], 1, (15, 5))))
    for a in found.ranks.index:
        for b in found.ranks.index:
            apart = abs(found.ranks[a] - found.ranks[b]) > found.critical_difference
            assert (found.pairs.loc[a, b] < 0.05) == apart


def test_the_best_variant_has_the_lowest_rank():
    scores = pd.DataFrame({"worst": [1.0, 1, 2], "tied": [2.0, 3, 3], "best": [3.0, 3, 4]})
    assert compare_ranks(scores).ranks.to_dict() == pytest.approx({"best": 3.5 / 3, "tied": 5.5 / 3, "worst": 3})


def test_variants_that_are_always_equal_do_not_differ():
    found = compare_ranks(pd.DataFrame(np.ones((4, 3))))
    assert found.p_value == 1 and (found.pairs == 1).all(axis=None)


def test_pairs_equal_those_of_scikit_posthocs():
    scores = pd.DataFrame(np.random.default_rng(1).normal([0, 0.5, 1, 2], 1, (12, 4)), columns=list("abcd"))
    # it ranks upwards, which turns the mean ranks round and leaves their distances as they are
    expected = posthoc_nemenyi_friedman(scores)
    np.testing.assert_allclose(compare_ranks(scores).pairs, expected.loc[list("abcd"), list("abcd")], atol=1e-9)


def test_simulated_studies_agree_with_the_formulas_where_both_hold():
    """With a correlation of next to nothing Friedman's and Nemenyi's approximations hold."""
    scores = pd.DataFrame(np.random.default_rng(0).normal([0, 0.1, 0.2, 0.4], 1, (60, 4)))
    formulas, simulated = compare_ranks(scores), compare_ranks(scores, correlation=1e-9)
    assert simulated.p_value == pytest.approx(formulas.p_value, abs=0.01)
    assert simulated.critical_difference == pytest.approx(formulas.critical_difference, rel=0.03)
    np.testing.assert_allclose(simulated.pairs, formulas.pairs, atol=0.04)  # mean ranks come in steps


def test_blocks_that_share_much_are_worth_little():
    scores = pd.DataFrame(np.random.default_rng(0).normal([0, 1, 2], 1, (15, 3)))
    found = [compare_ranks(scores, correlation=rho) for rho in (0.0, 0.2, 0.6)]
    critical, p_values = [f.critical_difference for f in found], [f.p_value for f in found]
    assert critical == sorted(critical) and p_values == sorted(p_values) and critical[2] > 1.5 * critical[0]


def equal_variants(variants, correlation, studies=6000, blocks=15):
    """Scores (studies, blocks, variants), and by study Friedman's χ² and the largest difference of mean ranks."""
    rng = np.random.default_rng(1)
    lasting, own = rng.normal(size=(studies, 1, variants)), rng.normal(size=(studies, blocks, variants))
    scores = np.sqrt(correlation) * lasting + np.sqrt(1 - correlation) * own
    ranks = stats.rankdata(scores, axis=-1).mean(1)
    squares = 12 * blocks / variants / (variants + 1) * ((ranks - (variants + 1) / 2) ** 2).sum(1)
    return scores, squares, np.ptp(ranks, axis=1)


def share_of_significant(scores, squares, correlation):
    """p falls as χ² grows, so where it passes 5 % is found by bisection."""
    ordered = scores[np.argsort(squares)]
    first = bisect_left(
        range(len(ordered)),
        True,
        key=lambda i: compare_ranks(pd.DataFrame(ordered[i]), 0.05, correlation).p_value < 0.05,
    )
    return 1 - first / len(ordered)


@pytest.mark.parametrize(("variants", "correlation"), [(4, 0.0), (9, 0.0), (9, 0.2)])
def test_false_positives_of_equal_variants(variants, correlation):
    """On 15 blocks Friedman's test errs in under 6 % of studies, and so does any pair of the family."""
    scores, squares, spans = equal_variants(variants, correlation)
    assert 0.035 < share_of_significant(scores, squares, correlation) < 0.06
    critical = compare_ranks(pd.DataFrame(scores[0]), correlation=correlation).critical_difference
    assert 0.035 < np.mean(spans > critical) < 0.06


def test_correlated_blocks_mislead_the_plain_test():
    scores, squares, spans = equal_variants(9, 0.2)
    assert share_of_significant(scores, squares, 0.0) == pytest.approx(0.86, abs=0.02)
    assert np.mean(spans > compare_ranks(pd.DataFrame(scores[0])).critical_difference) > 0.7


@pytest.mark.parametrize(
    ("scores", "sentence"),
    [
        (np.ones((5, 2)), "at least three variants, got 2; two are compared directly"),
        (np.ones((1, 3)), "at least two blocks, got 1"),
        ([[1, 2, 3], [1, np.nan, 2]], "no score in one of the blocks"),
    ],
)
def test_what_cannot_be_ranked_is_told(scores, sentence):
    with pytest.raises(InputError, match=sentence):
        compare_ranks(pd.DataFrame(scores))


def test_a_correlation_that_is_none_is_told():
    with pytest.raises(InputError, match="correlation 1.0 of two blocks, expected 0 … 1"):
        compare_ranks(pd.DataFrame(np.eye(3)), correlation=1.0)
