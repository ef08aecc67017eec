"""What twins are worth, on tables whose truth is known."""

import numpy as np
import pandas as pd
import pytest

from fer_lib.errors import InputError
from fer_lib.evaluation.leakage import leak_table


def table(correct: dict[str, list[bool]]) -> pd.DataFrame:
    """``{"a": [right with seed 0, right with seed 1, …]}``"""
    rows = [
        {"sample_id": name, "seed": seed, "fold": 0, "split": "test", "label": 1, "predicted": int(right)}
        for name, outcomes in correct.items()
        for seed, right in enumerate(outcomes)
    ]
    unscored = {"sample_id": "a", "seed": 0, "fold": 0, "split": "validation", "label": 1, "predicted": 0}
    return pd.DataFrame([*rows, unscored])


@pytest.fixture
def four():
    leaky = table({"a": [True, True], "b": [True, False], "c": [True, False], "d": [False, False]})
    safe = table({"a": [True, False], "b": [False, False], "c": [True, False], "d": [False, True]})
    return leaky, safe


TWINS = {"equal": pd.Series({"a": True, "b": True, "c": False, "d": False})}
GROUPS = pd.Series({"a": 0, "b": 0, "c": 1, "d": 2})


def test_rows_by_hand(four):
    found = leak_table(*four, TWINS, GROUPS).set_index("images tested")
    assert list(found.index) == ["equal", "no twin", "all images"]
    assert found["images"].to_list() == [2, 2, 4]
    assert found["leaky"].to_list() == [75, 25, 50]
    assert found["safe"].to_list() == [25, 50, 37.5]
    assert found["difference"].to_list() == [50, -25, 12.5]
    assert found["worth"].to_list() == [25, -12.5, 12.5]
    assert np.isnan(found.loc["equal", "low"])  # one group cannot be resampled


def test_order_of_rows_does_not_matter(four):
    mixed = [part.sample(frac=1, random_state=1) for part in four]
    pd.testing.assert_frame_equal(leak_table(*mixed, TWINS, GROUPS), leak_table(*four, TWINS, GROUPS))


def test_interval_resamples_groups_not_images():
    """Fifty groups of four images that agree: the interval is that of fifty values, not of two hundred."""
    rng = np.random.default_rng(0)
    gained = np.repeat(rng.integers(0, 2, 50), 4)
    names = [f"i{k:03d}" for k in range(200)]
    leaky = table({name: [bool(g)] for name, g in zip(names, gained, strict=True)})
    safe = table({name: [False] for name in names})
    groups = pd.Series(np.repeat(np.arange(50), 4), index=names)
    leaks = {"equal": pd.Series(True, index=names)}
    row = leak_table(leaky, safe, leaks, groups).iloc[0]
    expected = 100 * 1.96 * gained[::4].std() / np.sqrt(50)
    assert (row["high"] - row["low"]) / 2 == pytest.approx(expected, rel=0.15)


def test_other_images_or_seeds_are_refused(four):
    leaky, safe = four
    with pytest.raises(InputError, match="not tested on the same images and seeds"):
        leak_table(leaky, safe[safe["seed"] == 0], TWINS, GROUPS)


def test_an_image_cannot_be_two_kinds_of_leak(four):
    with pytest.raises(InputError, match="overlap"):
        leak_table(*four, {**TWINS, "near": TWINS["equal"]}, GROUPS)
