"""Valence and arousal of right and wrong answers."""

import numpy as np
import pandas as pd

from .decisions import Decisions


def affect_cells(decisions: Decisions, valence: np.ndarray, arousal: np.ndarray) -> pd.DataFrame:
    """Affect in each cell of each variant's confusion matrix.

    Args:
        valence, arousal: float (N,) in [-1, 1].

    Returns:
        A row per variant, true and predicted class: ``count`` (decisions of all seeds), ``mean_valence``,
        ``std_valence``, ``mean_arousal``, ``std_arousal``; sample standard deviations (n − 1). NaN where a
        cell has too few decisions.
    """
    seeds, classes = len(decisions.seeds), list(decisions.classes)
    repeated = {
        "true": pd.Categorical.from_codes(np.tile(decisions.labels, seeds), classes),
        "valence": np.tile(np.asarray(valence, float), seeds),
        "arousal": np.tile(np.asarray(arousal, float), seeds),
    }
    tables = []
    for variant, predicted in zip(decisions.variants, decisions.predicted, strict=True):
        rows = pd.DataFrame({**repeated, "predicted": pd.Categorical.from_codes(predicted.ravel(), classes)})
        cells = rows.groupby(["true", "predicted"], observed=False)
        values = {
            f"{name}_{column}": cells[column].agg(name) for column in ("valence", "arousal") for name in ("mean", "std")
        }
        table = pd.DataFrame({"count": cells.size(), **values}).reset_index()
        tables.append(table.astype({"true": object, "predicted": object}).assign(variant=variant))
    table = pd.concat(tables, ignore_index=True)
    return table[["variant", *table.columns.drop("variant")]]


def top_errors(samples: pd.DataFrame, per_expression: int = 20) -> pd.DataFrame:
    """The `per_expression` samples of highest valence of every expression, with their distance from the
    centre of the affect plane.

    Args:
        samples: rows with ``expression``, ``valence``, ``arousal``.

    Returns:
        The rows sorted by expression and falling valence, with the new column ``distance`` = √(v² + a²).
    """
    ordered = samples.assign(distance=np.hypot(samples["valence"], samples["arousal"])).sort_values(
        ["expression", "valence"], ascending=[True, False], kind="stable"
    )
    return ordered.groupby("expression").head(per_expression).reset_index(drop=True)
