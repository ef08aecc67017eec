"""Accuracy over cost: every variant is where it belongs, equals stand side by side."""

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from fer_lib.reporting.figures.leaderboard import accuracy_by_cost, beside


@pytest.fixture
def table():
    rows = {
        "variant": ["soft", "none", "simple_cnn", "majority class"], "accuracy": [75.0, 74, 72, 52],
        "low": [74.0, 73, 71, np.nan], "high": [76.5, 75, 73, np.nan], "macs": [4e6, 4e6, 2.6e6, np.nan],
        "published": [73.64, np.nan, 70.0, np.nan], "published_status": ["verified", None, "recalled", None],
    }  # fmt: skip
    return pd.DataFrame(rows)


def test_variants_intervals_published_and_majority_are_drawn(table):
    figure = accuracy_by_cost(table, "title")
    axis = figure.axes[0]
    labels = {text.get_text() for text in figure.legends[0].get_texts()}
    published = {"published, comparable", "published, comparable [recalled]"}
    assert labels == {"soft", "none", "simple_cnn", *published, "majority class 52.0 %"}
    soft = axis.containers[0].lines[2][0].get_segments()[0]
    assert soft[:, 1].tolist() == [74, 76.5] and axis.get_xscale() == "log"
    drawn = [
        points.get_offsets()[0]
        for points in axis.collections
        if hasattr(points, "get_sizes") and len(points.get_offsets())
    ]
    assert {y for _, y in drawn} >= {73.64, 70.0}
    plt.close(figure)


def test_without_published_values_the_legend_has_none(table):
    figure = accuracy_by_cost(table.assign(published=np.nan, published_status=None), "title")
    assert not any("published" in text.get_text() for text in figure.legends[0].get_texts())
    plt.close(figure)


@given(st.lists(st.sampled_from([1.0, 1.3, 4.0, 4.1, 900.0]), min_size=1, max_size=12))
def test_equals_are_spread_without_leaving_their_place(macs):
    macs = np.array(macs)
    places = beside(macs)
    assert len(np.unique(places)) == len(places)  # nothing is hidden behind another
    for one in np.unique(macs):
        assert np.exp(np.log(places[macs == one]).mean()) == pytest.approx(one)
        assert (places[macs < one].max(initial=0) < places[macs == one].min()) and (
            places[macs > one].min(initial=np.inf) > places[macs == one].max()
        )
