"""Maps, their scale, and what is drawn where."""

import matplotlib.pyplot as plt
import numpy as np
import pytest

from fer_lib.reporting.figures import example_maps, expression_maps, expression_pictures, frame_overlays

NAMES = ["happy", "sad", "fear"]


@pytest.fixture(autouse=True)
def _close():
    yield
    plt.close("all")


def maps(seed=0):
    return np.random.default_rng(seed).random((3, 48, 48))


def test_all_maps_share_one_scale_from_zero():
    figure = expression_maps({"none": maps(), "soft": 3 * maps(1)}, NAMES, "fall of p", "t")
    panels, bar = figure.axes[:6], figure.axes[6]
    limits = {panel.images[0].get_clim() for panel in panels}
    assert len(limits) == 1 and limits.pop() == pytest.approx((0, 3 * maps(1).max()))
    assert len(figure.axes) == 7 and bar.get_ylabel() == "fall of p"
    assert [panel.get_title() for panel in panels[:3]] == NAMES and panels[3].get_ylabel() == "soft"
    assert panels[0].get_xlabel() == f"{maps()[0].max():.2f}"


def test_faces_lie_below_and_lines_above():
    figure = expression_maps({"none": maps()}, NAMES, "u", "t", faces=maps() * 255)
    face, over = figure.axes[0].images
    assert face.get_cmap().name == "gray" and face.get_clim() == (0, 255)
    assert over.get_alpha().max() < 1 and np.array_equal(over.get_alpha().argmin(), maps()[0].argmin())
    assert figure.axes[0].collections  # lines of equal value
    assert len(expression_maps({"none": maps()}, NAMES, "u", "t").axes[0].images) == 1


def test_an_expression_without_images_stays_blank():
    values = maps()
    values[1] = np.nan
    figure = expression_maps({"none": values}, NAMES, "u", "t", landmarks=np.full((3, 68, 2), np.nan))
    assert figure.axes[1].get_xlabel() == "–"


def test_landmarks_are_drawn_as_lines():
    points = np.random.default_rng(0).uniform(8, 40, (3, 68, 2))
    axis = expression_maps({"none": maps()}, NAMES, "u", "t", landmarks=points).axes[2]
    drawn = np.concatenate([line.get_xydata() for line in axis.lines])
    assert {tuple(point) for point in drawn} == {tuple(point) for point in points[2]}


@pytest.mark.parametrize("count", [9, 4, 1])
def test_examples_stand_beside_their_maps(count):
    images = np.arange(count * 48 * 48).reshape(count, 48, 48).astype(np.uint8)
    values = np.random.default_rng(0).random((count, 48, 48))
    figure = example_maps(images, values, [f"n{i}" for i in range(count)], "u", "t")
    used = [axis for axis in figure.axes[:-1] if axis.images]
    assert len(used) == 2 * count
    for i in range(count):
        assert np.array_equal(used[2 * i].images[0].get_array(), images[i])
        assert np.array_equal(used[2 * i + 1].images[0].get_array(), values[i])
        assert used[2 * i].get_title(loc="left") == f"n{i}" or used[2 * i].get_title() == f"n{i}"


def test_frames_are_drawn_over_the_images():
    images = np.zeros((2, 48, 48), np.uint8)
    frames = {"none": np.random.default_rng(0).uniform(0, 48, (2, 5, 2)), "soft": np.zeros((2, 5, 2))}
    figure = frame_overlays(images, frames, "t")
    line, dot = figure.axes[1].lines[:2]
    assert np.array_equal(line.get_xydata(), frames["none"][1]) and np.array_equal(
        dot.get_xydata()[0], frames["none"][1, 0]
    )
    assert [text.get_text() for text in figure.legends[0].texts] == ["none", "soft"]


def test_faces_are_grey_and_features_are_not():
    figure = expression_pictures({"mean face": maps() * 255, "f: features": maps()[:, :9, :9]}, NAMES, "t")
    assert figure.axes[0].images[0].get_cmap().name == "gray"
    assert figure.axes[3].images[0].get_cmap().name != "gray"
    assert figure.axes[3].images[0].get_clim()[1] == pytest.approx(maps()[:, :9, :9].max())


@pytest.mark.parametrize(
    ("name", "lines"),
    [
        ("soft", "soft"),
        ("none: warped", "none:\nwarped"),
        ("residual_masking_slim: before mask 3", "residual_\nmasking_slim:\nbefore mask 3"),
        ("f: features, warped", "f:\nfeatures,\nwarped"),
    ],
)
def test_long_names_stand_in_lines(name, lines):
    rows = expression_pictures({name: maps()}, NAMES, "t").axes
    assert rows[0].get_ylabel() == lines
