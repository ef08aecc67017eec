"""The scatter of features: every class in its colour and marker, centres where they are, axes shared along a row."""

import matplotlib.pyplot as plt
import numpy as np
import pytest

from fer_lib.errors import InputError
from fer_lib.reporting.figures import embedding_scatter
from fer_lib.reporting.figures.embedding import MOST, Panel

LABELS = np.arange(30) % 3
CLASSES = ("angry", "happy", "sad")


def panel(seed, scale=1.0, centers=False):
    points = scale * np.random.default_rng(seed).normal(size=(30, 2)) + 5 * LABELS[:, None]
    return Panel(points, LABELS, np.array([[0, 0], [5, 5], [10, 10]]) if centers else None, f"note {seed}")


@pytest.fixture
def figure():
    rows = {
        "without": {"training": panel(0), "held out": panel(1)},
        "with": {"training": panel(2, 0.1, True), "held out": panel(3, 0.1, True)},
    }
    figure = embedding_scatter(rows, CLASSES, "Title")
    yield figure, rows
    plt.close(figure)


def drawn(axis):
    return [np.asarray(collection.get_offsets()) for collection in axis.collections]


def test_every_point_stands_in_its_panel_under_its_class(figure):
    figure, rows = figure
    axes = np.array(figure.axes).reshape(2, 2)
    for line, row in zip(axes, rows.values(), strict=True):
        for axis, shown in zip(line, row.values(), strict=True):
            for k, points in enumerate(drawn(axis)[:3]):
                expected = shown.points[k == LABELS]
                assert sorted(points.tolist()) == sorted(expected.tolist())
            assert axis.get_xlabel() == shown.note
    assert [axis.get_title(loc="center") for axis in axes[0]] == ["training", "held out"]
    assert [axis.get_ylabel() for axis in axes[:, 0]] == ["without", "with"]


def test_classes_differ_in_colour_and_in_marker(figure):
    figure, _ = figure
    (legend,) = figure.legends
    assert [text.get_text() for text in legend.get_texts()] == list(CLASSES)
    colours = {handle.get_color() for handle in legend.legend_handles}
    markers = {handle.get_marker() for handle in legend.legend_handles}
    assert len(colours) == len(markers) == 3


def test_centres_are_drawn_where_there_are_some(figure):
    figure, rows = figure
    without, _, with_centres, _ = figure.axes
    assert len(without.collections) == 3
    for points in drawn(with_centres)[3:]:
        assert np.array_equal(points, rows["with"]["training"].centers)
    assert len(with_centres.collections) == 5


def test_rows_share_their_axes_and_others_do_not(figure):
    figure, _ = figure
    one, two, three, _ = figure.axes
    assert one.get_xlim() == two.get_xlim() and one.get_xlim() != three.get_xlim()


def test_a_large_set_is_thinned_evenly():
    count = 2 * MOST
    many = Panel(np.zeros((count, 2)), np.arange(count) % 2)
    figure = embedding_scatter({"": {"": many}}, CLASSES[:2], "")
    sizes = [len(points) for points in drawn(figure.axes[0])]
    plt.close(figure)
    assert sum(sizes) == MOST and abs(sizes[0] - sizes[1]) < 0.1 * MOST


def test_features_of_three_numbers_are_told():
    with pytest.raises(InputError, match="features of 3 numbers, expected 2"):
        embedding_scatter({"": {"": Panel(np.zeros((4, 3)), np.zeros(4, int))}}, CLASSES, "")
