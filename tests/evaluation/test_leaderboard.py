"""Rankings: numbers are those of the metrics, pairs those of compare_folds, letters those of the pairs."""

from itertools import combinations

import numpy as np
import pandas as pd
import pytest
from scipy.stats import binomtest
from statsmodels.stats.multitest import multipletests

from fer_lib.errors import InputError
from fer_lib.evaluation.leaderboard import MAJORITY, pairwise, rank
from fer_lib.evaluation.metrics import fold_scores
from fer_lib.evaluation.proportions import wilson
from fer_lib.evaluation.statistics import compare_folds, fold_interval, mcnemar

EACH = 40


def runs(*accuracies: list[float], seeds=None) -> pd.DataFrame:
    """A row of accuracies per seed, one per fold, of 40 images each; images are the same in all tables."""
    tables = []
    for seed, of_seed in zip(seeds or range(len(accuracies)), accuracies, strict=True):
        fold, k = np.repeat(np.arange(len(of_seed)), EACH), np.tile(np.arange(EACH), len(of_seed))
        right = k < np.round(np.array(of_seed)[fold] * EACH)
        label = (k % 4 == 0).astype(int)
        names = [f"{f}-{i}" for f, i in zip(fold, k, strict=True)]
        table = pd.DataFrame({"sample_id": names, "fold": fold, "split": "test", "label": label, "seed": seed})
        tables.append(table.assign(predicted=np.where(right, label, 1 - label)))
    return pd.concat(tables)


def test_rows_are_those_of_the_metrics():
    predictions = {"bad": runs([0.5, 0.6, 0.55], [0.5, 0.6, 0.6]), "good": runs([0.9, 0.95, 0.9], [0.9, 0.95, 0.95])}
    table, pairs = rank(predictions)
    assert table["variant"].to_list() == ["good", "bad", MAJORITY]
    good = table.iloc[0]
    folds = 100 * fold_scores(predictions["good"])["accuracy"].groupby("fold").mean()
    interval = fold_interval(folds)
    assert good[["accuracy", "low", "high"]].to_list() == pytest.approx([interval.mean, interval.low, interval.high])
    assert good[["rank", "seeds", "trainings", "samples"]].to_list() == [1, 2, 6, 120]
    assert good["macro_f1"] == pytest.approx(100 * fold_scores(predictions["good"])["macro_f1"].mean())
    assert table["letters"].to_list()[:2] == ["a", "b"] and pairs["p_holm"].iloc[0] < 0.01
    assert table.iloc[-1]["accuracy"] == pytest.approx(75) and pd.isna(table.iloc[-1]["rank"])


def test_letters_and_adjusted_values_follow_from_every_pair():
    rng = np.random.default_rng(3)
    predictions = {f"v{i}": runs(*rng.uniform(0.5 + i / 15, 0.6 + i / 15, (2, 4))) for i in range(5)}
    table, pairs = rank(predictions)
    letters = table.set_index("variant")["letters"]
    assert 0 < (pairs["p_holm"] < 0.05).sum() < len(pairs) == 10
    for row in pairs.itertuples():
        assert bool(set(letters[row.variant]) & set(letters[row.other])) == (row.p_holm >= 0.05)
    # slowly: each pair alone, then Holm over all
    found = {}
    for one, other in combinations(table["variant"][:-1], 2):
        a, b = (100 * fold_scores(predictions[name])["accuracy"] for name in (one, other))
        found[one, other] = compare_folds(a, b, train_share=0.75).p_value
    slow = dict(zip(found, multipletests(list(found.values()), method="holm")[1], strict=True))
    assert {(r.variant, r.other): r.p_holm for r in pairs.itertuples()} == pytest.approx(slow)


def test_only_shared_seeds_are_paired():
    one = runs([0.5, 0.6, 0.7], [0.9, 0.9, 0.9], seeds=[1, 2])
    row = pairwise({"one": one, "other": runs([0.5, 0.5, 0.5], seeds=[1])}).iloc[0]
    assert row["pairs"] == 3 and row["difference"] == pytest.approx(10)


def test_without_a_shared_seed_folds_are_paired():
    one = runs([0.5, 0.6, 0.7], [0.7, 0.8, 0.9], seeds=[1, 2])
    row = pairwise({"one": one, "other": runs([0.5, 0.5, 0.6], seeds=[3])}).iloc[0]
    expected = compare_folds([60, 70, 80], [50, 50, 60], train_share=2 / 3)
    assert (row["pairs"], row["p_value"]) == (3, pytest.approx(expected.p_value))


def test_one_fold_is_tested_image_by_image():
    predictions = {"one": runs([0.9]), "other": runs([0.6])}
    table, pairs = rank(predictions)
    low, high = wilson(0.9, EACH)
    assert table.iloc[0][["low", "high"]].to_list() == pytest.approx([100 * low, 100 * high])
    row = pairs.iloc[0]  # twelve images only one gets right
    assert row["test"] == "McNemar" and row["pairs"] == EACH and np.isnan(row["low"])
    assert row["p_value"] == pytest.approx(binomtest(12, 12, 0.5).pvalue)


def test_one_fold_under_several_seeds_groups_each_images_decisions():
    predictions = {"one": runs([0.9], [0.8]), "other": runs([0.6], [0.8])}
    right = {k: (t["label"] == t["predicted"]).to_numpy() for k, t in predictions.items()}
    expected = mcnemar(right["one"], right["other"], np.tile(np.arange(EACH), 2))
    row = pairwise(predictions).iloc[0]
    assert row["pairs"] == 2 * EACH and row["p_value"] == pytest.approx(expected.p_value)


def test_one_variant_alone_is_ranked():
    table, pairs = rank({"one": runs([0.5, 0.6])})
    assert pairs.empty and table["letters"].iloc[0] == "a"


def test_other_images_are_refused():
    moved = runs([0.5, 0.6]).replace({"sample_id": {"0-0": "elsewhere"}})
    with pytest.raises(InputError, match="moved and one were not tested on the same samples in the same folds, so"):
        rank({"one": runs([0.5, 0.6]), "moved": moved})
