"""Figures of notebook 08."""

import numpy as np
import pandas as pd
import pytest

from fer_lib.reporting.figures import image_rows, transfer_accuracy, transfer_curves
from fer_lib.reporting.figures.transfer import mean_by_epoch


def history(lengths, rise=0.1):
    """Accuracy rises by `rise` an epoch; fold k stops after ``lengths[k]`` epochs."""
    rows = [
        {"seed": 1, "fold": fold, "epoch": epoch, "select_accuracy": 0.0, "watch_accuracy": rise * epoch + 0.01 * fold}
        for fold, length in enumerate(lengths)
        for epoch in range(1, length + 1)
    ]
    return pd.DataFrame(rows).sample(frac=1, random_state=0)


@pytest.fixture
def results():
    """Two targets, two variants; an interval of the first target is wider than 0 … 100 %."""
    rows = [
        {"target": target, "variant": variant, "mode": mode, "accuracy": value, "low": value - width,
         "high": value + width}
        for target, width in (("A", 90.0), ("B", 2.0))
        for variant, better in (("none", 0), ("soft", 5))
        for mode, value in (("no training", 40.0 + better), ("scratch", 50.0), ("full", 60.0 + better))
    ]  # fmt: skip
    majority = [
        {"target": t, "variant": v, "mode": "majority class", "accuracy": 30.0} for t in "AB" for v in ("none", "soft")
    ]
    return pd.DataFrame([*rows, *majority])


def test_a_training_that_has_stopped_counts_with_its_last_value():
    table = history([2, 5])
    slow = []
    for epoch in range(1, 6):
        last = [table[(table["fold"] == fold) & (table["epoch"] == min(epoch, n))] for fold, n in ((0, 2), (1, 5))]
        slow.append(100 * np.mean([rows["watch_accuracy"].item() for rows in last]))
    assert mean_by_epoch(table).to_list() == pytest.approx(slow)


def test_without_a_watched_part_the_selecting_one_is_shown():
    table = history([3]).drop(columns="watch_accuracy").assign(select_accuracy=0.7)
    assert mean_by_epoch(table).to_list() == pytest.approx([70.0] * 3)


def test_accuracy_has_a_panel_per_target_and_stays_within_0_and_100(results):
    first, second = transfer_accuracy(results, "t").axes
    assert [first.get_title(), second.get_title()] == ["A", "B"]
    assert first.get_xlim() == (-2, 102) and second.get_xlim()[0] > 20
    assert [label.get_text() for label in first.get_yticklabels()] == ["no training", "scratch", "full"]


def test_curves_start_without_training_where_they_start_from_the_source(results):
    modes = {"scratch": history([3, 3]), "full": history([3, 3], rise=0.2)}
    figure = transfer_curves({"A": {"none": modes, "soft": modes}}, results, "t")
    lines = {line.get_label(): line for line in figure.axes[0].get_lines()}
    assert list(lines) == ["none, scratch", "none, full", "soft, scratch", "soft, full"]
    assert lines["none, scratch"].get_xdata()[0] == 1
    assert (lines["soft, full"].get_xdata()[0], lines["soft, full"].get_ydata()[0]) == (0, 45.0)


def test_images_are_evenly_spaced_over_each_set():
    images = np.arange(23, dtype=np.uint8)[:, None, None] * np.ones((1, 4, 4), np.uint8)
    figure = image_rows({"one": images, "few": images[:2]}, "t", columns=12)
    shown = [axis.get_images()[0].get_array()[0, 0] for axis in figure.axes]
    assert shown[:12] == list(range(0, 23, 2)) and set(shown[12:]) == {0, 1}
