"""Scores of a prediction table; scikit-learn does the arithmetic."""

import pandas as pd
from sklearn.metrics import accuracy_score, balanced_accuracy_score, f1_score, precision_recall_fscore_support


def scores(predictions: pd.DataFrame) -> dict[str, float]:
    """Accuracy, balanced accuracy and macro-F1 in [0, 1], and how many samples were scored.

    Args:
        predictions: rows with ``label`` and ``predicted``, each sample once.
    """
    truth, predicted = predictions["label"], predictions["predicted"]
    return {
        "accuracy": accuracy_score(truth, predicted),
        "balanced_accuracy": balanced_accuracy_score(truth, predicted),
        "macro_f1": f1_score(truth, predicted, average="macro", zero_division=0),
        "samples": len(predictions),
    }


def fold_scores(predictions: pd.DataFrame) -> pd.DataFrame:
    """:func:`scores` of the test rows of every fold: index ``fold``, one column per score."""
    test = predictions[predictions["split"] == "test"]
    return pd.DataFrame({fold: scores(rows) for fold, rows in test.groupby("fold")}).T.rename_axis("fold")


def class_scores(predictions: pd.DataFrame, classes) -> pd.DataFrame:
    """Precision, recall, F1 in [0, 1] and support per class, over all test rows."""
    test = predictions[predictions["split"] == "test"]
    values = precision_recall_fscore_support(
        test["label"], test["predicted"], labels=range(len(classes)), zero_division=0
    )
    return pd.DataFrame(dict(zip(("precision", "recall", "f1", "support"), values, strict=True)), index=list(classes))


def majority_share(labels) -> float:
    """Accuracy in [0, 1] of always answering the most frequent class; stands beside every result."""
    return float(pd.Series(labels).value_counts(normalize=True).max())
