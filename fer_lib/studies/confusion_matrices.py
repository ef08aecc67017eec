"""Notebook 11: confusion matrices, scores per class, and both as LaTeX."""

from typing import ClassVar

import numpy as np
import pandas as pd

from ..artifacts import save_text
from ..datasets import FaceSet
from ..evaluation.confusion import METRICS, confusion_counts, row_shares
from ..evaluation.decisions import Decisions
from ..reporting.latex import latex_table
from ..reporting.stage import Stage
from .trained_runs import TrainedParameters, TrainedRuns


class ConfusionParameters(TrainedParameters):
    notebook: ClassVar[str] = "11_confusion_matrices"


def pooled(decisions: Decisions) -> dict[str, np.ndarray]:
    """Confusion matrix of each variant over all folds and seeds, int (K, K)."""
    return dict(zip(decisions.variants, confusion_counts(decisions).sum((1, 2)), strict=True))


def by_fold(decisions: Decisions) -> np.ndarray:
    """Confusion matrices of each variant and fold over all seeds, int (V, F, K, K)."""
    return confusion_counts(decisions).sum(1)


def by_expression(faces: FaceSet, decisions: Decisions) -> tuple[list[str], dict[str, np.ndarray]]:
    """What each expression is taken for: names of the E expressions, and int (E, K) per variant over all folds
    and seeds. Expressions are ordered by their polarity. A set without expressions has its classes."""
    names = list(decisions.classes)
    codes = decisions.labels
    if "expression" in faces.samples:
        order = faces.samples.assign(polarity=decisions.labels).groupby("expression")["polarity"].first()
        names = list(order.sort_values(kind="stable").index)
        codes = pd.Categorical(faces.samples["expression"], categories=names).codes
    counts = confusion_counts(decisions, codes, len(names)).sum((1, 2))
    return names, dict(zip(decisions.variants, counts, strict=True))


def long_table(matrices: dict[str, np.ndarray], rows, columns) -> pd.DataFrame:
    """A row per variant, true and predicted name: ``count`` and ``share`` in % of the row."""
    index = pd.MultiIndex.from_product([matrices, rows, columns], names=["variant", "true", "predicted"])
    counts = np.stack(list(matrices.values()))
    return pd.DataFrame({"count": counts.ravel(), "share": row_shares(counts).ravel()}, index=index).reset_index()


def matrix_for_paper(matrices: dict[str, np.ndarray], rows, columns) -> pd.DataFrame:
    """A row per variant and true name, a column per predicted one: ``"70.4 (11755)"`` is % of the row and count."""
    lines = []
    for variant, counts in matrices.items():
        for name, shares, numbers in zip(rows, row_shares(counts), counts, strict=True):
            cells = [f"{share:.1f} ({n})" for share, n in zip(shares, numbers, strict=True)]
            lines.append([variant, name, *cells])
    return pd.DataFrame(lines, columns=["variant", "true", *columns])


def average_for_readers(average: pd.DataFrame) -> pd.DataFrame:
    """``"653.4 ± 45.3"`` per variant and true class (rows) and predicted class (columns).

    Args:
        average: as :func:`~fer_lib.evaluation.confusion.mean_matrices` makes it.
    """
    cells = average["mean"].map("{:.1f}".format) + " ± " + average["sd"].map("{:.1f}".format)
    long = cells.to_frame("cell").set_index(pd.MultiIndex.from_frame(average[["variant", "true", "predicted"]]))["cell"]
    return long.unstack(sort=False)


def classes_for_paper(table: pd.DataFrame) -> pd.DataFrame:
    """Precision, recall and F1 with half the width of their intervals: ``"72.9 ± 1.6"``.

    Args:
        table: as :func:`~fer_lib.evaluation.confusion.class_table` makes it.
    """
    out = table[["variant", "class", "images"]].copy()
    for metric in METRICS:
        half = (table[f"{metric}_high"] - table[f"{metric}_low"]) / 2
        out[f"{metric} (%)"] = [f"{mean:.1f} ± {reach:.1f}" for mean, reach in zip(table[metric], half, strict=True)]
    return out


def write_latex(stage: Stage, tables: dict[str, pd.DataFrame], trained: TrainedRuns, decisions: Decisions) -> None:
    """Save each table as ``latex/<name>.tex`` with what its numbers rest on."""
    parameters = stage.parameters
    folds, seeds = len(np.unique(decisions.folds)), len(decisions.seeds)
    basis = (
        f"{parameters['dataset']}, {parameters['label_space']}, {len(decisions)} images, {folds} folds, "
        f"{seeds} seed{'s' if seeds > 1 else ''}, protocol {trained.protocol}"
    )
    for name, table in tables.items():
        path = stage.folder / "latex" / f"{name}.tex"
        save_text(path, latex_table(table, basis))
        stage.files.append(str(path.relative_to(stage.folder)))


def most_confused(pairs: pd.DataFrame) -> str:
    """Each variant's most frequent confusion, in a sentence.

    Args:
        pairs: as :func:`~fer_lib.evaluation.confusion.confused_pairs` makes it.
    """
    first = pairs.groupby("variant", sort=False).first()
    parts = [
        f"{variant}: {row['true']} taken for {row['predicted']} ({row['rate']:.1f} % of the class, "
        f"{row['share of errors']:.0f} % of the errors)"
        for variant, row in first.iterrows()
    ]
    return "Most frequent confusion. " + "; ".join(parts) + "."
