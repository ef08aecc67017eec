"""Where the book's figures and tables come from: a link under each to its notebook's card, and a page of all cards."""

import shutil
from collections.abc import Iterator
from functools import cached_property
from html import escape
from pathlib import Path

import nbformat
import pandas as pd
import yaml

from ..artifacts import read_card
from ..parameters import project_root

PROVENANCE = "provenance"
CARDS = "_static/cards"


class Provenance:
    """The cards of one report.

    Args:
        reports: ``reports/<profile>``.
        notebooks: names of the executed notebooks, in order.
    """

    def __init__(self, reports: Path, notebooks: list[str]):
        self.reports = reports
        self.stages = {name: read_card(reports / name) for name in notebooks}

    @cached_property
    def runs(self) -> dict[str, dict]:
        """Cards of complete runs by name."""
        return {path.parent.name: read_card(path.parent) for path in sorted(self.reports.glob("runs/*/card.json"))}

    @cached_property
    def _needs(self) -> dict[str, list[str]]:
        """Which notebooks each one needs, as its profile says; nothing where that is not here."""
        path = project_root() / "notebooks" / "profiles" / f"{self.reports.name}.yaml"
        if not path.is_file():
            return {}
        entries = yaml.safe_load(path.read_text(encoding="utf-8"))["notebooks"]
        return {name: (entry or {}).get("needs", []) for name, entry in entries.items()}

    def runs_of(self, stage: str) -> list[str]:
        """The runs that a notebook's card names, and those of the notebooks that it needs."""
        named = set(_words(self.stages.get(stage))) & self.runs.keys()
        return sorted(named.union(*(self.runs_of(needed) for needed in self._needs.get(stage, []))))

    def line(self, stage: str) -> str:
        """A paragraph of HTML: the card of what stands above it, the code, the day, the runs."""
        card = self.stages.get(stage)
        if card is None:
            return '<p class="provenance">No card: this notebook did not come to its end.</p>'
        runs = self.runs_of(stage)
        parts = [_link(f"{CARDS}/{stage}.json", f"Card of {stage}"), f"code {_code(card)}", card["written"][:10]]
        if runs:
            parts.append(_link(f"{PROVENANCE}.html#{stage}", f"cards of {len(runs)} run{'s' * (len(runs) > 1)}"))
        return f'<p class="provenance">{" · ".join(parts)}</p>'

    def add_lines(self, notebook: nbformat.NotebookNode, stage: str) -> nbformat.NotebookNode:
        """The notebook with :meth:`line` under each cell that shows a figure or a table."""
        cells = []
        for cell in notebook.cells:
            cells.append(cell)
            if any(_shown(output) for output in cell.get("outputs", [])):
                cells.append(nbformat.v4.new_markdown_cell(self.line(stage)))
        notebook.cells = cells
        return notebook

    def page(self) -> str:
        """All cards, a section for each notebook, in Markdown."""
        parts = [
            "# Provenance",
            "What made the figures and tables of this book. A card says with which parameters, code, packages and data "
            "something was made; the links lead to the cards themselves.",
        ]
        for stage, card in self.stages.items():
            parts += [f'<span id="{escape(stage)}"></span>\n\n## {stage}', self.line(stage)]
            if card:
                facts = pd.DataFrame(_facts(card), columns=["fact", "value"])
                parts.append(facts.to_markdown(index=False, disable_numparse=True, tablefmt="github"))
            if runs := self.runs_of(stage):
                rows = pd.DataFrame([self._row(run) for run in runs])
                parts.append(rows.to_markdown(index=False, disable_numparse=True))
        return "\n\n".join(parts) + "\n"

    def _row(self, run: str) -> dict:
        card = self.runs[run]
        return {
            "run": _link(f"{CARDS}/runs/{run}.json", run),
            "data": str(card["parameters"].get("content", "–")),
            "code": _code(card),
            "device": escape(", ".join(card.get("device", []))) or "–",
            "trained": card["written"][:10],
        }

    def copy_cards(self, source: Path) -> None:
        """Put the cards where the links lead, below the book's source."""
        folder = source / CARDS
        (folder / "runs").mkdir(parents=True)
        for stage, card in self.stages.items():
            if card is not None:
                shutil.copy(self.reports / stage / "card.json", folder / f"{stage}.json")
        for run in self.runs:
            shutil.copy(self.reports / "runs" / run / "card.json", folder / "runs" / f"{run}.json")


def _link(address: str, text: str) -> str:
    return f'<a href="{escape(address)}">{escape(text)}</a>'


def _code(card: dict) -> str:
    return escape(str(card["revision"])[:10] + (" with local changes" if card["dirty"] else ""))


def _facts(card: dict) -> Iterator[tuple[str, str]]:
    for name, content in card.get("data", {}).items():
        yield f"data {name}", content
    yield "packages", ", ".join(f"{name} {version}" for name, version in card["packages"].items())
    yield "machine", ", ".join(str(value) for value in card["machine"].values())
    yield "seconds", str(card.get("seconds", "–"))


def _words(value: object) -> Iterator[str]:
    """Every text in a card, however deep."""
    if isinstance(value, str):
        yield value
    for part in value.values() if isinstance(value, dict) else value if isinstance(value, list) else ():
        yield from _words(part)


def _shown(output: nbformat.NotebookNode) -> bool:
    data = output.get("data", {})
    return any(kind.startswith("image/") for kind in data) or "<table" in data.get("text/html", "")
