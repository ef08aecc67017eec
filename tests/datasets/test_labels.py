"""Label spaces go by class names."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from fer_lib.datasets.fer2013 import CLASSES
from fer_lib.datasets.labels import (
    POLARITY,
    canonical,
    in_expressions,
    label_space,
    polarity,
    polarity_of_valence,
    shared_expressions,
)
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


def test_sets_share_expressions_under_any_names(make_faces):
    one = make_faces([0, 1, 2, 3], ("Anger", "joy", "contempt", "neutral"))
    other = make_faces([0, 1, 2], ("neutral", "happiness", "angry"))
    assert shared_expressions(one, other) == ("angry", "happy", "neutral")
    assert shared_expressions(one) == ("angry", "happy", "neutral", "contempt")
    unused = make_faces([1, 2], ("neutral", "happiness", "angry"))  # a class without an image is not shared
    shared = shared_expressions(one, unused)
    assert shared == ("angry", "happy")
    assert in_expressions(one, shared).labels.tolist() == [0, 1] and in_expressions(unused, shared).classes == shared
    assert in_expressions(unused, shared).labels.tolist() == [1, 0]


@pytest.mark.parametrize("name", ["expression6", "expression7"])
def test_basic_expressions_have_one_order(make_faces, name):
    count = int(name[-1])
    mixed = make_faces([*range(8)], ("surprise", "sadness", "neutral", "joy", "fear", "disgust", "contempt", "anger"))
    found = label_space(name)(mixed)
    assert found.classes == CLASSES[:count] and found.labels.tolist() == [
        CLASSES.index(canonical(mixed.classes[row])) for row in found.rows
    ]
    assert len(found) == count
    with pytest.raises(InputError, match="tiny: no image of sad"):
        label_space(name)(make_faces([0, 1, 2, 3, 5, 6], CLASSES))
    with pytest.raises(InputError, match="tiny: class 'bored' is no known expression"):
        label_space(name)(make_faces([0, 1], ("happy", "bored")))


def test_canonical_names():
    assert [canonical(n) for n in (" Anger", "fearful", "sadness", "neutral", "bored")] == [
        "angry", "fear", "sad", "neutral", "bored",
    ]  # fmt: skip


def test_fer2013_polarity_counts(fer2013):
    valued = polarity(fer2013)
    assert np.bincount(valued.labels).tolist() == [6198, 8989, 16698]
    assert round(100 * np.bincount(valued.labels).max() / len(valued), 2) == 52.37


@pytest.mark.parametrize(
    ("valence", "name"),
    [
        (0.2, "neutral"), (np.nextafter(0.2, 1), "positive"), (-0.2, "neutral"), (np.nextafter(-0.2, -1), "negative"),
        (0.0, "neutral"), (1.0, "positive"), (-1.0, "negative"), (np.nextafter(1, 2), None),
        (np.nextafter(-1, -2), None), (-2.0, None), (2.0, None), (np.nan, None),
    ],
)  # fmt: skip
def test_borders_of_valence(valence, name):
    assert polarity_of_valence(np.array([valence])).tolist() == [POLARITY.index(name) if name else -1]


def slowly(valence):
    if -0.2 <= valence <= 0.2:
        return 0
    if 0.2 < valence <= 1:
        return 1
    return 2 if -1 <= valence < -0.2 else -1


@given(st.lists(st.floats(-2.5, 2.5) | st.sampled_from([-0.2, 0.2, 1.0, -1.0, -2.0]), min_size=1))
def test_valence_equals_its_slow_twin(valence):
    assert polarity_of_valence(np.array(valence)).tolist() == [slowly(v) for v in valence]


def test_a_set_that_goes_by_valence_says_so(make_faces):
    """Surprise stays, the order is positive, neutral, negative, and within each that of the set."""
    valence = [-2.0, 0.5, 0.0, -0.9, 0.21, -0.2, -0.3]
    faces = make_faces([5, 5, 3, 3, 0, 1, 6], CLASSES, valence=valence)
    by_name = polarity(faces)
    assert by_name.labels.tolist() == [1, 1, 2, 2, 0]  # a column alone does not decide
    valued = polarity(replace(faces, card={"polarity": "valence"}))
    assert valued.rows.tolist() == [1, 4, 2, 5, 3, 6] and valued.labels.tolist() == [1, 1, 0, 0, 2, 2]
