"""Valence and arousal per cell, on images whose affect is written down here."""

from statistics import mean, stdev

import numpy as np
import pandas as pd
import pytest
from hypothesis import given

from fer_lib.evaluation.affect import affect_cells, top_errors

from .small_decisions import CLASSES, decide, random_decisions


def test_cells_by_hand():
    decisions = decide("PPP-", {"soft": ["PP-P"]})
    cells = affect_cells(decisions, [0.2, 0.6, 0.1, -0.9], [0.0, 0.4, -0.3, 0.5])
    assert list(cells["variant"].unique()) == ["soft"] and len(cells) == 9
    cells = cells.set_index(["true", "predicted"])
    right = cells.loc[("positive", "positive")]
    assert right["count"] == 2
    assert right[["mean_valence", "std_valence"]].to_list() == pytest.approx([0.4, np.sqrt(0.08)])  # n − 1
    assert right[["mean_arousal", "std_arousal"]].to_list() == pytest.approx([0.2, np.sqrt(0.08)])
    single = cells.loc[("negative", "positive")]
    assert single["count"] == 1 and single["mean_valence"] == -0.9 and np.isnan(single["std_valence"])
    empty = cells.loc[("neutral", "neutral")]
    assert empty["count"] == 0 and np.isnan(empty["mean_arousal"])


@given(random_decisions())
def test_cells_equal_their_slow_twin(decisions):
    rng = np.random.default_rng(1)
    valence, arousal = rng.uniform(-1, 1, (2, len(decisions)))
    for row in affect_cells(decisions, valence, arousal).itertuples():
        v, true, answer = decisions.variants.index(row.variant), CLASSES.index(row.true), CLASSES.index(row.predicted)
        inside = [
            i for s in range(len(decisions.seeds)) for i in range(len(decisions))
            if decisions.labels[i] == true and decisions.predicted[v, s, i] == answer
        ]  # fmt: skip
        assert row.count == len(inside)
        if inside:
            assert row.mean_valence == pytest.approx(mean(valence[inside]))
        if len(inside) > 1:
            assert row.std_arousal == pytest.approx(stdev(arousal[inside]))


def test_top_errors_keep_the_highest_valences_of_every_expression():
    samples = pd.DataFrame(
        {
            "sample_id": list("abcd"),
            "expression": ["sad", "happy", "sad", "sad"],
            "valence": [-0.8, 0.9, 0.3, -0.1],
            "arousal": [0.6, 0.0, -0.4, 0.2],
        }
    )
    top = top_errors(samples, per_expression=2)
    assert top["sample_id"].to_list() == ["b", "c", "d"]
    assert top["distance"].to_list() == pytest.approx([0.9, 0.5, np.hypot(0.1, 0.2)])
    assert "distance" not in samples
