"""Label spaces go by class names."""

import numpy as np
import pytest

from fer_lib.datasets.fer2013 import CLASSES
from fer_lib.datasets.labels import POLARITY, canonical, label_space, polarity
from fer_lib.errors import InputError


def test_polarity_of_the_seven_classes(make_faces):
    valued = polarity(make_faces([0, 1, 2, 3, 4, 5, 6], CLASSES))
    assert valued.classes == POLARITY == ("neutral", "positive", "negative")
    assert valued.labels.tolist() == [2, 2, 2, 1, 2, 0]  # surprise is gone
    assert valued.rows.tolist() == [0, 1, 2, 3, 4, 6]
    assert valued.samples["expression"].tolist() == ["angry", "disgust", "fear", "happy", "sad", "neutral"]


def test_polarity_goes_by_name_not_by_position(make_faces):
    classes = ("surprised", "Happiness", "contempt", "NEUTRAL", "anger", "sadness", "joy")
    assert polarity(make_faces(range(7), classes)).labels.tolist() == [1, 2, 0, 2, 2, 1]


def test_polarity_twice_is_polarity_once(make_faces):
    once = polarity(make_faces([0, 3, 6], CLASSES))
    assert polarity(once) is once


def test_an_expression_column_of_the_set_is_kept(make_faces):
    assert polarity(make_faces([3], CLASSES, expression=["grin"])).samples["expression"].tolist() == ["grin"]


def test_unknown_class_is_named(make_faces):
    with pytest.raises(InputError, match="tiny: class 'bored' has no known polarity .*contempt"):
        polarity(make_faces([0, 1], ("happy", "bored")))


def test_label_space_by_name(make_faces):
    faces = make_faces([3, 5, 6], CLASSES)
    assert label_space("native")(faces) is faces
    assert label_space("polarity")(faces).labels.tolist() == [1, 0]
    with pytest.raises(InputError, match="unknown label space 'polarty'; did you mean 'polarity'?"):
        label_space("polarty")


def test_canonical_names():
    assert [canonical(n) for n in (" Anger", "fearful", "sadness", "neutral", "bored")] == [
        "angry", "fear", "sad", "neutral", "bored",
    ]  # fmt: skip


def test_fer2013_polarity_counts(fer2013):
    valued = polarity(fer2013)
    assert np.bincount(valued.labels).tolist() == [6198, 8989, 16698]
    assert round(100 * np.bincount(valued.labels).max() / len(valued), 2) == 52.37
