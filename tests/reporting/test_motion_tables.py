"""Tables of notebook 05 for readers."""

import numpy as np
import pandas as pd
import pytest

from fer_lib.errors import InputError
from fer_lib.reporting.motion_tables import class_scores_for_readers, folds_for_readers, mask_errors_for_readers

FOLDS = pd.DataFrame(
    [("alone", 0, 4, 1), ("alone", 1, 6, 6), ("alone", 2, 1000, 500), ("+ prior", 0, 4, 3), ("+ prior", 1, 6, 3),
     ("+ prior", 2, 1000, 900)],
    columns=["variant", "fold", "samples", "correct"],
).eval("accuracy = 100 * correct / samples")  # fmt: skip
PRINTED = pd.DataFrame({"variant": "fmpn", "fold": [0, 1, 2], "accuracy": [80.0, 100.0, 90.0]})


def test_folds_stand_in_rows_with_their_averages_below():
    shown = folds_for_readers(FOLDS)
    assert shown.to_dict("list") == {
        "fold": ["0", "1", "2", "mean of folds", "all images"],
        "n": ["4", "6", "1,000", "1,010", "1,010"],
        "alone": ["25.00", "100.00", "50.00", "58.33", "50.20"],
        "+ prior": ["75.00", "50.00", "90.00", "71.67", "89.70"],
    }


def test_published_folds_have_a_column_and_left_out_folds_a_mean():
    shown = folds_for_readers(FOLDS, PRINTED, without=[1]).set_index("fold")
    assert shown["published: fmpn"].to_list() == ["80.00", "100.00", "90.00", "90.00", "85.00", "–"]
    assert shown.loc["mean without 1", ["n", "alone"]].to_list() == ["1,004", "37.50"]
    with pytest.raises(InputError, match="folds 7 cannot be left out"):
        folds_for_readers(FOLDS, without=[7])


def test_a_fold_that_only_print_has_is_a_dash():
    shown = folds_for_readers(FOLDS[FOLDS["fold"] < 2], PRINTED).set_index("fold")
    assert shown.loc["2"].to_list() == ["–", "–", "–", "90.00"]


def scores(*rows):
    return pd.DataFrame(rows, columns=["class", "samples", "precision", "recall", "f1"])


POOLED = scores(("angry", 1200, 50.0, 60.0, 54.5), ("happy", 0, np.nan, np.nan, np.nan))
AVERAGED = scores(("angry", 1200, 40.0, 70.0, 45.0), ("happy", 0, 0.0, np.nan, np.nan))


def test_both_averages_stand_side_by_side():
    shown = class_scores_for_readers(POOLED, AVERAGED)
    assert list(shown) == [
        "class", "precision", "precision, mean of folds", "recall", "recall, mean of folds", "F1", "F1, mean of folds",
        "n",
    ]  # fmt: skip
    assert shown.iloc[0].to_list() == ["angry", "50.00", "40.00", "60.00", "70.00", "54.50", "45.00", "1,200"]
    assert shown.iloc[1].to_list() == ["happy", "–", "0.00", "–", "–", "–", "–", "0"]


def test_published_class_scores_are_found_by_name():
    printed = scores(("sad", 5, 1.0, 2.0, 3.0), ("angry", 30, 78.6, 96.3, 84.4))
    shown = class_scores_for_readers(POOLED, AVERAGED, printed)
    assert shown["precision, published"].to_list() == ["78.60", "–"]
    assert shown["F1, published"].to_list() == ["84.40", "–"] and shown["n"].to_list() == ["1,200", "0"]


def test_mask_errors_name_their_stage():
    table = pd.DataFrame(
        {
            "stage": ["generator", "joint"], "class": ["angry", "all"], "samples": [9, 1234],
            "error": [0.01234, np.nan], "correlation": [0.5, np.nan], "nearest_correct": [100 / 3, np.nan],
        }
    )  # fmt: skip
    assert [list(row) for row in mask_errors_for_readers(table).to_numpy()] == [
        ["stage 1 (masks alone)", "angry", "0.0123", "0.50", "33.33", "9"],
        ["stage 2 (jointly)", "all", "–", "–", "–", "1,234"],
    ]
