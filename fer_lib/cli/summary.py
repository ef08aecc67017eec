"""The last words of `make study`: where to look, and the result in a few lines."""

from pathlib import Path

import pandas as pd

from ..artifacts import require_card
from ..reporting.first_page import GUIDED
from ..reporting.tables import result_table


def summary(reports: Path) -> str:
    """Path of the book's first page and the result table of the guided transformers.

    Raises:
        InputError: the study has not been completed in this folder.
    """
    require_card(reports / "book", f"run make study PROFILE={reports.name}")
    results = reports / GUIDED / "tables" / "results.csv"
    shown = result_table(pd.read_csv(results)).to_string(index=False) + "\n" if results.is_file() else ""
    return f"\n{shown}\n\nBook: {(reports / 'book' / 'html' / 'index.html').resolve()}"
