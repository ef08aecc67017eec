"""Variants side by side, on prediction tables small enough to check by hand."""

import numpy as np
import pandas as pd
import pytest

from fer_lib.errors import InputError
from fer_lib.evaluation.comparison import fold_table, optimism_table, paired_table, variant_table
from fer_lib.evaluation.metrics import fold_scores
from fer_lib.evaluation.statistics import compare_folds, fold_interval

NOTHING = pd.DataFrame(columns=["accuracy", "half_width"])


@pytest.fixture
def tables(table_with):
    return {
        "none": table_with([0.5, 0.6, 0.7]),
        "soft": table_with([0.7, 0.7, 0.7]),
        "simple_cnn": table_with([0.4] * 3),
    }


def test_fold_table_has_a_row_per_variant_and_a_column_per_fold(tables):
    table = fold_table(tables)
    assert list(table.index) == ["none", "soft", "simple_cnn"] and list(table.columns) == [0, 1, 2]
    assert table.loc["none"].to_list() == pytest.approx([50, 60, 70])
    f1 = fold_table(tables, "macro_f1")
    assert f1.loc["none", 1] == pytest.approx(100 * fold_scores(tables["none"]).loc[(0, 1), "macro_f1"])


def test_variant_table_scores_every_variant(tables):
    table = variant_table(tables, NOTHING).set_index("variant")
    assert list(table.index) == ["none", "soft", "simple_cnn", "majority class"]
    interval = fold_interval([50, 60, 70])
    row = table.loc["none"]
    assert (row["accuracy"], row["low"], row["high"]) == pytest.approx((60, interval.low, interval.high))
    assert row["published_formula"] == pytest.approx(1.96 * np.sqrt(60 * 40 / 30))
    assert row["balanced_accuracy"] == pytest.approx(60)
    assert table["samples"].to_list() == [30, 30, 30, 30]
    assert table.loc["majority class", "accuracy"] == 50
    assert pd.isna(table.loc["majority class", "low"])


def test_variants_are_compared_with_the_baseline_on_the_same_folds(tables):
    table = variant_table(tables, NOTHING).set_index("variant")
    expected = compare_folds([70, 70, 70], [50, 60, 70], train_share=2 / 3)
    row = table.loc["soft"]
    assert row["difference"] == pytest.approx(10)
    assert row["difference_low"] == pytest.approx(expected.difference.low)
    assert row["difference_high"] == pytest.approx(expected.difference.high)
    assert row["p_value"] == pytest.approx(expected.p_value)
    assert table.loc["simple_cnn", "difference"] == pytest.approx(-20)
    assert table.loc[["none", "majority class"], "difference"].isna().all()


def test_p_values_are_adjusted_over_the_variants(tables, table_with):
    table = variant_table(tables | {"binary": table_with([0.5, 0.7, 0.7])}, NOTHING).set_index("variant")
    assert list(table.columns)[table.columns.get_loc("p_value") + 1] == "p_holm"
    raw = table["p_value"].dropna().sort_values()
    assert len(raw) == 3
    stepped = (raw * [3, 2, 1]).cummax().clip(upper=1)  # Holm by hand
    assert table["p_holm"].dropna().to_dict() == pytest.approx(stepped.to_dict())


def test_seeds_are_averaged_within_folds_and_paired_with_their_equals(table_with):
    seeds = {
        "none": pd.concat([table_with([0.5, 0.6, 0.7]).assign(seed=1), table_with([0.7, 0.6, 0.5]).assign(seed=2)]),
        # in another order: pairing goes by seed and fold, not by position
        "soft": pd.concat([table_with([0.8, 0.8, 0.6]).assign(seed=2), table_with([0.6, 0.7, 0.9]).assign(seed=1)]),
    }
    table = variant_table(seeds, NOTHING).set_index("variant")
    row = table.loc["soft"]
    interval = fold_interval([70, 75, 75])
    assert (row["accuracy"], row["low"], row["high"]) == pytest.approx((220 / 3, interval.low, interval.high))
    assert row["sd_seeds"] == pytest.approx(0, abs=1e-9) and table.loc["none", "sd"] == pytest.approx(0, abs=1e-9)
    expected = compare_folds([60, 70, 90, 80, 80, 60], [50, 60, 70, 70, 60, 50], train_share=2 / 3)
    assert row["p_value"] == pytest.approx(expected.p_value)
    assert row["difference_low"] == pytest.approx(expected.difference.low)
    assert (row["samples"], row["trainings"]) == (30, 6)
    assert table.loc["majority class", "samples"] == 30
    assert fold_table(seeds).loc["soft"].to_list() == pytest.approx([70, 75, 75])


def test_other_seeds_are_not_paired(table_with):
    tables = {"none": table_with([0.5, 0.6]).assign(seed=1), "soft": table_with([0.5, 0.6]).assign(seed=2)}
    with pytest.raises(InputError, match="with the same seeds"):
        variant_table(tables, NOTHING)


def test_every_variant_is_paired_with_every_control(tables, table_with):
    tables |= {"shuffled": table_with([0.6, 0.6, 0.7]), "noise": table_with([0.5, 0.5, 0.6])}
    table = paired_table(tables, ["none", "shuffled", "noise", "absent"]).set_index(["variant", "baseline"])
    assert list(table.index) == [(v, b) for v in ("soft", "simple_cnn") for b in ("none", "shuffled", "noise")]
    expected = compare_folds([70, 70, 70], [60, 60, 70], train_share=2 / 3)
    row = table.loc[("soft", "shuffled")]
    assert row[["difference", "low", "high", "p_value"]].to_list() == pytest.approx(
        [20 / 3, expected.difference.low, expected.difference.high, expected.p_value]
    )
    # Benjamini and Hochberg by hand: p · n / rank, made monotone from the largest down
    p = table["p_value"].sort_values()
    stepped = (p * len(p) / np.arange(1, len(p) + 1))[::-1].cummin().clip(upper=1)
    assert table["p_adjusted"].to_dict() == pytest.approx(stepped.to_dict())
    assert (table["pairs"] == 3).all()


def test_without_a_control_nothing_is_paired(tables):
    assert paired_table({"soft": tables["soft"]}, ["shuffled"]).empty


def test_another_baseline_or_none_at_all(tables):
    other = variant_table(tables, NOTHING, baseline="soft").set_index("variant")
    assert other.loc["none", "difference"] == pytest.approx(-10)
    alone = variant_table({"soft": tables["soft"]}, NOTHING)
    assert not {"difference", "p_value", "p_holm"} & set(alone)


def test_published_values_stand_beside_the_variants_they_are_for(tables):
    published = pd.DataFrame({"accuracy": [73.64], "half_width": [0.48]}, index=["soft"])
    table = variant_table(tables, published).set_index("variant")
    assert table.loc["soft", ["published", "published_half_width"]].to_list() == [73.64, 0.48]
    assert pd.isna(table.loc["none", "published"])


def test_variants_tested_on_other_folds_are_not_paired(tables, table_with):
    with pytest.raises(InputError, match="shifted and none were not tested on the same samples in the same folds"):
        shifted = table_with([0.5, 0.6, 0.7])
        variant_table({"none": tables["none"], "shifted": shifted.assign(fold=shifted["fold"] + 1)}, NOTHING)
    with pytest.raises(InputError, match="smaller and none were not tested on the same samples in the same folds"):
        variant_table({"none": tables["none"], "smaller": table_with([0.5, 0.6, 0.7], n=20)}, NOTHING)


def test_optimism_table_in_points():
    history = pd.DataFrame(
        {
            "fold": [0, 0, 1, 1],
            "epoch": [1, 2, 1, 2],
            "select_accuracy": [0.7, 0.6, 0.5, 0.6],
            "watch_accuracy": [0.60, 0.64, 0.55, 0.58],
        }
    )
    (row,) = optimism_table({"soft": history}).to_dict("records")
    interval = fold_interval([4, 0])
    assert row["variant"] == "soft"
    assert (row["honest"], row["best"], row["optimism"]) == pytest.approx((59, 61, 2))
    assert (row["low"], row["high"]) == pytest.approx((interval.low, interval.high))
