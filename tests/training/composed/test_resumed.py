"""Interrupted between two epochs, a fold on compositions ends as if nothing had happened."""

import pandas as pd

from fer_lib.training.composed import cross_validate_composed, load_composed_table


def test_an_interrupted_fold_goes_on(make_task, interrupted):
    killed, whole = (
        make_task(folder=name, epochs=3, schedule="one_cycle", checkpoint_seconds=0) for name in ("killed", "whole")
    )
    interrupted(lambda: cross_validate_composed([killed], workers=1), after=1)
    ((resumed,), (straight,)) = (cross_validate_composed([task], workers=1) for task in (killed, whole))
    assert resumed.card["weights"] == straight.card["weights"]
    tables = [run.history.drop(columns="seconds") for run in (resumed, straight)]
    pd.testing.assert_frame_equal(*tables)
    pd.testing.assert_frame_equal(*(load_composed_table(run.folder, "synthetic") for run in (resumed, straight)))
