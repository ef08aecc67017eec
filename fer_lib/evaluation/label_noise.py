"""How much of the error is the label's: a human ceiling, and errors by what ten raters say of the image."""

import numpy as np
import pandas as pd
from scipy import stats

from .decisions import Decisions

#: What raters say of an image, from "they contradict the label" to "they clearly agree with it".
VERDICTS = ("another class", "no majority", "label, barely", "label, clearly")


def random_rater(votes: np.ndarray, truth: np.ndarray) -> np.ndarray:
    """Expected accuracy of a rater drawn at random, against `truth`.

    Args:
        votes: int (N, K + 1), raters per class and, last, with an answer that is none of the classes.
        truth: int (N,) in 0 … K−1.

    Returns:
        float (N,) in [0, 1], the share of the raters that answer `truth`; NaN for images without votes.
    """
    return _ratio(np.take_along_axis(votes, truth[:, None], axis=1)[:, 0], votes.sum(1))


def majority_class(votes: np.ndarray) -> np.ndarray:
    """int64 (N,): the class with more votes than every other answer, those outside of the classes counted as one;
    −1 where there is none. Args: as :func:`random_rater` takes them."""
    first = votes.argmax(1)
    second, most = np.partition(votes, -2, axis=1)[:, -2:].T
    return np.where((most > second) & (first < votes.shape[1] - 1), first, -1)


def one_against_the_others(votes: np.ndarray) -> np.ndarray:
    """Expected accuracy of a random rater against the majority (:func:`majority_class`) of the image's other raters.

    Raters whose fellows have no majority are left out, so an image may have no value.

    Args:
        votes: as :func:`random_rater` takes them.

    Returns:
        float (N,) in [0, 1], NaN where no rater can be scored.
    """
    agreeing, scored = np.zeros(len(votes)), np.zeros(len(votes))
    for answer in range(votes.shape[1]):
        others = votes.copy()
        others[:, answer] -= 1
        theirs = majority_class(others)
        asked = np.where(theirs >= 0, votes[:, answer], 0)  # as many raters gave this answer
        scored += asked
        agreeing += np.where(theirs == answer, asked, 0)
    return _ratio(agreeing, scored)


def ceiling_table(votes: np.ndarray, labels: np.ndarray) -> pd.DataFrame:
    """Accuracy of humans in %, against the labels and against each other.

    Args:
        votes: int (N, K + 1), as :func:`random_rater` takes them.
        labels: int (N,).

    Returns:
        A row per ``measured against`` ("label", "majority of the other raters") and ``answers`` ("all": an answer
        outside of the classes is wrong; "classes alone": it does not count): ``accuracy``, ``low``, ``high`` (95 %
        t interval over images) and ``images``. Raters are anonymous, so how much they differ among themselves
        is not in the interval.
    """
    rows = []
    within = votes.copy()
    within[:, -1] = 0
    for answers, counts in {"all": votes, "classes alone": within}.items():
        measured = {
            "label": random_rater(counts, labels),
            "majority of the other raters": one_against_the_others(counts),
        }
        rows += [(against, answers, *_mean(values)) for against, values in measured.items()]
    return pd.DataFrame(rows, columns=["measured against", "answers", "accuracy", "low", "high", "images"])


def _mean(values: np.ndarray) -> tuple[float, float, float, int]:
    known = 100 * values[np.isfinite(values)]
    if len(known) < 2:
        return (float(known.mean()) if len(known) else np.nan), np.nan, np.nan, len(known)
    reach = stats.t.ppf(0.975, len(known) - 1) * stats.sem(known)
    return known.mean(), known.mean() - reach, known.mean() + reach, len(known)


def _ratio(part: np.ndarray, whole: np.ndarray) -> np.ndarray:
    return np.divide(part, whole, out=np.full(len(whole), np.nan), where=whole > 0)


def verdicts(labels: np.ndarray, raters: np.ndarray, agreement: np.ndarray, clear: float) -> pd.Categorical:
    """What the raters say of each label: one of `VERDICTS`.

    Args:
        raters: int (N,), their :func:`majority_class`.
        agreement: float (N,) in [0, 1], share of the raters that gave the most frequent class.
        clear: from this agreement on they agree clearly.
    """
    same = raters == labels
    code = np.select([raters < 0, ~same, agreement < clear], [1, 0, 2], default=3)
    return pd.Categorical.from_codes(code, list(VERDICTS))


def error_shares(decisions: Decisions, verdict: pd.Categorical) -> pd.DataFrame:
    """Of all images and of each variant's errors, the share in % on images with each verdict of the raters.

    Returns:
        ``variant, raters say, images, images_share, errors_share, error_rate``; seeds averaged.
    """
    wrong = decisions.wrong.mean(1)
    counts = np.bincount(verdict.codes, minlength=len(verdict.categories))
    tables = []
    for variant, errors in zip(decisions.variants, wrong, strict=True):
        by_verdict = np.bincount(verdict.codes, weights=errors, minlength=len(counts))
        tables.append(
            pd.DataFrame(
                {
                    "variant": variant,
                    "raters say": list(verdict.categories),
                    "images": counts,
                    "images_share": 100 * counts / counts.sum(),
                    "errors_share": 100 * by_verdict / max(errors.sum(), 1e-12),
                    "error_rate": 100 * _ratio(by_verdict, counts),
                }
            )
        )
    return pd.concat(tables, ignore_index=True)


def confident_disagreements(
    decisions: Decisions, raters: np.ndarray, agreement: np.ndarray, threshold: float
) -> pd.DataFrame:
    """Images on which a sure network contradicts the label and the raters' majority says what the network says.

    Args:
        raters, agreement: as :func:`verdicts` takes them.
        threshold: a training is sure from this probability on, in [0, 1].

    Returns:
        ``image`` (position among the decisions), ``label, answer`` (names), ``trainings`` that are sure (of V·S),
        their mean ``probability``, and ``agreement``; the most trainings first, then the highest probability.
    """
    sure = (decisions.predicted == raters) & (decisions.confidence >= threshold)
    sure &= (raters >= 0) & (raters != decisions.labels)
    trainings = sure.sum((0, 1))
    image = np.flatnonzero(trainings)
    total = np.where(sure, decisions.confidence, 0).sum((0, 1))[image]
    names = np.array(decisions.classes)
    table = pd.DataFrame(
        {
            "image": image,
            "label": names[decisions.labels[image]],
            "answer": names[raters[image]],
            "trainings": trainings[image],
            "probability": total / trainings[image],
            "agreement": agreement[image],
        }
    )
    return table.sort_values(["trainings", "probability"], ascending=False, kind="stable", ignore_index=True)
