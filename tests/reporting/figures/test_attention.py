"""Attention on its scale beside pictures as they are, and bars with their intervals."""

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
import pytest
from matplotlib.container import BarContainer

from fer_lib.errors import InputError
from fer_lib.reporting.figures import attention_sheet, mass_bars

NAMES = ["happy", "sad"]


@pytest.fixture(autouse=True)
def _close():
    yield
    plt.close("all")


def pictures(seed=0, n=2):
    return np.random.default_rng(seed).integers(0, 256, (n, 8, 8)).astype(np.uint8)


def maps(seed=0, n=2, top=1.0):
    return (top * np.random.default_rng(seed).random((n, 6, 6))).astype(np.float32)


def sheet(n=2):
    return {
        "composition": pictures(0, n), "attention": maps(1, n), "features": maps(2, n, top=7.0),
        "reconstruction": np.repeat(pictures(3, n)[..., None], 3, -1),
    }  # fmt: skip


def test_pictures_are_shown_as_they_are_and_attention_on_the_scale_from_0_to_1():
    figure = attention_sheet(sheet(), NAMES, "JAFFE, slim")
    panels = np.array(figure.axes[:8]).reshape(4, 2)
    for column in range(2):
        composition, attention, features, reconstruction = (axis.images[0] for axis in panels[:, column])
        assert np.array_equal(composition.get_array(), pictures()[column])
        assert composition.get_cmap().name == "gray" and composition.get_clim() == (0, 255)
        assert np.array_equal(attention.get_array(), maps(1)[column])
        assert attention.get_clim() == features.get_clim() == (0, 1)
        assert attention.get_cmap().name == features.get_cmap().name == "cividis"
        own = maps(2, top=7.0)[column]
        assert np.allclose(features.get_array(), own / own.max())  # each by its own largest value
        assert np.array_equal(reconstruction.get_array()[..., 2], pictures(3)[column])
    assert [axis.get_title(loc="center") for axis in panels[0]] == NAMES
    assert [axis.get_ylabel() for axis in panels[:, 0]] == list(sheet())
    (bar,) = figure.axes[8:]
    assert bar.get_xlabel() == "attention; features: share of the largest"
    assert figure.get_suptitle() == "JAFFE, slim"


def test_the_longer_list_runs_down_the_page():
    names = [f"example {number}" for number in range(5)]
    figure = attention_sheet(sheet(5), names, "t")
    panels = np.array(figure.axes[:20]).reshape(5, 4)
    for row in range(5):
        assert np.array_equal(panels[row, 0].images[0].get_array(), pictures(n=5)[row])
        assert np.array_equal(panels[row, 1].images[0].get_array(), maps(1, 5)[row])
    assert [axis.get_title(loc="center") for axis in panels[0]] == list(sheet())
    assert [axis.get_ylabel() for axis in panels[:, 0]] == names


def test_long_names_over_columns_stand_in_lines_that_do_not_meet():
    wide = {f"attention, untrained: feratt_rep_cls_{end}": maps(n=7) for end in ("slim", "2019", "a", "b", "c", "d")}
    figure = attention_sheet(wide, [str(number) for number in range(7)], "t")
    figure.canvas.draw()
    boxes = [axis.title.get_window_extent() for axis in figure.axes[:6]]
    assert all(left.x1 < right.x0 for left, right in zip(boxes, boxes[1:], strict=False))


def test_without_maps_there_is_no_scale_and_features_that_are_0_stay_dark():
    assert len(attention_sheet({"composition": pictures()}, NAMES, "t").axes) == 2
    figure = attention_sheet({"features": np.zeros((2, 4, 4))}, NAMES, "t")
    assert not figure.axes[0].images[0].get_array().any()


def test_a_map_that_leaves_its_scale_is_told():
    with pytest.raises(InputError, match=r"attention: a map with values from 2 to 2, expected 0 to 1"):
        attention_sheet({"attention": np.full((1, 4, 4), 2.0)}, ["happy"], "t")


def table():
    rows = [
        (target, variant, kind, base + step, untrained)
        for target, base in (("JAFFE", 0.6), ("drawn", 0.7))
        for step, variant in ((0.0, "cls"), (0.1, "rep"))
        for kind, untrained in (("all", 0.3), ("small", 0.2))
    ]
    out = pd.DataFrame(rows, columns=["target", "variant", "set", "mass", "untrained_mass"])
    for name in ("mass", "untrained_mass"):
        out[f"{name}_low"], out[f"{name}_high"] = out[name] - 0.05, out[name] + 0.02
    return out.assign(coverage=out["untrained_mass"] + 0.01)


def title_of(axis):
    """Wherever matplotlib's defaults put it."""
    return axis.get_title(loc="left") or axis.get_title()


def bars_of(axis):
    """Widths, and the ends of the intervals, by label."""
    out = {}
    for bars in axis.containers:
        if isinstance(bars, BarContainer):
            segments = bars.errorbar.lines[2][0].get_segments()
            out[bars.get_label()] = [(bar.get_width(), *line[:, 0]) for bar, line in zip(bars, segments, strict=True)]
    return out


def test_a_bar_before_and_after_training_with_its_interval_in_the_panel_of_its_set():
    figure = mass_bars(table(), "t")
    panels = np.array(figure.axes).reshape(2, 2)
    for line, target in zip(panels, ("JAFFE", "drawn"), strict=True):
        for axis, kind in zip(line, ("all", "small"), strict=True):
            own = table().query("target == @target and set == @kind")
            assert title_of(axis) == f"{target}: {kind}"
            for label, column in (("trained", "mass"), ("untrained", "untrained_mass")):
                expected = own[[column, f"{column}_low", f"{column}_high"]].to_numpy()
                assert np.allclose(bars_of(axis)[label], expected)
            (even,) = axis.lines[-1:]
            assert even.get_linestyle() == "--" and even.get_xdata()[0] == pytest.approx(own["coverage"].iloc[0])
            assert axis.get_xlim() == (0, 1)
    assert [tick.get_text() for tick in panels[0, 0].get_yticklabels()] == ["cls", "rep"]
    texts = {text.get_text() for text in figure.legends[0].get_texts()}
    assert texts == {"untrained", "trained", "even map: share that is face"}


def test_untrained_stands_over_trained_of_the_same_variant():
    axis = mass_bars(table(), "t").axes[0]
    untrained, trained = (bars for bars in axis.containers if bars.get_label() in ("untrained", "trained"))
    for place, (above, below) in enumerate(zip(untrained, trained, strict=True)):
        assert place - 0.5 < above.get_y() < below.get_y() < place + 0.5
    assert axis.get_ylim()[0] > axis.get_ylim()[1]


def test_a_set_without_small_faces_has_no_bars():
    empty = table()
    empty.loc[empty["set"] == "small", ["mass", "untrained_mass", "coverage"]] = np.nan
    axis = mass_bars(empty, "t").axes[1]
    widths = [bar.get_width() for bar in axis.patches]
    assert len(widths) == 4 and np.isnan(widths).all()
