"""Maps of embeddings: every point under its class, the legend where there is room."""

import matplotlib.pyplot as plt
import numpy as np
import pytest

from fer_lib.errors import InputError
from fer_lib.reporting.figures import embedding_maps

CLASSES = ("angry", "happy", "sad")
LABELS = np.arange(30) % 3


@pytest.fixture(autouse=True)
def _close():
    yield
    plt.close("all")


def points(*variants):
    return {name: np.random.default_rng(seed).normal(size=(30, 2)) for seed, name in enumerate(variants)}


def check(axis, placed, labels):
    for k, collection in enumerate(axis.collections):
        assert sorted(np.asarray(collection.get_offsets()).tolist()) == sorted(placed[labels == k].tolist())


def test_every_point_stands_in_the_map_of_its_variant_under_its_class():
    shown = points("preact", "cls", "rep")
    figure = embedding_maps(shown, LABELS, CLASSES, "JAFFE", {"cls": "k-NN 54 %"})
    *maps, free = figure.axes
    for axis, (name, placed) in zip(maps, shown.items(), strict=True):
        assert axis.get_title(loc="left") == name or axis.get_title() == name
        check(axis, placed, LABELS)
        assert not axis.get_xticks().size and not axis.get_yticks().size  # places have no unit
    assert [axis.get_xlabel() for axis in maps] == ["", "k-NN 54 %", ""]
    handles = free.get_legend().legend_handles
    assert [text.get_text() for text in free.get_legend().get_texts()] == list(CLASSES)
    assert len({mark.get_color() for mark in handles}) == len({mark.get_marker() for mark in handles}) == 3
    assert not figure.legends and not free.axison


def test_variants_may_have_pictures_of_their_own():
    shown = points("preact", "cls")
    labels = {"preact": LABELS, "cls": LABELS[::-1]}
    figure = embedding_maps(shown, labels, CLASSES, "t")
    for axis, name in zip(figure.axes, shown, strict=True):
        check(axis, shown[name], labels[name])
    assert [text.get_text() for text in figure.legends[0].get_texts()] == list(CLASSES)  # no free place: below


def test_points_of_three_numbers_are_told():
    with pytest.raises(InputError, match="features of 3 numbers, expected 2"):
        embedding_maps({"preact": np.zeros((30, 3))}, LABELS, CLASSES, "t")
