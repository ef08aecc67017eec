"""Predictions meet their images by name, whatever the order of the rows."""

import numpy as np
import pandas as pd
import pytest

from fer_lib.errors import InputError
from fer_lib.evaluation.decisions import align

from .small_decisions import decide

CLASSES = ("neutral", "positive", "negative")
SAMPLES = pd.DataFrame({"sample_id": ["a", "b", "c", "d", "e"], "label": [0, 1, 2, 0, 1]})


def table(seed=7, **changes):
    """Images a, b, d and e tested; c was dropped."""
    values = {
        "sample_id": ["e", "a", "d", "b"],
        "fold": [1, 0, 1, 0],
        "split": "test",
        "label": [1, 0, 0, 1],
        "predicted": [2, 0, 1, 1],
        "p_0": [0.1, 0.8, 0.2, 0.3],
        "p_1": [0.2, 0.1, 0.7, 0.6],
        "p_2": [0.7, 0.1, 0.1, 0.1],
        "seed": seed,
        **changes,
    }
    return pd.DataFrame(values).astype({"p_0": "float16", "p_1": "float16", "p_2": "float16"})


def test_rows_come_in_the_order_of_the_data_set():
    other = table().iloc[::-1]
    both = pd.concat([table(8, predicted=[1, 1, 1, 1]), table(7)])
    validation = table().assign(split="validation", sample_id="c")
    found = align({"soft": pd.concat([validation, table(7), table(8)]), "none": both}, SAMPLES, CLASSES)
    assert found.variants == ("soft", "none") and found.seeds == (7, 8) and found.classes == CLASSES
    assert found.rows.tolist() == [0, 1, 3, 4]
    assert found.labels.tolist() == [0, 1, 0, 1] and found.folds.tolist() == [0, 0, 1, 1]
    assert found.predicted[0, 0].tolist() == [0, 1, 1, 2] and found.predicted[1, 1].tolist() == [1, 1, 1, 1]
    assert found.confidence[0, 0].tolist() == pytest.approx([0.8, 0.6, 0.7, 0.7], abs=1e-3)
    assert found.confidence[1, 1].tolist() == pytest.approx([0.1, 0.6, 0.7, 0.2], abs=1e-3)
    assert np.array_equal(align({"x": other}, SAMPLES, CLASSES).predicted[0, 0], found.predicted[0, 0])


def test_joining_by_position_would_give_other_answers():
    """What the reference does: rows are taken in the order of the file."""
    found = align({"soft": table()}, SAMPLES, CLASSES)
    assert found.wrong[0, 0].tolist() == [False, False, True, True]
    by_position = table()["predicted"].to_numpy() != SAMPLES["label"].to_numpy()[found.rows]
    assert by_position.tolist() != found.wrong[0, 0].tolist()


@pytest.mark.parametrize(
    ("tables", "sentence"),
    [
        ({"soft": table(sample_id=["e", "a", "d", "x"])}, "soft, seed 7: 1 tested images are not in the data set"),
        ({"soft": table(sample_id=["e", "a", "a", "b"])}, "soft, seed 7: 1 images were tested twice"),
        ({"soft": table(label=[1, 0, 2, 1])}, "soft, seed 7: 1 labels differ"),
        ({"soft": table(), "none": table(8)}, "soft was not trained with seed 8"),
        ({"soft": table(), "none": table().iloc[1:]}, "none, seed 7: not tested on the same images"),
        (
            {"soft": table(), "none": table(fold=[0, 0, 1, 1])},
            "none, seed 7: not tested on the same images in the same",
        ),
    ],
)
def test_what_cannot_be_joined_is_told(tables, sentence):
    with pytest.raises(InputError, match=sentence):
        align(tables, SAMPLES, CLASSES)


def test_confused_marks_only_the_pairs_asked_for():
    found = decide("nPP--", {"soft": ["n-nP-"]})
    assert found.wrong.tolist() == [[[False, True, True, True, False]]]
    assert found.confused(("positive", "negative")).tolist() == [[[False, True, False, False, False]]]
    both = found.confused(("positive", "negative"), ("negative", "positive"))
    assert both.tolist() == [[[False, True, False, True, False]]]
