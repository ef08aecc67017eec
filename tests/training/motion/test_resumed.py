"""Interrupted in either stage, a fold with motion priors ends as if nothing had happened."""

import pandas as pd
import pytest

from fer_lib.training.motion import cross_validate_motion, load_mask_scores


@pytest.mark.parametrize("after", [1, 4])
def test_an_interrupted_fold_goes_on(make_task, interrupted, after):
    """After the first of three epochs of the generator, and of the joint stage."""
    stages = {"mask_epochs": 3, "policy": "plateau"}
    killed, whole = (
        make_task(folder=name, epochs=3, motion=stages, checkpoint_seconds=0) for name in ("killed", "whole")
    )
    interrupted(lambda: cross_validate_motion([killed], workers=1), after)
    ((resumed,), (straight,)) = (cross_validate_motion([task], workers=1) for task in (killed, whole))
    for what in ("weights", "generators"):
        assert resumed.card[what] == straight.card[what]
    pd.testing.assert_frame_equal(resumed.predictions, straight.predictions)
    pd.testing.assert_frame_equal(load_mask_scores(resumed.folder), load_mask_scores(straight.folder))
    histories = [
        pd.read_parquet(run.folder / "mask_history.parquet").drop(columns="seconds") for run in (resumed, straight)
    ]
    pd.testing.assert_frame_equal(*histories)
