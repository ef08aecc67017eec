"""How differently members answer: what an ensemble can live on (Kuncheva & Whitaker, Machine Learning 51, 2003)."""

import numpy as np


def disagreement(predicted: np.ndarray) -> np.ndarray:
    """Share of images to which two members give different answers, float (M, M) in [0, 1], 0 on the diagonal.

    Args:
        predicted: int (M, N), each member's answers.
    """
    predicted = np.asarray(predicted)
    return np.stack([(one != predicted).mean(1) for one in predicted])


def double_fault(wrong: np.ndarray) -> np.ndarray:
    """Share of images that two members both get wrong, float (M, M) in [0, 1]; on the diagonal a member's error rate.

    Args:
        wrong: bool (M, N).
    """
    wrong = np.asarray(wrong, float)
    return wrong @ wrong.T / wrong.shape[1]
