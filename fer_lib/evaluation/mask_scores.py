"""How well a generator's masks meet the motion masks of the true class."""

import pandas as pd

ALL = "all"


def mask_errors(table: pd.DataFrame, classes) -> pd.DataFrame:
    """Mask scores of each class and of all images, per training stage.

    Args:
        table: a run's ``masks.parquet``, or those of several runs of one variant: a row per tested image and stage
            with ``stage``, ``label``, ``error``, ``correlation``, ``nearest``.
        classes: K names, by label.

    Returns:
        A row per stage and class, and one named "all" after each stage's classes: ``stage``, ``class``, ``samples``;
        ``error``, the mean squared error to the mask of the own class in [0, 1]; ``correlation`` with it (Pearson;
        images whose mask is constant have none); ``nearest_correct``, for how many (%) the own class's mask has
        the smallest error of all classes. Means over images; NaN for a class without any.
    """
    rows = []
    for stage in table["stage"].unique():
        here = table[table["stage"] == stage]
        parts = {name: here[here["label"] == label] for label, name in enumerate(classes)} | {ALL: here}
        rows += [{"stage": stage, "class": name} | _means(part) for name, part in parts.items()]
    return pd.DataFrame(rows, columns=["stage", "class", "samples", "error", "correlation", "nearest_correct"])


def _means(part: pd.DataFrame) -> dict:
    return {
        "samples": len(part),
        "error": part["error"].mean(),
        "correlation": part["correlation"].mean(),
        "nearest_correct": 100 * (part["nearest"] == part["label"]).mean(),
    }
