import numpy as np
import pandas as pd

from fer_lib.reporting.latex import latex_table

TABLE = pd.DataFrame(
    {"variant": ["simple_cnn", "none"], "recall (%)": [72.918, np.nan], "images": [6198, 40], "a & b": ["1.0 ± 2", "#"]}
)


def rows(text):
    return [[cell.strip() for cell in line.rstrip("\\ ").split(" & ")] for line in text.splitlines() if " & " in line]


def test_booktabs_with_numbers_on_the_right():
    text = latex_table(TABLE, "FER-2013\nhonest")
    lines = text.splitlines()
    assert lines[:3] == ["% FER-2013", "% honest", "% needs \\usepackage{booktabs}"]
    assert lines[3] == "\\begin{tabular}{lrrl}" and lines[-1] == "\\end{tabular}" and text.endswith("\n")
    assert [line for line in lines if line.startswith("\\") and "rule" in line] == [
        "\\toprule",
        "\\midrule",
        "\\bottomrule",
    ]


def test_what_latex_would_misread_is_escaped():
    text = latex_table(TABLE, "")
    assert "simple\\_cnn" in text and "recall (\\%)" in text and "a \\& b" in text and "\\#" in text


def test_numbers_have_decimals_only_where_they_are_fractions():
    assert rows(latex_table(TABLE.iloc[:, :3], "", decimals=1))[1:] == [
        ["simple\\_cnn", "72.9", "6198"],
        ["none", "--", "40"],
    ]
