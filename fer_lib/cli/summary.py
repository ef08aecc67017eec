"""The last words of `make study`: where to look, and the result in a few lines."""

from pathlib import Path

import pandas as pd

from ..artifacts import require_card
from ..reporting.tables import result_table

RESULTS = Path("03_guided_spatial_transformers/tables/results.csv")


def summary(reports: Path) -> str:
    """Path of the book's first page and the result table of the guided transformers.

    Raises:
        InputError: the study has not been completed in this folder.
    """
    require_card(reports / "book", f"run make study PROFILE={reports.name}")
    shown = result_table(pd.read_csv(reports / RESULTS)).to_string(index=False)
    return f"\n{shown}\n\nBook: {(reports / 'book' / 'html' / 'index.html').resolve()}"
