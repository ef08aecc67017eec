"""Every test of a pair in one row, against the functions it is made of and tables by hand."""

import numpy as np
import pandas as pd
import pytest

from fer_lib.errors import InputError
from fer_lib.evaluation.significance import rank_variants, statistics_table
from fer_lib.evaluation.statistics import compare_folds, compare_ranks, holm, mcnemar, smallest_detectable


@pytest.fixture
def tables(table_with):
    """Accuracies by seed and fold; the first images of a fold are those that are right."""

    def variant(*accuracies):
        return pd.concat([table_with(row, n=20).assign(seed=2020 + i) for i, row in enumerate(accuracies)])

    return {
        "none": variant([0.5, 0.6, 0.7], [0.5, 0.5, 0.6]),
        "soft": variant([0.7, 0.7, 0.7], [0.6, 0.8, 0.8]),
        "binary": variant([0.5, 0.7, 0.6], [0.6, 0.6, 0.6]),
    }


def test_a_row_holds_every_test_of_a_pair(tables):
    table = statistics_table(tables)
    assert table[["variant", "baseline"]].to_numpy().tolist() == [["soft", "none"], ["binary", "none"]]
    values, base = [70, 70, 70, 60, 80, 80], [50, 60, 70, 50, 50, 60]
    expected, soft = compare_folds(values, base, 2 / 3), table.iloc[0]
    assert (soft["difference"], soft["low"], soft["high"], soft["p_value"]) == pytest.approx(
        (expected.difference.mean, expected.difference.low, expected.difference.high, expected.p_value)
    )
    assert soft["smallest_detectable"] == pytest.approx(smallest_detectable(values, base, 2 / 3))
    assert soft["pairs"] == 6
    assert table["p_holm"].to_list() == pytest.approx(holm(table["p_value"]))
    assert table["p_mcnemar_holm"].to_list() == pytest.approx(holm(table["p_mcnemar"]))
    # 90 more points over the six trainings of 20 images are 18 images, and nobody is right only under none
    assert (soft["only_variant"], soft["only_baseline"]) == (18, 0)


def by_image(table):
    """What mcnemar gets, image by image."""
    return [bool(a == b) for a, b in zip(table["label"], table["predicted"], strict=True)]


def test_several_seeds_make_an_image_a_group(tables):
    found = statistics_table(tables).set_index("variant").loc["soft", "p_mcnemar"]
    soft, none = by_image(tables["soft"]), by_image(tables["none"])
    assert found == pytest.approx(mcnemar(soft, none, tables["none"]["sample_id"]).p_value)
    assert found > mcnemar(soft, none).p_value
    first = {name: table[table["seed"] == 2020] for name, table in tables.items()}
    single = statistics_table(first).set_index("variant").loc["soft", "p_mcnemar"]
    assert single == pytest.approx(mcnemar(by_image(first["soft"]), by_image(first["none"])).p_value)


def test_groups_of_images_are_kept_together(tables):
    samples = tables["none"]["sample_id"].unique()
    persons = pd.Series([name[-1] for name in samples], index=samples)
    found = statistics_table(tables, groups=persons).set_index("variant").loc["soft", "p_mcnemar"]
    units = tables["none"]["sample_id"].map(persons)
    assert found == pytest.approx(mcnemar(by_image(tables["soft"]), by_image(tables["none"]), units).p_value)


def test_rows_in_another_order_are_paired_with_their_equals(tables):
    shuffled = {name: table.sample(frac=1, random_state=i) for i, (name, table) in enumerate(tables.items())}
    pd.testing.assert_frame_equal(statistics_table(shuffled), statistics_table(tables))


def test_validation_rows_and_a_missing_seed_change_nothing(tables):
    one = {name: table[table["seed"] == 2020] for name, table in tables.items()}
    validation = {n: pd.concat([t, t.assign(split="validation", predicted=0)]) for n, t in one.items()}
    without_seed = {name: table.drop(columns="seed") for name, table in validation.items()}
    pd.testing.assert_frame_equal(statistics_table(without_seed), statistics_table(one))


def test_all_pairs_are_one_family(tables):
    table = statistics_table(tables, baseline=None)
    pairs = table[["variant", "baseline"]].to_numpy().tolist()
    assert pairs == [["soft", "none"], ["binary", "none"], ["binary", "soft"]]
    assert table["p_holm"].to_list() == pytest.approx(holm(table["p_value"]))


def test_what_cannot_be_compared_is_told(tables):
    with pytest.raises(InputError, match=r"no predictions of the baseline 'nothing' \(there are: \['none', 'soft'"):
        statistics_table(tables, baseline="nothing")
    with pytest.raises(InputError, match=r"only \['none'\] to compare, expected at least two variants"):
        statistics_table({"none": tables["none"]})
    with pytest.raises(InputError, match="were not tested on the same samples"):
        statistics_table(tables | {"soft": tables["soft"][tables["soft"]["seed"] == 2020]})


def test_variants_are_ranked_over_folds_and_seeds(tables):
    found = rank_variants(tables)
    scores = pd.DataFrame(
        {
            "none": [0.5, 0.6, 0.7, 0.5, 0.5, 0.6],
            "soft": [0.7, 0.7, 0.7, 0.6, 0.8, 0.8],
            "binary": [0.5, 0.7, 0.6, 0.6, 0.6, 0.6],
        }
    )
    expected = compare_ranks(scores, correlation=1 / 3)
    assert found.ranks.to_dict() == pytest.approx(expected.ranks.to_dict()) and found.blocks == 6
    assert found.p_value == pytest.approx(expected.p_value) and found.correlation == pytest.approx(1 / 3)
    np.testing.assert_allclose(found.pairs, expected.pairs)
    by_f1 = rank_variants(tables, "macro_f1")
    assert by_f1.ranks.index[0] == "soft"
