"""The book: executed notebooks, a first page and pages of reference, rendered by Sphinx and myst-nb."""

import shutil
import subprocess
import tempfile
from importlib.resources import as_file, files
from pathlib import Path

import nbformat

from ..artifacts import in_turn, save_text, write_card
from ..artifacts.cards import CARD
from ..errors import InputError, require
from ..lifetime import following
from .first_page import first_page
from .provenance import PROVENANCE, Provenance

EXECUTED = "notebooks"
PAGES = ("bad_input", "faults", "cluster")  # of fer_lib/reporting/pages, in this order


def build_book(reports: Path) -> Path:
    """Render ``reports/<profile>/notebooks/*.ipynb`` into ``reports/<profile>/book/html``.

    The old pages stay until the new ones are complete. No page needs the network.

    Returns:
        path of the first page.

    Raises:
        InputError: there is no executed notebook, or Sphinx stopped with an error.
    """
    reports = Path(reports)
    # Snakemake makes an empty one of a notebook that failed before it was executed
    notebooks = sorted(path for path in (reports / EXECUTED).glob("[!.]*.ipynb") if path.stat().st_size)
    require(bool(notebooks), f"{reports / EXECUTED}: no executed notebook; run make study PROFILE={reports.name} first")
    book = reports / "book"
    book.mkdir(parents=True, exist_ok=True)
    with in_turn(book):
        _render(book, notebooks, reports)
        errors = sum(_error_outputs(path) for path in notebooks)
        write_card(
            book,
            "book",
            {"notebooks": [path.stem for path in notebooks]},
            pages=2 + len(notebooks) + len(PAGES),
            error_cells=errors,
        )
    return (book / "html" / "index.html").resolve()


def _render(book: Path, notebooks: list[Path], reports: Path) -> None:
    for killed in book.glob(".building-*"):
        shutil.rmtree(killed)
    with tempfile.TemporaryDirectory(prefix=".building-", dir=book) as scratch:
        source, html = Path(scratch) / "source", Path(scratch) / "html"
        _collect(source, notebooks, reports)
        words = following("sphinx", "-q", "-b", "html", str(source), str(html))
        done = subprocess.run(words, capture_output=True, text=True, check=False)
        save_text(book / "sphinx.log", done.stdout + done.stderr)
        if done.returncode:
            last = (done.stderr.strip().splitlines() or ["no message"])[-1]
            raise InputError(f"the book of {reports} could not be rendered: {last} ({book / 'sphinx.log'})")
        (book / CARD).unlink(missing_ok=True)  # no card vouches for pages that are being exchanged
        shutil.rmtree(book / "html", ignore_errors=True)
        html.rename(book / "html")


def _collect(source: Path, notebooks: list[Path], reports: Path) -> None:
    theme = files("fer_lib.reporting") / "book_theme"
    with as_file(theme) as folder:
        (source / "_static").mkdir(parents=True)
        shutil.copy(folder / "conf.py", source)
        shutil.copy(folder / "book.css", source / "_static")
    names = [path.stem for path in notebooks]
    provenance = Provenance(reports, names)
    provenance.copy_cards(source)
    (source / f"{PROVENANCE}.md").write_text(provenance.page(), encoding="utf-8")
    for path in notebooks:
        executed = _for_readers(nbformat.read(path, as_version=4))
        nbformat.write(provenance.add_lines(executed, path.stem), source / path.name)
    for figure in reports.glob("*/figures/*.png"):
        shutil.copy(figure, source / "_static" / f"{figure.parts[-3]}-{figure.name}")
    for name in PAGES:
        with as_file(files("fer_lib.reporting") / "pages" / f"{name}.md") as page:
            shutil.copy(page, source)
    index = first_page(reports, names, [*PAGES, PROVENANCE], provenance)
    (source / "index.md").write_text(index, encoding="utf-8")


def _for_readers(notebook: nbformat.NotebookNode) -> nbformat.NotebookNode:
    """Fold the cell that papermill adds: the validated parameters stand in a table below it."""
    for cell in notebook.cells:
        tags = cell.metadata.get("tags", [])
        if "injected-parameters" in tags:
            cell.metadata["tags"] = [*tags, "hide-input"]
    return notebook


def _error_outputs(path: Path) -> int:
    cells = nbformat.read(path, as_version=4).cells
    return sum(output.output_type == "error" for cell in cells for output in cell.get("outputs", []))
