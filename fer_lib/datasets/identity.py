"""Whether a split is identity-disjoint: no person (or drawn character) in two of its parts."""

import numpy as np
import pandas as pd


def identity_disjoint(subjects: np.ndarray, parts: np.ndarray) -> bool | None:
    """Whether every subject lies in one part.

    Args:
        subjects: str (N,), "" where nobody is identified.
        parts: (N,), folds or official parts.

    Returns:
        None where an image names no subject, since nobody can tell then.
    """
    subjects = pd.Series(np.asarray(subjects)).fillna("")
    if (subjects == "").any():
        return None
    return len(_straddling(subjects, parts)) == 0


def identity_sentence(subjects: np.ndarray, parts: np.ndarray) -> str:
    """What to print beside every result of the split: ``identity-disjoint: no (10 of 10 subjects …)``."""
    subjects = pd.Series(np.asarray(subjects)).fillna("")
    disjoint, known = identity_disjoint(subjects, parts), subjects.nunique()
    if disjoint is None:
        return f"identity-disjoint: unknown ({(subjects == '').sum()} of {len(subjects)} images name no subject)"
    if disjoint:
        return f"identity-disjoint: yes ({known} subjects, each in one part)"
    return f"identity-disjoint: no ({len(_straddling(subjects, parts))} of {known} subjects are in more than one part)"


def _straddling(subjects: pd.Series, parts: np.ndarray) -> np.ndarray:
    pieces = pd.Series(np.asarray(parts)).groupby(subjects.to_numpy()).nunique()
    return pieces.index[pieces > 1].to_numpy()
