"""Scores of confusion matrices against scikit-learn; intervals over images, persons and folds."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from fer_lib.errors import InputError
from fer_lib.evaluation.image_intervals import METRICS, image_interval, interval_table, macro_f1_of
from fer_lib.evaluation.metrics import scores
from fer_lib.evaluation.proportions import wilson
from fer_lib.evaluation.statistics import bootstrap_interval, fold_interval, published_half_width

from .conftest import predictions

pairs = st.lists(st.tuples(st.integers(0, 3), st.integers(0, 3)), min_size=2, max_size=40)


@settings(max_examples=30, deadline=None)
@given(pairs)
@pytest.mark.filterwarnings("ignore:y_pred contains classes not in y_true", "ignore:A single label was found")
def test_whole_scores_are_scikit_learns(pairs):
    table = predictions({0: pairs})
    expected = scores(table)
    for metric in METRICS:
        found = image_interval(table, metric, resamples=20)
        assert found.mean == pytest.approx(expected[metric])
        assert 0 <= found.low <= found.high <= 1


def test_an_image_is_drawn_with_all_its_seeds(table_with):
    """Three seeds that agree tell no more of other images than one."""
    once = table_with([0.7, 0.6], n=50)
    thrice = pd.concat([once.assign(seed=seed) for seed in (1, 2, 3)])
    assert image_interval(thrice) == image_interval(once)


def test_images_of_a_group_are_drawn_together(table_with):
    """Right and wrong images by person: every person is one or the other, so persons are what varies."""
    table = table_with([0.5], n=100)
    groups = pd.Series([f"person {i // 10}" for i in range(100)], index=table["sample_id"])
    alone, together = image_interval(table), image_interval(table, groups=groups)
    assert together.mean == alone.mean == 0.5
    assert together.half_width == pytest.approx(np.sqrt(10) * alone.half_width, rel=0.1)


def test_an_image_without_a_group_is_told(table_with):
    table = table_with([0.5, 0.5])
    with pytest.raises(InputError, match="19 of 20 tested images have no group"):
        image_interval(table, groups=pd.Series(["a"], index=[table["sample_id"].iloc[0]]))


def test_coverage_of_macro_f1():
    """Known rates of three classes, one of them rare; 300 images."""
    rng = np.random.default_rng(0)
    rates = np.array([[0.40, 0.05, 0.05], [0.06, 0.25, 0.04], [0.03, 0.03, 0.09]])
    truth = macro_f1_of(rates)
    covered = []
    for study in range(800):
        images = np.eye(9)[rng.choice(9, 300, p=rates.ravel())]
        found = bootstrap_interval(images, lambda t: macro_f1_of(t.reshape(-1, 3, 3)), resamples=500, seed=study)
        covered.append(found.low <= truth <= found.high)
    assert 0.93 < np.mean(covered) < 0.97


@pytest.mark.parametrize("truth", [0.5, 0.7, 0.95])
def test_coverage_of_wilson(truth):
    n = 250
    hits = np.random.default_rng(0).binomial(n, truth, 20_000)
    low, high = wilson(hits / n, n)
    assert 0.93 < np.mean((low <= truth) & (truth <= high)) < 0.97


def test_every_kind_of_interval_stands_in_the_table(table_with):
    none = pd.concat([table_with([0.5, 0.7], n=50).assign(seed=s) for s in (1, 2)])
    groups = pd.Series([i // 2 for i in range(100)], index=none["sample_id"].unique())
    table = interval_table({"none": none, "soft": none}, groups)
    assert list(table["variant"].unique()) == ["none", "soft"]
    rows = table[table["variant"] == "none"].set_index("interval")
    kinds = ["folds", "images, Wilson", "published formula", "images, bootstrap", "groups, bootstrap"]
    assert rows["accuracy"].to_dict() == pytest.approx(dict.fromkeys(kinds, 60))
    assert rows.loc["folds", "half_width"] == pytest.approx(fold_interval([50, 70]).half_width)
    low, high = wilson(0.6, 100)
    assert rows.loc["images, Wilson", ["low", "high"]].to_list() == pytest.approx([100 * low, 100 * high])
    assert rows.loc["published formula", "half_width"] == pytest.approx(published_half_width(60, 100))
    assert rows.loc["groups, bootstrap", "low"] == pytest.approx(100 * image_interval(none, groups=groups).low)
    assert "groups, bootstrap" not in set(interval_table({"none": none})["interval"])
    once = interval_table({"none": none.assign(fold=0)})
    assert set(once["interval"]) == set(table["interval"]) - {"folds", "groups, bootstrap"}
