"""Scores of a prediction table; scikit-learn does the arithmetic."""

import pandas as pd
from sklearn.metrics import accuracy_score, f1_score, precision_recall_fscore_support, recall_score

from ..errors import require

F1_MODES = ("of_macro", "macro")


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


def macro_scores(predictions: pd.DataFrame, f1_mode: str = "of_macro") -> dict[str, float]:
    """Accuracy, macro precision, macro recall and one of two F1, each in [0, 1].

    Args:
        predictions: rows with ``label`` and ``predicted``; of a table with a column ``split`` its test rows. Several
            seeds and folds are pooled, so a sample counts once per seed.
        f1_mode: "of_macro", the harmonic mean 2PR/(P + R) of macro precision and recall, as FERAtt's tables print it
            (Marrero Fernández et al., CVPR Workshops 2019), or "macro", the mean of the classes' F1. The first is
            never smaller (Opitz & Burst, Macro F1 and Macro F1, arXiv 1911.03347, 2019).

    Returns:
        ``accuracy, precision, recall, f1``. Means are over the classes that occur or were answered; a class without
        answers has precision 0, one without samples recall 0.

    Raises:
        InputError: an unknown `f1_mode`, or nothing to score.
    """
    require(f1_mode in F1_MODES, f"f1_mode {f1_mode!r} is unknown (known: {', '.join(F1_MODES)})")
    test = predictions[predictions["split"] == "test"] if "split" in predictions else predictions
    require(len(test) > 0, "macro scores need predictions with test rows")
    truth, predicted = test["label"], test["predicted"]
    precision, recall, f1, _ = precision_recall_fscore_support(truth, predicted, average="macro", zero_division=0)
    if f1_mode == "of_macro":
        f1 = 2 * precision * recall / (precision + recall) if precision + recall else 0.0
    values = {"accuracy": accuracy_score(truth, predicted), "precision": precision, "recall": recall, "f1": f1}
    return {name: float(value) for name, value in values.items()}


def majority_share(labels) -> float:
    """Accuracy in [0, 1] of always answering the most frequent class; stands beside every result."""
    return float(pd.Series(labels).value_counts(normalize=True).max())
