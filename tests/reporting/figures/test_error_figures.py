"""Figures of notebook 10 draw the numbers that they are given."""

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
import pytest

from fer_lib.reporting.figures import (
    correlation_heat_map,
    failure_bars,
    group_accuracy,
    hard_confusion_rates,
    mistake_sheet,
)
from fer_lib.reporting.figures.mistakes import GAP, Mistakes


@pytest.fixture(autouse=True)
def _close():
    yield
    plt.close("all")


def test_failure_bars_stand_beside_what_is_expected():
    table = pd.DataFrame({"failing": [0, 1], "images": [3.0, 1.0], "share": [75.0, 25.0], "independent": [60.0, 40.0]})
    axis = failure_bars(table, "t").axes[0]
    assert [bar.get_height() for bar in axis.patches] == [75, 25]
    assert axis.lines[0].get_ydata().tolist() == [60, 40] and axis.lines[0].get_label() == "expected, independent"
    assert [text.get_text() for text in axis.texts] == ["75.0", "25.0"]


def test_group_accuracy_leaves_empty_groups_out():
    rows = [
        ("soft", "x", 1200, 80.0, 78.0, 82.0, 70.0),
        ("soft", "y", 0, np.nan, np.nan, np.nan, np.nan),
        ("soft", "z", 20, 50.0, 30.0, 70.0, 45.0),
    ]
    table = pd.DataFrame(rows, columns=["variant", "group", "images", "accuracy", "low", "high", "balanced"])
    above, below = group_accuracy(table, "t", "agreement").axes
    assert [label.get_text() for label in below.get_xticklabels()] == ["x\n1,200", "z\n20"]
    (line,) = above.containers
    assert line.lines[0].get_ydata().tolist() == [80, 50]
    assert line.lines[2][0].get_segments()[1][:, 1].tolist() == [30, 70]
    assert below.containers[0].lines[0].get_ydata().tolist() == [70, 45]


def test_correlation_of_nothing_stays_blank():
    table = pd.DataFrame([[np.nan, 0.5], [0.5, np.nan]], index=["a", "b"], columns=["a", "b"])
    assert [text.get_text() for text in correlation_heat_map(table, "t").axes[0].texts] == ["–", "0.50", "0.50", "–"]


def test_hard_confusions_stand_in_their_variants_rows():
    rows = [
        ("none", "positive", "negative", 10.0, 5.0, 15.0),
        ("soft", "positive", "negative", 20.0, 15.0, 25.0),
        ("soft", "negative", "positive", 7.0, 6.0, 8.0),
    ]
    table = pd.DataFrame(rows, columns=["variant", "true", "predicted", "rate", "rate_low", "rate_high"])
    first, second = hard_confusion_rates(table, "t").axes[0].containers
    assert first.get_label() == "positive taken for negative" and first.lines[0].get_xdata().tolist() == [10, 20]
    assert second.lines[0].get_ydata().round().tolist() == [1]


def test_mistakes_show_the_map_below_the_image():
    images, maps = np.full((3, 8, 8), 10, np.uint8), np.full((3, 8, 8), 200, np.uint8)
    images[2] = 30
    line = Mistakes("soft", {"up": range(0, 2), "down": range(2, 3)}, images, maps, ["p", "q", "r"])
    axis = mistake_sheet([line], "t", per_group=2).axes[0]
    sheet = axis.images[0].get_array()
    assert sheet.shape == (16 + GAP, 4 * 8 + 3 * GAP)
    assert (sheet[:8, :8] == 10).all() and (sheet[8 + GAP :, :8] == 200).all()
    third = 2 * (8 + GAP)  # the second group starts at its own column
    assert (sheet[:8, third : third + 8] == 30).all() and (sheet[:, third + 8 :] == 255).all()
    assert {"p", "q", "r", "soft: up", "down"} == {text.get_text() for text in axis.texts}


def test_unguided_variants_have_no_second_row():
    line = Mistakes("none", {"up": range(1), "down": range(1, 1)}, np.zeros((1, 8, 8), np.uint8), None, ["p"])
    axis = mistake_sheet([line], "t", per_group=1).axes[0]
    assert axis.images[0].get_array().shape == (8, 16 + GAP)
    assert {"p", "none: up", "down (none)"} == {text.get_text() for text in axis.texts}
