"""The same images under several splits, by hand."""

import numpy as np
import pandas as pd
import pytest
from scipy import stats

from fer_lib.errors import InputError
from fer_lib.evaluation.split_gaps import split_gaps

PEOPLE = pd.Series(list("aabbccdd"), index=[f"i{k}" for k in range(8)])


def table(right: str, seed=1, folds=2, ids=PEOPLE.index) -> pd.DataFrame:
    """``table("11110000")``: which of the eight images are answered rightly."""
    hits = np.array([int(c) for c in right])
    tested = pd.DataFrame(
        {"sample_id": list(ids), "fold": np.arange(len(hits)) % folds, "split": "test", "label": 1, "predicted": hits}
    )
    return pd.concat([tested.iloc[:3].assign(split="validation", predicted=1), tested]).assign(seed=seed)


def test_neighbouring_splits_are_compared_image_by_image():
    """Folds differ between the splits, as they must; rows stand in any order."""
    found = split_gaps(
        {
            "random": {"drawn": table("11111110"), "flat": table("11110000")},
            "sequence": {"drawn": table("11110110", folds=3)[::-1], "flat": table("11110000", folds=3)},
            "subject": {"drawn": table("01010100", folds=4), "flat": table("11100000", folds=4)},
        },
        PEOPLE,
    )
    columns = ["variant", "split", "stricter", "accuracy", "accuracy_stricter", "difference"]
    assert found[columns].to_numpy().tolist() == [
        ["drawn", "random", "sequence", 87.5, 75.0, 12.5],
        ["flat", "random", "sequence", 50.0, 50.0, 0.0],
        ["drawn", "sequence", "subject", 75.0, 37.5, 37.5],
        ["flat", "sequence", "subject", 50.0, 37.5, 12.5],
    ]
    assert (found["images"] == 8).all() and (found["groups"] == 4).all()
    low, high = stats.ttest_1samp([0.5, 0.5, 0.0, 0.5], 0).confidence_interval(0.95)  # mean difference of each person
    assert found.loc[2, ["low", "high"]].to_list() == pytest.approx([100 * low, 100 * high])
    assert found.loc[1, ["low", "high"]].to_list() == [0, 0]


def test_seeds_are_paired_with_their_equals():
    both = pd.concat([table("11110000", 1), table("11111111", 2)])
    other = pd.concat([table("11110000", 2), table("11110000", 1)])
    found = split_gaps({"random": {"drawn": both}, "subject": {"drawn": other}}, PEOPLE).iloc[0]
    assert (found["accuracy"], found["accuracy_stricter"], found["difference"]) == (75, 50, 25)
    assert found["images"] == 8


def test_one_split_has_no_neighbour():
    alone = split_gaps({"subject": {"drawn": table("11110000")}}, PEOPLE)
    full = split_gaps({name: {"drawn": table("11110000")} for name in ("random", "subject")}, PEOPLE)
    assert alone.empty and list(alone) == list(full)
    assert split_gaps({}, PEOPLE).empty


@pytest.mark.parametrize(
    ("strict", "sentence"),
    [
        ({"drawn": table("1111000", ids=PEOPLE.index[:7])}, "drawn: the splits random and subject did not test"),
        ({"drawn": table("11110000", seed=2)}, "drawn: the splits random and subject did not test"),
        ({"flat": table("11110000")}, "the splits random and subject were not trained with the same variants"),
    ],
)  # fmt: skip
def test_splits_that_cannot_be_paired_are_told(strict, sentence):
    with pytest.raises(InputError, match=sentence):
        split_gaps({"random": {"drawn": table("11110000")}, "subject": strict}, PEOPLE)


def test_an_image_without_a_person_is_told():
    same = {name: {"drawn": table("11110000")} for name in ("random", "subject")}
    with pytest.raises(InputError, match="1 of 8 tested images have no group"):
        split_gaps(same, PEOPLE.drop("i7"))
