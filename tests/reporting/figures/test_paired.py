"""The forest plot shows the numbers it is given."""

import pandas as pd
import pytest

from fer_lib.reporting.figures import paired_intervals


def test_each_difference_is_drawn_in_its_variants_row():
    table = pd.DataFrame(
        {
            "variant": ["soft", "soft", "binary", "binary"],
            "baseline": ["none", "noise"] * 2,
            "difference": [1.0, 2.0, -1.0, 0.5],
            "low": [0.0, 1.0, -3.0, 0.0],
            "high": [2.0, 3.0, 1.0, 1.0],
        }
    )
    axis = paired_intervals(table, "title").axes[0]
    assert [label.get_text() for label in axis.get_yticklabels()] == ["soft", "binary"]
    none, noise = (container.lines[0] for container in axis.containers)
    assert none.get_xdata().tolist() == [1.0, -1.0] and noise.get_xdata().tolist() == [2.0, 0.5]
    assert none.get_ydata().round().tolist() == noise.get_ydata().round().tolist() == [0, 1]
    (bars,) = axis.containers[0].lines[2]
    assert bars.get_segments()[1][:, 0].tolist() == pytest.approx([-3.0, 1.0])
