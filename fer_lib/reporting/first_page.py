"""The book's first page, in Markdown."""

import json
from collections.abc import Sequence
from pathlib import Path

import pandas as pd

from .provenance import Provenance
from .tables import result_table

GUIDED = "03_guided_spatial_transformers"


def first_page(reports: Path, notebooks: Sequence[str], pages: Sequence[str], provenance: Provenance) -> str:
    """What the study asks, its results so far, and where everything is.

    Args:
        reports: ``reports/<profile>``.
        notebooks: names of the executed notebooks, in order.
        pages: names of the pages of reference, in order.
        provenance: of `reports`.
    """
    parts = [
        "# Attention in facial expression recognition",
        "An open, reproducible study: published systems under one honest protocol. The data that selects a model "
        "is not the data that reports it, comparisons are paired, and each number comes from a run with a card.",
        *_results(reports, provenance),
        "## Notebooks",
        _contents("Notebooks", notebooks),
    ]
    if pages:
        parts += ["## Reference", _contents("Reference", pages)]
    return "\n\n".join(parts) + "\n"


def _contents(caption: str, names: Sequence[str]) -> str:
    return f"```{{toctree}}\n:maxdepth: 1\n:caption: {caption}\n\n" + "\n".join(names) + "\n```"


def _results(reports: Path, provenance: Provenance) -> list[str]:
    stage = reports / GUIDED
    table, card = stage / "tables" / "results.csv", stage / "card.json"
    if not (table.is_file() and card.is_file()):
        return [f"*The profile {reports.name} has no results of notebook 03 yet.*"]
    facts = json.loads(card.read_text(encoding="utf-8"))
    parameters = facts["parameters"]
    data = f"**{parameters['dataset']}**"
    if parameters["dataset"] == "synthetic":
        data = "**synthetic faces**, not photographs: they show that the study runs, not how people look"
    minutes = facts["training_seconds"] / 60
    return [
        "## Guided spatial transformers",
        f"Profile `{reports.name}`; data: {data}. {parameters['folds']} folds (`{parameters['fold_scheme']}`), "
        f"protocol `{parameters['protocol']}` (the epoch is chosen on the {facts['selected_on']}), up to "
        f"{parameters['epochs']} epochs, {minutes:.1f} core-minutes of training, trained by revision "
        f"{', '.join(facts['trained_by'])}.",
        result_table(pd.read_csv(table)).to_markdown(index=False),
        provenance.line(GUIDED),
        f"```{{figure}} _static/{GUIDED}-accuracy.png\n"
        ":alt: Accuracy of every variant with intervals, folds as dots, the majority class as a dashed line\n\n"
        "Accuracy of every fold (dots) and variant (mean with 95 % interval).\n```",
        provenance.line(GUIDED),
    ]
