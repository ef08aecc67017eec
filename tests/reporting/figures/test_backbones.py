"""Networks by cost: what stands where, filled or hollow, and how large."""

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
import pytest
from matplotlib.collections import PathCollection

from fer_lib.reporting.figures import accuracy_by_macs, speed_bars
from fer_lib.reporting.figures.backbones import LARGEST, LEAST


def point(name, variant, accuracy, macs, parameters, reach=1.0):
    return {
        "set": name, "variant": variant, "accuracy": accuracy, "low": accuracy - reach, "high": accuracy + reach,
        "macs": macs, "parameters": parameters,
    }  # fmt: skip


OURS = pd.DataFrame([point("FER-2013", "a", 60, 1e6, 1e6), point("synthetic faces", "b", 80, 3e6, 2e6)])
PUBLISHED = pd.DataFrame([point("FER-2013", "a", 62, 2e6, 1e6, np.nan), point("FER-2013", "c", 70, 4e9, 100e6, np.nan)])


@pytest.fixture(autouse=True)
def _closed():
    yield
    plt.close("all")


def dots(axis):
    return [found for found in axis.collections if isinstance(found, PathCollection)]


def marks(axis):
    """(x, y), area and whether it is filled of every marker."""
    return [(*d.get_offsets()[0].tolist(), round(d.get_sizes()[0]), len(d.get_facecolor()) > 0) for d in dots(axis)]


def test_published_points_are_hollow_and_areas_are_parameters():
    figure = accuracy_by_macs(OURS, PUBLISHED, "t")
    first, second = figure.axes
    assert [axis.get_title() for axis in (first, second)] == [
        "FER-2013: trained here and published", "synthetic faces: trained here",
    ]  # fmt: skip
    assert first.get_xscale() == "log"
    assert marks(first) == [
        (2.0, 62.0, LEAST, False), (4000.0, 70.0, LARGEST, False), (1.0, 60.0, LEAST, True),
    ]  # fmt: skip
    figure.canvas.draw()
    assert {"1", "10", "100", "1,000"} <= {tick.get_text() for tick in first.get_xticklabels()}
    assert first.get_ylim()[1] > 71.5  # room for the largest marker
    assert marks(second) == [(3.0, 80.0, LARGEST, True)]


def test_only_ours_have_intervals_and_each_network_keeps_its_colour():
    figure = accuracy_by_macs(OURS, PUBLISHED, "t")
    first = figure.axes[0]
    ((low, high),) = [[y for _, y in line.get_segments()[0]] for line in first.containers[0].lines[2]]
    assert (low, high) == (59.0, 61.0) and len(first.containers) == 1
    hollow, _, filled = dots(first)
    assert tuple(hollow.get_edgecolor()[0][:3]) == tuple(filled.get_facecolor()[0][:3])  # "a", published and ours
    texts = [text.get_text() for text in figure.legends[0].get_texts()]
    assert texts == ["a", "b", "c", "hollow: published"]


def test_without_published_points_nothing_is_called_hollow():
    figure = accuracy_by_macs(OURS, PUBLISHED.iloc[:0], "t")
    assert [text.get_text() for text in figure.legends[0].get_texts()] == ["a", "b"]
    assert figure.axes[0].get_title() == "FER-2013: trained here"


def test_speeds_as_bars_with_their_quartiles():
    table = pd.DataFrame(
        {
            "variant": ["a", "b"], "precision": "fp32", "images_per_second": [1000.0, 20.0], "low": [900.0, 19.0],
            "high": [1200.0, 21.0], "side": [48, 224], "device": "cpu", "batch": 32,
        }
    )  # fmt: skip
    (axis,) = speed_bars(table, "t").axes
    assert [bar.get_width() for bar in axis.patches] == [1000, 20]
    assert [tick.get_text() for tick in axis.get_yticklabels()] == ["a (48 px)", "b (224 px)"]
    assert [text.get_text() for text in axis.texts] == ["1,000", "20"]
    assert axis.get_xlabel() == "images per second (cpu fp32, batches of 32)" and axis.get_xscale() == "log"
    left, right = axis.get_xlim()
    assert 0 < left < 19 and right > 1200
