"""Variance components against a textbook table, a slow twin and simulated trainings."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from fer_lib.errors import InputError
from fer_lib.evaluation.variance_components import estimate_components, variance_components, variance_sentence

# Shrout & Fleiss, Psychological Bulletin 86, 1979, table 2: six targets (columns here), four judges (rows here)
RATINGS = pd.DataFrame([[9, 6, 8, 7, 10, 6], [2, 1, 4, 1, 5, 2], [5, 3, 6, 2, 6, 4], [8, 2, 8, 6, 9, 7]])


def test_textbook_example():
    """Their table 3: mean squares between targets 11.24, judges 32.49, residual 1.02; ICC(2,1) = 0.29."""
    found = estimate_components(RATINGS)
    assert found.residual == pytest.approx(1.02, abs=0.005)
    assert 4 * found.fold + found.residual == pytest.approx(11.24, abs=0.005)
    assert 6 * found.seed + found.residual == pytest.approx(32.49, abs=0.005)
    assert found.fold / found.total == pytest.approx(0.29, abs=0.005)
    assert found.truncated == ()


def components_slowly(y):
    """Sums of squares cell by cell."""
    seeds, folds = y.shape
    grand = y.mean()
    fold = sum(seeds * (y[:, f].mean() - grand) ** 2 for f in range(folds)) / (folds - 1)
    seed = sum(folds * (y[s].mean() - grand) ** 2 for s in range(seeds)) / (seeds - 1)
    cells = [(y[s, f] - y[s].mean() - y[:, f].mean() + grand) ** 2 for s in range(seeds) for f in range(folds)]
    residual = sum(cells) / (seeds - 1) / (folds - 1)
    return (fold - residual) / seeds, (seed - residual) / folds, residual


@given(st.integers(2, 5), st.integers(2, 5), st.integers(0, 2**32 - 1))
@settings(max_examples=20, deadline=None)
def test_it_equals_the_sums_taken_cell_by_cell(seeds, folds, seed):
    y = np.random.default_rng(seed).normal(70, 2, (seeds, folds))
    found, slow = estimate_components(pd.DataFrame(y)), components_slowly(y)
    assert (found.fold, found.seed) == pytest.approx((max(slow[0], 0), max(slow[1], 0)), abs=1e-8)
    assert found.residual == pytest.approx(slow[2])
    assert found.truncated == tuple(s for s, value in zip(("fold", "seed"), slow, strict=False) if value < 0)


def test_known_components_are_found_again():
    """Standard deviations 2, 1 and 0.5, seen over 60 seeds × 60 folds (their estimates' own sd is 9 %)."""
    rng = np.random.default_rng(0)
    y = 70 + rng.normal(0, 2, (1, 60)) + rng.normal(0, 1, (60, 1)) + rng.normal(0, 0.5, (60, 60))
    found = estimate_components(pd.DataFrame(y))
    assert np.sqrt([found.fold, found.seed, found.residual]) == pytest.approx([2, 1, 0.5], rel=0.2)


def test_a_negative_estimate_is_zero_and_said_so():
    found = estimate_components(pd.DataFrame([[70.0, 72], [72, 70]]))
    assert (found.fold, found.seed, found.residual) == pytest.approx((0, 0, 4))
    assert found.truncated == ("fold", "seed")


@pytest.mark.parametrize(
    ("scores", "sentence"),
    [
        (np.ones((1, 5)), "soft: trained with 1 × 5 seeds × folds, expected at least 2 × 2"),
        (np.ones((3, 1)), "soft: trained with 3 × 1 seeds × folds, expected at least 2 × 2"),
        ([[1, 2], [3, np.nan]], "soft: no score for seed 1, fold 1, expected every fold under every seed"),
    ],
)
def test_too_little_or_unbalanced_is_told(scores, sentence):
    with pytest.raises(InputError, match=sentence):
        estimate_components(pd.DataFrame(scores), "soft")


@pytest.fixture
def tables(table_with):
    """Accuracies by seed (rows) and fold; soft is always 10 points above none but for one training."""

    def variant(accuracies):
        return pd.concat([table_with(row).assign(seed=2020 + i) for i, row in enumerate(accuracies)])

    none = [[0.5, 0.6, 0.7], [0.4, 0.5, 0.6]]
    return {"none": variant(none), "soft": variant([[0.6, 0.7, 0.8], [0.5, 0.6, 0.8]])}


def test_the_table_has_scores_and_paired_differences(tables):
    table = variance_components(tables)
    assert table[["variant", "baseline"]].to_numpy().tolist() == [["none", "–"], ["soft", "–"], ["soft", "none"]]
    none, _, difference = (row for _, row in table.iterrows())
    # additive by construction: seeds differ by 10 points (variance 50), folds by 10 (variance 100), nothing is left
    assert (none["mean"], none["sd_fold"], none["sd_seed"]) == pytest.approx((55, 10, np.sqrt(50)))
    assert none["sd_residual"] == pytest.approx(0, abs=1e-6)
    assert (none["share_fold"], none["share_seed"]) == pytest.approx((200 / 3, 100 / 3))
    expected = estimate_components(pd.DataFrame([[10.0, 10, 10], [10, 10, 20]]))
    assert difference["mean"] == pytest.approx(70 / 6)
    assert difference["sd_residual"] == pytest.approx(np.sqrt(expected.residual))
    assert difference[["share_fold", "share_seed", "share_residual"]].sum() == pytest.approx(100)
    assert (table[["seeds", "folds"]] == [2, 3]).all(axis=None)


def test_without_the_baseline_there_are_no_differences(tables):
    assert set(variance_components(tables, baseline="shuffled")["baseline"]) == {"–"}


def test_other_seeds_are_not_paired(tables):
    tables["soft"] = tables["soft"].replace({"seed": {2021: 2022}})
    with pytest.raises(InputError, match="soft and none differ in their seeds or folds"):
        variance_components(tables)


def test_scores_that_do_not_vary_have_no_shares(table_with):
    same = pd.concat([table_with([0.5, 0.5]).assign(seed=seed) for seed in (1, 2)])
    table = variance_components({"none": same})
    assert table.loc[0, ["sd_fold", "sd_seed", "sd_residual"]].to_list() == [0, 0, 0]
    assert table.filter(like="share").isna().all(axis=None)
    assert variance_sentence(table) == "Over 2 folds and 2 seeds accuracy did not vary."


def test_the_sentence_adds_variances_not_deviations():
    row = {"baseline": "–", "truncated": "", "folds": 5, "seeds": 3}
    table = pd.DataFrame(
        [
            {"variant": "none", "sd_fold": 1.0, "sd_seed": 0.0, "sd_residual": 1.0, **row},
            {"variant": "soft", "sd_fold": 1.0, "sd_seed": 1.0, "sd_residual": 2.0, **row, "truncated": "seed"},
        ]
    )
    assert variance_sentence(table) == (
        "Over 5 folds and 3 seeds accuracy had a standard deviation of 2.00 points, of whose square 25 % went with "
        "the fold, 12 % with the seed and 62 % with neither alone. In 1 of 2 rows an estimate was below zero and is "
        "shown as 0."
    )
