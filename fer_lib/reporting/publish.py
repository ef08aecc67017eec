"""The part of a report that may be shown to everyone: numbers and plots, no people, no labels, no weights."""

import shutil
import tempfile
from pathlib import Path

from ..artifacts import require_card

SHOWN = (
    "[0-9]*/card.json",
    "[0-9]*/tables/*.csv",
    "[0-9]*/tables/*.md",
    "[0-9]*/html/*.html",
    "[0-9]*/figures/*",
    "[0-9]*/latex/*.tex",
    "runs/*/card.json",
    "runs/*/history.parquet",
)


def publish(reports: Path) -> Path:
    """Copy cards, tables, plots and training histories to ``reports/published/<profile>``.

    Pictures of faces (``pictures/``), executed notebooks, predictions (they hold labels) and weights
    stay behind. The copy is apart from the report itself, so that nobody's graph takes a published
    card for finished work.

    Returns:
        the folder, made anew.

    Raises:
        InputError: the study in `reports` is not complete.
    """
    reports = Path(reports)
    require_card(reports / "book", f"run make study PROFILE={reports.name}")
    target = reports.parent / "published" / reports.name
    target.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix=".publishing-", dir=target.parent) as scratch:
        for pattern in SHOWN:
            for path in sorted(reports.glob(pattern)):
                copy = Path(scratch) / "report" / path.relative_to(reports)
                copy.parent.mkdir(parents=True, exist_ok=True)
                shutil.copyfile(path, copy)
        if target.exists():
            target.rename(Path(scratch) / "before")
        (Path(scratch) / "report").rename(target)
    return target
