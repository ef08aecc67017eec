"""Scores of a prediction table; scikit-learn does the arithmetic."""

import pandas as pd
from sklearn.metrics import accuracy_score, f1_score, precision_recall_fscore_support, recall_score


def scores(predictions: pd.DataFrame) -> dict[str, float]:
    """Accuracy, balanced accuracy and macro-F1 in [0, 1], and how many samples were scored.

    Args:
        predictions: rows with ``label`` and ``predicted``, each sample once.
    """
    truth, predicted = predictions["label"], predictions["predicted"]
    return {
        "accuracy": accuracy_score(truth, predicted),
        # mean recall of the classes that are tested: balanced_accuracy_score warns where another one is answered
        "balanced_accuracy": recall_score(truth, predicted, labels=truth.unique(), average="macro"),
        "macro_f1": f1_score(truth, predicted, average="macro", zero_division=0),
        "samples": len(predictions),
    }


def fold_scores(predictions: pd.DataFrame) -> pd.DataFrame:
    """:func:`scores` of the test rows of every training: index ``(seed, fold)``, one column per score.

    Args:
        predictions: prediction tables of one variant; without a column ``seed`` they count as seed 0.
    """
    test = predictions[predictions["split"] == "test"]
    seed = test["seed"] if "seed" in test else pd.Series(0, index=test.index, name="seed")
    rows = {key: scores(part) for key, part in test.groupby([seed, "fold"])}
    return pd.DataFrame(rows.values(), index=pd.MultiIndex.from_tuples(rows, names=["seed", "fold"]))


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
