"""The critical-difference diagram shows ranks, names and what belongs together."""

import numpy as np
import pandas as pd
import pytest

from fer_lib.evaluation.statistics import compare_ranks
from fer_lib.reporting.figures import critical_difference_diagram


def comparison(means, correlation=0.0):
    scores = np.random.default_rng(0).normal(means, 0.1, (15, len(means)))
    return compare_ranks(pd.DataFrame(scores, columns=[f"v{i}" for i in range(len(means))]), correlation=correlation)


def test_variants_that_are_not_told_apart_share_a_bar():
    axis = critical_difference_diagram(comparison([0, 0, 9, 9]), "title").axes[0]
    bars = [line for line in axis.get_lines() if line.get_linewidth() == 3]
    ranks = comparison([0, 0, 9, 9]).ranks
    assert sorted(sorted(bar.get_xdata()) for bar in bars) == [
        pytest.approx(sorted(ranks[["v2", "v3"]])), pytest.approx(sorted(ranks[["v0", "v1"]]))
    ]  # fmt: skip
    assert {text.get_text().strip() for text in axis.texts} == {
        *(f"{name} {ranks[name]:.2f}" for name in ("v2", "v3")), *(f"{ranks[name]:.2f} {name}" for name in ("v0", "v1"))
    }  # fmt: skip
    assert "15 blocks, taken as independent" in axis.get_xlabel()


@pytest.mark.parametrize("variants", [3, 9])
def test_any_number_of_variants_from_three(variants):
    found = comparison(np.linspace(0, 1, variants), correlation=0.2)
    axis = critical_difference_diagram(found, "title").axes[0]
    assert len(axis.texts) == variants
    assert (axis.get_title(loc="left") or axis.get_title()) == "title"
    assert f"critical difference {found.critical_difference:.2f} at 5 %" in axis.get_xlabel()
    assert "correlated by 0.20" in axis.get_xlabel()
