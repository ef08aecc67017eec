"""Tables for readers: every interval written out, nothing where there is nothing."""

import numpy as np
import pandas as pd

from fer_lib.evaluation.comparison import variant_table
from fer_lib.reporting.tables import (
    leaks_for_readers,
    optimism_for_readers,
    paired_for_readers,
    plain,
    result_table,
    statistics_for_readers,
)


def results():
    nan = np.nan
    columns = (
        "variant accuracy low high sd published_formula balanced_accuracy macro_f1 "
        "difference difference_low difference_high p_value samples"
    )
    rows = [
        ("none", 72.918, 72.28, 73.55, 0.51, 0.4878, 70.004, 69.5, nan, nan, nan, nan, 31_885),
        ("soft", 73.636, 71.27, 76.0, 1.9, 0.48, 70.0, 69.5, 0.718, -1.5, 2.94, 0.4213, 31_885),
        ("weighted", 70.1, 69.0, 71.2, 0.9, 0.5, 70.0, 69.5, -2.818, -3.0, -2.6, 0.00004, 31_885),
        ("majority class", 52.37, nan, nan, nan, nan, nan, nan, nan, nan, nan, nan, 31_885),
    ]
    return pd.DataFrame(rows, columns=columns.split())


def test_intervals_are_written_out():
    table = result_table(results()).set_index("variant")
    assert table.loc["none", "accuracy % [95 %]"] == "72.92 [72.28, 73.55]"
    assert table.loc["soft", "Δ to none [95 %]"] == "+0.72 [-1.50, +2.94]"
    assert table.loc["weighted", "Δ to none [95 %]"] == "-2.82 [-3.00, -2.60]"
    assert table.loc["soft", "p"] == "0.421"
    assert table.loc["none", "balanced %"] == "70.00"
    assert table.loc["none", "sd of folds"] == "0.51" and table.loc["none", "± papers' formula"] == "0.49"
    assert table.loc["none", "n"] == "31,885"


def test_the_majority_class_has_a_number_and_dashes():
    row = result_table(results()).set_index("variant").loc["majority class"]
    assert row["accuracy % [95 %]"] == "52.37" and row["n"] == "31,885"
    assert set(row.drop(["accuracy % [95 %]", "n"])) == {"–"}


def test_adjusted_p_values_stand_beside_the_raw_ones_where_there_are_some():
    assert "p (Holm)" not in result_table(results())  # tables published before they were made
    table = result_table(results().assign(p_holm=[np.nan, 0.4213, 0.00008, np.nan]))
    assert list(table)[list(table).index("p") + 1] == "p (Holm)"
    assert table["p (Holm)"].to_list() == ["–", "0.421", "< 0.001", "–"]


def test_published_values_appear_only_where_there_are_some():
    assert "published ±" not in result_table(results())
    assert "published ±" not in result_table(results().assign(published=np.nan, published_half_width=np.nan))
    with_one = results().assign(published=[72.92, np.nan, np.nan, np.nan], published_half_width=[0.49] + [np.nan] * 3)
    assert result_table(with_one)["published ±"].to_list() == ["72.92 ± 0.49", "–", "–", "–"]


def test_without_a_baseline_no_differences_are_shown():
    table = result_table(results().drop(columns=["difference", "difference_low", "difference_high", "p_value"]))
    assert list(table) == [
        "variant",
        "accuracy % [95 %]",
        "sd of folds",
        "± papers' formula",
        "balanced %",
        "macro-F1 %",
        "n",
    ]


def test_it_takes_what_the_comparison_makes():
    pairs = pd.DataFrame({"fold": [0, 0, 1, 1], "split": "test", "label": [0, 1, 0, 1], "predicted": [0, 1, 0, 0]})
    pairs["sample_id"] = list("abcd")
    made = variant_table({"none": pairs, "soft": pairs}, pd.DataFrame(columns=["accuracy", "half_width"]))
    table = result_table(made).set_index("variant")
    assert table.loc["soft", "Δ to none [95 %]"] == "+0.00 [+0.00, +0.00]"
    assert table.loc["soft", "p"] == table.loc["soft", "p (Holm)"] == "1.000"
    assert table.loc["none", "p (Holm)"] == "–"
    assert table.loc["majority class", "accuracy % [95 %]"] == "50.00"


def test_optimism_for_readers():
    table = pd.DataFrame(
        [{"variant": "soft", "honest": 72.0, "best": 73.5, "optimism": 1.5, "low": 0.25, "high": 2.75}]
    )
    assert optimism_for_readers(table).iloc[0].to_list() == ["soft", "72.00", "73.50", "+1.50 [+0.25, +2.75]"]


def test_plain_puts_the_first_column_in_front():
    table = plain(pd.DataFrame({"variant": ["none", "soft"], "n": [1, 2]}))
    assert list(table.index) == ["none", "soft"] and list(table) == ["n"] and table.index.name is None


def paired():
    columns = ["variant", "baseline", "difference", "low", "high", "p_value", "p_adjusted", "pairs"]
    rows = [
        ("soft", "none", 1.5, 0.5, 2.5, 0.01, 0.03, 9),
        ("soft", "noise", -0.25, -1.0, 0.5, 0.4, 0.4, 9),
        ("binary", "none", 0.1, -1.0, 1.2, 0.02, 0.051, 9),
        ("binary", "noise", 0.0, -1.0, 1.0, 1.0, 1.0, 9),
    ]
    return pd.DataFrame(rows, columns=columns)


def test_paired_differences_stand_variant_by_baseline_in_the_given_order():
    table = paired_for_readers(paired())
    assert list(table.index) == ["soft", "binary"] and list(table.columns) == ["Δ to none", "Δ to noise"]
    assert table.loc["soft", "Δ to none"] == "+1.50 [+0.50, +2.50] *"
    assert table.loc["soft", "Δ to noise"] == "-0.25 [-1.00, +0.50]"
    assert table.loc["binary", "Δ to none"] == "+0.10 [-1.00, +1.20]"  # significant only before adjusting


def test_leaks_name_their_part_of_the_whole():
    row = {"images tested": "equal image in training", "images": 1647, "leaky": 75.0, "safe": 70.0, "difference": 5.0}
    table = leaks_for_readers(pd.DataFrame([{**row, "low": 3.0, "high": 7.0, "worth": 0.258}]))
    assert table.iloc[0].to_list() == [
        "equal image in training", "1,647", "75.00", "70.00", "+5.00 [+3.00, +7.00]", "+0.26"
    ]  # fmt: skip


def test_statistics_for_readers():
    columns = "variant baseline difference low high p_value p_holm only_variant only_baseline p_mcnemar p_mcnemar_holm"
    row = ("soft", "none", 1.5, -0.25, 3.25, 0.04, 0.08, 120, 100, 0.001, 0.0024)
    table = pd.DataFrame([row], columns=columns.split()).assign(smallest_detectable=2.345, pairs=15)
    assert statistics_for_readers(table).iloc[0].to_list() == [
        "soft", "none", "+1.50 [-0.25, +3.25]", "0.040", "0.080", "0.001", "0.002", "2.35"
    ]  # fmt: skip
