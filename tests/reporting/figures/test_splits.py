"""Figures of notebook 04."""

import numpy as np
import pandas as pd
import pytest

from fer_lib.reporting.figures import confusion_panels, curve_panels, split_accuracy, split_gap_bars


@pytest.fixture
def results():
    """Two sets; the second has one split and one variant more."""
    plan = [
        ("A", "random", ("drawn", "port")),
        ("A", "subject", ("drawn", "port")),
        ("B", "official", ("drawn", "port", "x")),
    ]
    rows = []
    for target, split, variants in plan:
        for i, variant in enumerate(variants):
            rows.append(
                {"target": target, "split": split, "variant": variant, "accuracy": 50.0 + i, "low": 45.0, "high": 60.0}
            )
        rows.append({"target": target, "split": split, "variant": "majority class", "accuracy": 25.0})
    return pd.DataFrame(rows)


def labels(axis):
    return [label.get_text() for label in axis.get_yticklabels()]


def test_every_set_has_a_panel_with_its_variants_and_every_split_one_colour(results):
    figure = split_accuracy(results, "t")
    first, second = figure.axes
    assert [first.get_title(), second.get_title()] == ["A", "B"]
    assert labels(first) == ["drawn", "port"] and labels(second) == ["drawn", "port", "x"]
    named = [text.get_text() for text in figure.legends[0].get_texts()]
    assert sorted(named) == ["majority class", "official", "random", "subject"]
    means = [container.lines[0].get_xdata().tolist() for container in second.containers]
    assert means == [[50.0, 51.0, 52.0]]


def test_gaps_stand_in_the_row_of_their_set_and_variant():
    rows = [
        {
            "target": "CK+",
            "variant": "drawn",
            "split": "random",
            "stricter": "sequence",
            "difference": 9.0,
            "low": 5.0,
            "high": 13.0,
        },
        {
            "target": "CK+",
            "variant": "drawn",
            "split": "sequence",
            "stricter": "subject",
            "difference": 3.0,
            "low": 1.0,
            "high": 5.0,
        },
        {
            "target": "JAFFE",
            "variant": "drawn",
            "split": "random",
            "stricter": "subject",
            "difference": 30.0,
            "low": 20.0,
            "high": 40.0,
        },
    ]
    figure = split_gap_bars(pd.DataFrame(rows), "t")
    (axis,) = figure.axes
    assert labels(axis) == ["CK+: drawn", "JAFFE: drawn"]
    drawn = {
        container.get_label(): list(zip(*container.lines[0].get_data(), strict=True)) for container in axis.containers
    }
    assert set(drawn) == {"random → sequence", "sequence → subject", "random → subject"}
    assert drawn["random → subject"][0][0] == 30.0 and round(drawn["random → subject"][0][1]) == 1


def test_curves_show_selecting_and_training_part_of_every_variant():
    history = pd.DataFrame(
        {
            "seed": 1,
            "fold": 0,
            "epoch": [1, 2],
            "select_accuracy": [0.5, 0.6],
            "train_accuracy": [0.4, 0.7],
            "watch_accuracy": 0.1,
        }
    )
    figure = curve_panels({"A": {"drawn": history, "port": history}, "B": {"port": history}}, "t")
    first, second = figure.axes
    assert len(first.lines) == 4 and len(second.lines) == 2
    assert first.lines[0].get_ydata().tolist() == pytest.approx([50, 60])
    assert first.lines[1].get_ydata().tolist() == pytest.approx([40, 70])
    assert second.lines[0].get_color() == first.lines[2].get_color()  # a variant keeps its colour


def test_every_confusion_matrix_has_its_own_classes():
    matrices = {"A": (np.array([[3, 1], [0, 4]]), ("x", "y")), "B": (np.eye(3, dtype=int), ("x", "y", "z"))}
    first, second = confusion_panels(matrices, "t").axes
    assert labels(first) == ["x", "y"] and labels(second) == ["x", "y", "z"]
    assert [text.get_text() for text in first.texts] == ["75 %\n3", "25 %\n1", "0 %\n0", "100 %\n4"]
