"""Mask errors by class, against a slow twin."""

import numpy as np
import pandas as pd
import pytest

from fer_lib.evaluation.mask_scores import mask_errors

NAMES = ["angry", "happy", "sad"]


def masks(n=40, seed=0) -> pd.DataFrame:
    """Tested images of the first two classes, before and after the joint stage."""
    draw = np.random.default_rng(seed)
    one = pd.DataFrame({"sample_id": [f"i{k}" for k in range(n)], "fold": np.arange(n) % 3, "label": np.arange(n) % 2})
    stages = [
        one.assign(
            stage=stage, error=draw.random(n), correlation=draw.uniform(-1, 1, n), nearest=draw.integers(0, 3, n)
        )
        for stage in ("generator", "joint")
    ]
    return pd.concat(stages, ignore_index=True)


def test_means_of_every_class_and_of_all_images_equal_their_slow_twin():
    table = masks()
    found = mask_errors(table, NAMES)
    assert found["stage"].to_list() == ["generator"] * 4 + ["joint"] * 4
    assert found["class"].to_list() == [*NAMES, "all"] * 2
    for row in found.to_dict("records"):
        mine = [
            image
            for image in table.to_dict("records")
            if image["stage"] == row["stage"] and row["class"] in (NAMES[image["label"]], "all")
        ]
        assert row["samples"] == len(mine)
        if not mine:
            assert np.isnan([row["error"], row["correlation"], row["nearest_correct"]]).all()
            continue
        assert row["error"] == pytest.approx(sum(image["error"] for image in mine) / len(mine))
        assert row["correlation"] == pytest.approx(sum(image["correlation"] for image in mine) / len(mine))
        hits = sum(image["nearest"] == image["label"] for image in mine)
        assert row["nearest_correct"] == pytest.approx(100 * hits / len(mine))


def test_a_constant_mask_has_no_correlation_but_an_error():
    table = masks().query("stage == 'joint'").assign(error=0.25)
    table.loc[table["label"] == 0, "correlation"] = np.nan
    found = mask_errors(table, NAMES).set_index("class")
    assert np.isnan(found.loc["angry", "correlation"]) and found.loc["angry", "error"] == 0.25
    assert found.loc["all", "correlation"] == pytest.approx(found.loc["happy", "correlation"])


def test_a_run_without_masks_has_an_empty_table():
    assert list(mask_errors(masks().iloc[:0], NAMES)) == list(mask_errors(masks(), NAMES))
    assert mask_errors(masks().iloc[:0], NAMES).empty
