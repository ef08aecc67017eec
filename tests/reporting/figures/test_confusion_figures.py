"""What stands in the cells, and whether it can be read."""

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from fer_lib.reporting.figures import affect_heat_maps, confusion_matrices, fold_confusion_matrices
from fer_lib.reporting.figures.heat_map import heat_map, readable_on

COUNTS = np.array([[30, 10, 0], [0, 0, 0], [1, 1, 1198]])


@pytest.fixture(autouse=True)
def _close():
    yield
    plt.close("all")


def texts(axis):
    return [text.get_text() for text in axis.texts]


def test_cells_hold_shares_of_the_row_and_counts():
    axes = confusion_matrices({"soft": COUNTS, "none": COUNTS.T, "x": COUNTS}, list("abc"), list("abc"), "t").axes
    assert [axis.get_title(loc="left") or axis.get_title() for axis in axes[:3]] == ["soft", "none", "x"]
    assert texts(axes[0])[:6] == ["75.0 %\n30", "25.0 %\n10", "0.0 %\n0", "–", "–", "–"]
    assert texts(axes[0])[-1] == "99.8 %\n1,198" and texts(axes[1])[2] == "3.2 %\n1"
    assert not axes[3].axison  # three matrices in two lines of two


def test_rows_need_not_be_the_columns():
    axis = confusion_matrices({"soft": np.ones((5, 3), int)}, list("vwxyz"), list("abc"), "t", per_line=1).axes[0]
    assert [label.get_text() for label in axis.get_yticklabels()] == list("vwxyz") and len(axis.texts) == 15


def test_every_fold_has_its_matrix():
    counts = np.stack([[COUNTS, COUNTS.T, COUNTS], [COUNTS.T, COUNTS, COUNTS]])
    figure = fold_confusion_matrices(counts, ["soft", "none"], [0, 1, 2], ["neutral", "positive", "negative"], "t")
    assert len(figure.axes) == 6
    assert texts(figure.axes[0])[:4] == ["75", "25", "0", "–"] and texts(figure.axes[3])[0] == "97"
    assert figure.axes[3].get_ylabel() == "none"


def test_affect_heat_maps_keep_rows_true_and_columns_predicted():
    flat = {"std_valence": 0.5, "mean_arousal": 0.1, "std_arousal": np.nan}
    cells = [
        {"true": t, "predicted": p, "mean_valence": a + b / 10, **flat}
        for a, t in enumerate("xyz")
        for b, p in enumerate("xyz")
    ]
    axes = affect_heat_maps(pd.DataFrame(cells).sample(frac=1, random_state=0), "xyz", "t").axes
    assert texts(axes[0]) == ["0.00", "0.10", "0.20", "1.00", "1.10", "1.20", "2.00", "2.10", "2.20"]
    assert set(texts(axes[1])) == {"0.50"} and set(texts(axes[3])) == {"–"}


@given(st.tuples(*[st.floats(0, 1)] * 3))
def test_text_contrasts_with_every_shade(colour):
    """WCAG 2 asks for 4.5 : 1; of black and white one always gives it."""
    linear = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in colour]
    luminance = 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]
    text = 1.0 if readable_on((*colour, 1.0)) == "white" else 0.0
    assert (max(text, luminance) + 0.05) / (min(text, luminance) + 0.05) >= 4.5


def test_dark_cells_get_white_text_and_blank_ones_black():
    _, axis = plt.subplots()
    heat_map(axis, np.array([[0.0, 1.0, np.nan]]), np.array([["a", "b", "c"]]), ["r"], list("xyz"), low=0, high=1)
    assert [text.get_color() for text in axis.texts] == ["black", "white", "black"]
