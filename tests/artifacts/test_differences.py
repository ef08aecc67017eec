import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from fer_lib.artifacts.differences import NOTHING, first_difference, first_unequal, table_difference

PLAIN = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=3),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text("ab", max_size=2), inner, max_size=3),
    max_leaves=8,
)


@pytest.mark.parametrize(
    ("stated", "found", "said"),
    [
        ({"a": 1}, {"a": 1}, None),
        (
            {"training": {"epochs": 9, "seed": 1}},
            {"training": {"epochs": 12, "seed": 2}},
            "training.epochs: 9 stated, 12 found",
        ),
        ({"a": 1}, {}, "a: 1 stated, nothing found"),
        ({}, {"a": None}, "a: nothing stated, None found"),
        (
            {"targets": [{"folds": 2}, {"folds": 3}]},
            {"targets": [{"folds": 2}, {"folds": 4}]},
            "targets[1].folds: 3 stated, 4 found",
        ),
        ({"seeds": [1]}, {"seeds": [1, 2]}, "seeds: [1] stated, [1, 2] found"),
        ({"a": {}}, {"a": 3}, "a: {} stated, 3 found"),
    ],
)
def test_the_first_difference_says_where(stated, found, said):
    assert first_difference(stated, found) == said


@given(PLAIN, PLAIN)
def test_values_are_equal_where_nothing_is_unequal(one, other):
    assert first_unequal(one, one) is None
    unequal = first_unequal(one, other)
    assert (unequal is None) == (one == other)
    if unequal:
        assert unequal[1] is NOTHING or unequal[2] is NOTHING or unequal[1] != unequal[2]


def histories(**changes):
    table = {
        "fold": [0, 0, 1, 1],
        "epoch": [1, 2, 1, 2],
        "loss": [0.5, 0.25, 0.75, 0.5],
        "seconds": [1.0, 2.0, 3.0, 4.0],
    }
    return pd.DataFrame({**table, **changes})


def difference(stated, found):
    return table_difference("history", stated, found, ("fold", "epoch"), ignored=("seconds",))


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({}, None),
        ({"seconds": [9.0] * 4}, None),
        ({"more": [1, 2, 3, 4]}, None),
        ({"loss": [0.5, 0.25, 0.7, 0.6]}, "history, fold 1, epoch 1, loss: 0.75 stated, 0.7 found"),
        ({"loss": [0.5, float("nan"), 0.75, 0.5]}, "history, fold 0, epoch 2, loss: 0.25 stated, nan found"),
        ({"epoch": [1, 3, 1, 2]}, "history, fold 0, epoch 2, epoch: 2 stated, 3 found"),
    ],
)
def test_the_first_different_cell_of_a_table(changes, said):
    assert difference(histories(), histories(**changes)) == said


def test_missing_columns_and_rows_are_told():
    assert difference(histories(), histories().drop(columns="loss")) == "history: column 'loss' stated, not found"
    assert difference(histories(), histories().iloc[:3]) == "history: 4 rows stated, 3 found"


def test_nothing_beside_nothing_is_equal_and_row_labels_do_not_count():
    holes = histories(loss=[np.nan, 0.25, None, 0.5])
    assert difference(holes, holes.set_index(pd.Index([5, 5, 6, 7]))) is None


@given(st.lists(st.tuples(*[st.sampled_from([0.0, 1.0, float("nan")])] * 4), min_size=1, max_size=4))
def test_as_looking_at_every_cell_in_reading_order(rows):
    one = pd.DataFrame([row[:2] for row in rows], columns=["a", "b"])
    other = pd.DataFrame([row[2:] for row in rows], columns=["a", "b"])
    slow = None
    for row in range(len(rows)):
        for column in ("a", "b"):
            x, y = one[column][row], other[column][row]
            if slow is None and not (x == y or (np.isnan(x) and np.isnan(y))):
                slow = f"t, {column}: {float(x)} stated, {float(y)} found"
    assert table_difference("t", one, other, ()) == slow
