"""Decisions by hand, and at random."""

import numpy as np
from hypothesis import strategies as st

from fer_lib.evaluation.decisions import Decisions

CLASSES = ("neutral", "positive", "negative")
LETTERS = "nP-"  # neutral, positive, negative


def decide(labels: str, answers: dict[str, list[str]], folds=None, confidence=None) -> Decisions:
    """``decide("nP-", {"soft": ["nPP", "n--"]})``: three images, one variant, two seeds; a letter is a class.

    Without `folds` images go to folds 0 and 1 in turn; without `confidence` every answer is certain.
    """
    predicted = np.array([[[LETTERS.index(c) for c in seed] for seed in seeds] for seeds in answers.values()])
    n = len(labels)
    return Decisions(
        variants=tuple(answers),
        seeds=tuple(range(predicted.shape[1])),
        classes=CLASSES,
        rows=np.arange(n),
        labels=np.array([LETTERS.index(c) for c in labels]),
        folds=np.arange(n) % 2 if folds is None else np.array(folds),
        predicted=predicted,
        confidence=np.ones(predicted.shape, np.float32) if confidence is None else np.array(confidence, np.float32),
    )


@st.composite
def random_decisions(draw, variants=4, seeds=3, images=40):
    """Up to so many of each; answers are random, so that all kinds of mistakes occur."""
    v, s, n = draw(st.integers(1, variants)), draw(st.integers(1, seeds)), draw(st.integers(4, images))
    rng = np.random.default_rng(draw(st.integers(0, 2**32 - 1)))
    labels = rng.integers(0, 3, n)
    right = rng.random((v, s, n)) < rng.random(n)  # some images are harder than others
    return Decisions(
        variants=tuple(f"v{i}" for i in range(v)),
        seeds=tuple(range(s)),
        classes=CLASSES,
        rows=np.arange(n),
        labels=labels,
        folds=rng.permutation(np.arange(n) % 2),
        predicted=np.where(right, labels, rng.integers(0, 3, (v, s, n))),
        confidence=rng.uniform(0.34, 1, (v, s, n)).astype(np.float32),
    )
