"""Tables for papers: booktabs, ready for ``\\input``."""

import pandas as pd
from tabulate import tabulate


def latex_table(table: pd.DataFrame, comment: str, decimals: int = 2) -> str:
    """A ``tabular`` in booktabs style; special characters are escaped.

    Args:
        table: the first column names the rows; numbers are aligned right, floats get `decimals`, NaN is "--".
        comment: what the numbers are, as LaTeX comments above the table.
    """
    texts = table.apply(lambda column: column.map(lambda value: _text(value, decimals)))
    align = ["right" if pd.api.types.is_numeric_dtype(kind) else "left" for kind in table.dtypes]
    body = tabulate(
        texts, headers=list(table), tablefmt="latex_booktabs", showindex=False, disable_numparse=True, colalign=align
    )
    lines = [f"% {line}" for line in comment.splitlines()]
    return "\n".join([*lines, "% needs \\usepackage{booktabs}", body]) + "\n"


def _text(value: object, decimals: int) -> str:
    if pd.isna(value):
        return "--"
    return f"{value:.{decimals}f}" if isinstance(value, float) else str(value)
