"""The stacked bars are the variances of the table."""

import pandas as pd
import pytest

from fer_lib.reporting.figures import variance_bars

ROWS = [
    ("none", "–", 2.0, 1.0, 0.5),
    ("soft", "–", 1.0, 0.0, 0.5),
    ("soft", "none", 0.1, 0.2, 0.4),
]
TABLE = pd.DataFrame(ROWS, columns=["variant", "baseline", "sd_fold", "sd_seed", "sd_residual"])


def test_variances_stack_from_left_to_right():
    figure = variance_bars(TABLE, "title")
    scores, differences = figure.axes
    ends = [[round(p.get_x() + p.get_width(), 6) for p in c.patches] for c in scores.containers]
    assert ends == [[4.0, 1.0], [5.0, 1.0], [5.25, 1.25]]
    assert [label.get_text() for label in scores.get_yticklabels()] == ["none", "soft"]
    assert (differences.get_title(loc="left") or differences.get_title()) == "difference to none"
    assert sum(p.get_width() for p in differences.patches) == pytest.approx(0.01 + 0.04 + 0.16)
    (legend,) = figure.legends
    assert [text.get_text() for text in legend.get_texts()] == ["folds", "seeds", "fold × seed and noise"]


def test_scores_alone_have_one_panel():
    assert len(variance_bars(TABLE.head(2), "title").axes) == 1
