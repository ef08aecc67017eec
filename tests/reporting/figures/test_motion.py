"""Masks on their scale, and what stands where beside published folds."""

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
import pytest
from matplotlib.colors import to_rgb

from fer_lib.reporting.figures import fold_accuracies, mask_error_bars, mask_examples, mask_sheet

CLASSES = ["angry", "happy", "sad"]


@pytest.fixture(autouse=True)
def _close():
    yield
    plt.close("all")


def masks(side=8, seed=0):
    return np.random.default_rng(seed).integers(0, 256, (3, side, side)).astype(np.uint8)


def test_masks_of_all_rows_share_the_whole_scale():
    figure = mask_sheet({"fold 0": masks(), "published": masks(5, 1)}, CLASSES, "masks (slim substitute)")
    panels, bar = figure.axes[:6], figure.axes[6]
    assert {panel.images[0].get_clim() for panel in panels} == {(0, 255)}
    assert {panel.images[0].get_cmap().name for panel in panels} == {"cividis"}
    assert np.array_equal(panels[1].images[0].get_array(), masks()[1])
    assert np.array_equal(panels[5].images[0].get_array(), masks(5, 1)[2])
    assert [panel.get_title() for panel in panels[:3]] == CLASSES and panels[3].get_ylabel() == "published"
    assert [tick.get_text() for tick in bar.get_xticklabels()] == ["dark: still", "bright: moves"]
    assert figure.get_suptitle() == "masks (slim substitute)"


def test_faces_stand_over_their_masks_and_both_kinds_of_masks_share_a_scale():
    faces, target = masks(16, 1), masks(8, 2)
    rows = {"predicted mask": target / np.float32(255), "target mask": target}
    figure = mask_examples(faces, rows, ["a", "b", "c"], "t")
    face, predicted, shown = (figure.axes[row * 3 + 1].images[0] for row in range(3))
    assert face.get_cmap().name == "gray" and np.array_equal(face.get_array(), faces[1])
    assert predicted.get_clim() == shown.get_clim() == (0, 255)
    assert np.allclose(predicted.get_array(), target[1]) and np.array_equal(shown.get_array(), target[1])
    assert len(figure.axes) == 10 and figure.axes[0].get_ylabel() == "face"


def test_pictures_among_the_rows_are_shown_as_they_are():
    picture = np.repeat(masks()[..., None], 3, -1)
    figure = mask_examples(picture, {"masked face": picture}, ["a", "b", "c"], "t")
    assert len(figure.axes) == 6  # no mask, no scale
    assert np.array_equal(figure.axes[3].images[0].get_array(), picture[0])


def test_a_long_title_is_broken_into_lines_that_fit():
    title = "Masks of JAFFE, leave one subject out, by fmpn_slim (a slim substitute: quarter width, small classifier)"
    figure = mask_sheet({"fold 0": masks()}, CLASSES, title)
    assert figure.get_suptitle().replace("\n", " ") == title and "\n" in figure.get_suptitle()
    figure.canvas.draw()
    extent = figure._suptitle.get_window_extent()
    assert extent.x1 <= figure.bbox.x1


def test_a_bar_per_class_and_stage_in_every_panel():
    table = pd.DataFrame(
        [
            {"stage": stage, "class": name, "error": e, "correlation": 10 * e - 0.3, "nearest_correct": 1000 * e}
            for stage, start in (("generator", 0.01), ("joint", 0.05))
            for e, name in zip(start + np.arange(4) / 100, [*CLASSES, "all"], strict=True)
        ]
    )
    figure = mask_error_bars(table, "t")
    for axis, column in zip(figure.axes, ["error", "correlation", "nearest_correct"], strict=True):
        one, other = axis.containers
        assert [bar.get_width() for bar in (*one, *other)] == pytest.approx(table[column].to_list())
        centres = [bar.get_y() + bar.get_height() / 2 for bar in one]
        assert [round(c) for c in centres] == [0, 1, 2, 3]
        assert {round(bar.get_y() - above.get_y(), 6) for above, bar in zip(one, other, strict=True)} == {0.4}
    assert [tick.get_text() for tick in figure.axes[0].get_yticklabels()] == [*CLASSES, "all"]
    (guessing,) = [line for line in figure.axes[2].lines if line.get_label() == "guessing"]
    assert guessing.get_xdata()[0] == pytest.approx(100 / 3)
    texts = {text.get_text() for text in figure.legends[0].get_texts()}
    assert texts == {"guessing", "stage 1 (masks alone)", "stage 2 (jointly)"}


def test_a_class_without_images_has_no_bar():
    table = pd.DataFrame(
        {"stage": "joint", "class": CLASSES, "error": [0.1, np.nan, 0.2], "correlation": np.nan, "nearest_correct": 5.0}
    )
    (bars,) = mask_error_bars(table, "t").axes[0].containers
    assert np.isnan(bars[1].get_width()) and bars[2].get_width() == 0.2


OURS = pd.DataFrame(
    {"variant": ["alone"] * 3 + ["+ prior"] * 2, "fold": [0, 1, 3, 0, 1], "accuracy": [50.0, 60, 70, 80, 90]}
)


def drawn(figure):
    """Line and mean of every series."""
    lines = figure.axes[0].lines
    named = [line for line in lines if not line.get_label().startswith(("_", "published, but"))]
    return {line.get_label(): (line, lines[list(lines).index(line) + 1]) for line in named}


def test_every_fold_and_the_unweighted_mean_of_each_variant():
    figure = fold_accuracies(OURS, {"fmpn": [10.0, 20.0, 60.0]}, "t")
    found = drawn(figure)
    assert list(found) == ["alone", "+ prior", "published: fmpn"]
    values = {name: (line.get_ydata().tolist(), mean.get_ydata().tolist()) for name, (line, mean) in found.items()}
    assert values == {
        "alone": ([50, 60, 70], [60]), "+ prior": ([80, 90], [85]), "published: fmpn": ([10, 20, 60], [30]),
    }  # fmt: skip
    ticks = [tick.get_text() for tick in figure.axes[0].get_xticklabels()]
    assert ticks == ["0", "1", "2", "3", "mean"]  # print has fold 2, ours fold 3
    assert np.round(found["alone"][0].get_xdata()).tolist() == [0, 1, 3]
    assert found["alone"][1].get_xdata()[0] > 3.5


def test_published_values_are_hollow_and_ours_filled():
    found = drawn(fold_accuracies(OURS, {"fmpn": [10.0, 20.0, 60.0]}, "t"))
    for name, marks in found.items():
        for line in marks:
            assert (to_rgb(line.get_markerfacecolor()) == (1, 1, 1)) == (name == "published: fmpn")
    assert len({line.get_marker() for line, _ in found.values()}) == 3  # told apart without colour


def test_published_folds_that_leak_are_crossed_out():
    figure = fold_accuracies(OURS, {"fmpn": [10.0, 20.0, 60.0]}, "t", leaked=(1, 3))
    (cross,) = [line for line in figure.axes[0].lines if line.get_marker() == "x"]
    line, _ = drawn(figure)["published: fmpn"]
    assert cross.get_xydata().tolist() == [line.get_xydata()[1].tolist()]
    assert "published, but tested on people trained on" in [t.get_text() for t in figure.legends[0].get_texts()]
    none = fold_accuracies(OURS, {}, "t", leaked=(1, 3))
    assert not [line for line in none.axes[0].lines if line.get_marker() == "x"]
