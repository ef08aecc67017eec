"""Prediction tables by hand."""

import numpy as np
import pandas as pd
import pytest


def predictions(folds: dict[int, list[tuple[int, int]]], split="test") -> pd.DataFrame:
    """``{fold: [(label, predicted), …]}`` as a prediction table."""
    rows = [
        {"sample_id": f"{fold}-{i}", "fold": fold, "split": split, "label": label, "predicted": predicted}
        for fold, pairs in folds.items()
        for i, (label, predicted) in enumerate(pairs)
    ]
    return pd.DataFrame(rows)


@pytest.fixture
def table_with():
    """``table_with([0.5, 0.6], n=10)``: ten tested samples per fold, with these accuracies."""

    def make(accuracies, n=10):
        folds = {}
        for fold, accuracy in enumerate(accuracies):
            labels = np.arange(n) % 2
            right = np.arange(n) < round(accuracy * n)
            folds[fold] = [(int(a), int(a if ok else 1 - a)) for a, ok in zip(labels, right, strict=True)]
        return predictions(folds)

    return make
