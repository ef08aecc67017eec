"""Variants pooled over tested images: by hand, against the tables of other modules, and what is refused."""

import numpy as np
import pandas as pd
import pytest
from scipy import stats

from fer_lib.errors import InputError
from fer_lib.evaluation.ablation import MAJORITY, ablation_table
from fer_lib.evaluation.image_intervals import image_interval
from fer_lib.evaluation.metrics import scores
from fer_lib.evaluation.statistics import clustered_mean, holm, mcnemar


def random_tables(variants=("drawn", "flat", "port"), seeds=(1, 2), folds=3, images=60, error=0.4):
    """Three classes, people of four images each; images are hard for all variants or for none."""
    rng = np.random.default_rng(0)
    labels, hard = rng.integers(0, 3, images), rng.uniform(0, 2 * error, images)
    ids = [f"i{k:03d}" for k in range(images)]
    tables = {}
    for variant in variants:
        parts = []
        for seed in seeds:
            wrong = rng.random(images) < hard
            predicted = np.where(wrong, (labels + rng.integers(1, 3, images)) % 3, labels)
            tested = pd.DataFrame(
                {"sample_id": ids, "fold": np.arange(images) % folds, "split": "test", "label": labels,
                 "predicted": predicted, "seed": seed}
            )  # fmt: skip
            other = tested.iloc[:9].assign(split="validation", predicted=labels[:9])
            parts.append(pd.concat([other, tested]).sample(frac=1, random_state=seed))
        tables[variant] = pd.concat(parts)
    return tables, pd.Series(np.arange(images) // 4, index=ids)


def only_tested(table):
    return table[table["split"] == "test"].sort_values(["seed", "sample_id"])


@pytest.mark.parametrize(("seeds", "folds"), [((1,), 1), ((1, 2), 3)])
def test_equals_its_slow_twin(seeds, folds):
    tables, groups = random_tables(seeds=seeds, folds=folds)
    found = ablation_table(tables, "drawn", groups).set_index("variant")
    right = {
        name: (only_tested(t)["label"] == only_tested(t)["predicted"]).to_numpy(float) for name, t in tables.items()
    }
    people = groups[only_tested(tables["drawn"])["sample_id"]].to_numpy()
    assert list(found.index) == ["drawn", "flat", "port", MAJORITY]
    for name, table in tables.items():
        row, slow = found.loc[name], clustered_mean(right[name], people).interval
        assert row[["accuracy", "low", "high"]].to_list() == pytest.approx(
            [100 * slow.mean, 100 * slow.low, 100 * slow.high]
        )
        by_seed = [scores(part) for _, part in only_tested(table).groupby("seed")]
        for score in ("accuracy", "balanced_accuracy", "macro_f1"):
            assert row[score] == pytest.approx(100 * np.mean([one[score] for one in by_seed]))
        sd = np.std([100 * one["accuracy"] for one in by_seed], ddof=1) if len(seeds) > 1 else np.nan
        assert float(found["sd_seeds"].astype(float)[name]) == pytest.approx(sd, nan_ok=True)
        assert row[["samples", "groups", "seeds", "trainings"]].to_list() == [60, 15, len(seeds), len(seeds) * folds]
    for name in ("flat", "port"):
        # all people have as many decisions, so this is a t-test of their mean differences
        means = pd.Series(right[name] - right["drawn"]).groupby(people).mean()
        slow, row = stats.ttest_1samp(means, 0), found.loc[name]
        assert row["difference"] == pytest.approx(100 * means.mean())
        low, high = slow.confidence_interval(0.95)
        assert row[["difference_low", "difference_high"]].to_list() == pytest.approx([100 * low, 100 * high])
        assert row["p_value"] == pytest.approx(slow.pvalue)
    assert found.loc[["drawn", MAJORITY], "difference"].isna().all()
    assert np.allclose(found["p_holm"], holm(found["p_value"]), equal_nan=True)


def test_many_people_agree_with_the_bootstrap_and_with_mcnemar():
    """Methods that share nothing but their question."""
    tables, groups = random_tables(("drawn", "flat"), images=2000)
    row = ablation_table(tables, "drawn", groups).set_index("variant").loc["flat"]
    other = image_interval(tables["flat"], groups=groups)
    assert row["accuracy"] == pytest.approx(100 * other.mean)
    assert row["high"] - row["low"] == pytest.approx(200 * other.half_width, rel=0.06)
    right = [
        (only_tested(t)["label"] == only_tested(t)["predicted"]).to_numpy() for t in (tables["flat"], tables["drawn"])
    ]
    people = groups[only_tested(tables["flat"])["sample_id"]].to_numpy()
    assert row["p_value"] == pytest.approx(mcnemar(*right, people).p_value, abs=0.01)


def test_equal_variants_do_not_differ():
    tables, groups = random_tables(("drawn",))
    found = ablation_table({"drawn": tables["drawn"], "twin": tables["drawn"]}, "drawn", groups).set_index("variant")
    columns = ["difference", "difference_low", "difference_high", "p_value", "p_holm"]
    assert found.loc["twin", columns].to_list() == [0, 0, 0, 1, 1]
    assert found.loc["twin", "accuracy"] == found.loc["drawn", "accuracy"]


def test_people_who_are_right_or_wrong_as_a_whole_tell_less():
    tables, groups = random_tables(("drawn",))
    wrong = tables["drawn"]["sample_id"].map(groups) % 2 == 0
    tables["flat"] = tables["drawn"].assign(
        predicted=np.where(wrong, (tables["drawn"]["label"] + 1) % 3, tables["drawn"]["label"])
    )
    single = pd.Series(range(len(groups)), index=groups.index)
    by_person, by_image = (
        ablation_table(tables, "drawn", g).set_index("variant").loc["flat"] for g in (groups, single)
    )
    assert by_person["accuracy"] == by_image["accuracy"]
    assert by_person["high"] - by_person["low"] > 1.8 * (by_image["high"] - by_image["low"])
    assert by_person["p_value"] > by_image["p_value"]


def test_intervals_end_at_0_and_100():
    tables, groups = random_tables(("drawn",), error=0.02)
    row = ablation_table(tables, "drawn", groups).iloc[0]
    assert row["low"] < row["accuracy"] < row["high"] == 100


def test_the_majority_class_counts_every_image_once():
    tables, groups = random_tables()
    row = ablation_table(tables, "drawn", groups).iloc[-1]
    labels = only_tested(tables["drawn"]).drop_duplicates("sample_id")["label"]
    assert row["variant"] == MAJORITY and row["samples"] == 60
    assert row["accuracy"] == pytest.approx(100 * labels.value_counts().max() / 60)
    assert row[["low", "groups", "seeds", "trainings"]].isna().all()


def test_without_the_baseline_nothing_is_compared():
    tables, groups = random_tables(("flat", "port"))
    assert not {"difference", "p_value", "p_holm"} & set(ablation_table(tables, "drawn", groups))


def test_what_cannot_be_compared_is_told():
    tables, groups = random_tables()
    with pytest.raises(InputError, match="flat and drawn were not tested on the same samples"):
        ablation_table(tables | {"flat": random_tables(folds=2)[0]["flat"]}, "drawn", groups)
    with pytest.raises(InputError, match="2 of 120 tested images have no group"):
        ablation_table(tables, "drawn", groups.drop("i059"))
    with pytest.raises(InputError, match="needs at least two of them, got 1"):
        ablation_table(tables, "drawn", groups * 0)
    with pytest.raises(InputError, match="without a column 'seed'"):
        ablation_table({"drawn": tables["drawn"].drop(columns="seed")}, "drawn", groups)
