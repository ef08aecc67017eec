"""Do the predicted probabilities mean what they say?"""

import numpy as np
import pandas as pd

BINS = 15  # as in Guo et al. 2017


def brier_score(probabilities: np.ndarray, labels: np.ndarray) -> float:
    """Mean squared distance of the probabilities (N, K) from the truth (N,), in [0, 2]; 0 is best (Brier, Monthly
    Weather Review 78, 1950). Always answering 1/K gives 1 − 1/K."""
    probabilities = np.asarray(probabilities, float)
    truth = np.eye(probabilities.shape[1])[np.asarray(labels)]
    return float(((probabilities - truth) ** 2).sum(1).mean())


def reliability(probabilities: np.ndarray, labels: np.ndarray, bins: int = BINS) -> pd.DataFrame:
    """How often answers are right, by how sure they are: a row per bin of equal width ``(low, high]`` of the predicted
    class's probability, with ``images`` and the means ``confidence`` and ``accuracy`` in [0, 1] (NaN in empty bins).

    Args:
        probabilities: (N, K), rows sum to 1; labels: int (N,).
    """
    probabilities = np.asarray(probabilities, float)
    confidence = probabilities.max(1)
    right = probabilities.argmax(1) == np.asarray(labels)
    place = np.clip(np.ceil(confidence * bins).astype(int) - 1, 0, bins - 1)
    images = np.bincount(place, minlength=bins)
    with np.errstate(invalid="ignore"):
        means = {
            "confidence": np.bincount(place, confidence, bins) / images,
            "accuracy": np.bincount(place, right, bins) / images,
        }
    return pd.DataFrame(
        {"low": np.arange(bins) / bins, "high": np.arange(1, bins + 1) / bins, "images": images} | means
    )


def expected_calibration_error(probabilities: np.ndarray, labels: np.ndarray, bins: int = BINS) -> float:
    """Mean distance in [0, 1] between confidence and accuracy over the bins of :func:`reliability`, weighted by their
    images (Guo et al., On Calibration of Modern Neural Networks, ICML 2017, eq. 5). Biased upwards with few images:
    a perfectly calibrated network does not reach 0."""
    table = reliability(probabilities, labels, bins)
    gap = (table["confidence"] - table["accuracy"]).abs()
    return float((gap * table["images"]).sum() / table["images"].sum())


def calibration_table(predictions: dict[str, pd.DataFrame], bins: int = BINS) -> pd.DataFrame:
    """A row per variant: ``ece`` and ``brier``, and in [0, 1] the mean ``confidence`` and ``accuracy`` whose
    difference tells too sure from too unsure.

    All test images of a seed are taken together, since ten thousands of them leave the ECE little bias; shown is
    the mean over seeds.

    Args:
        predictions: by variant, rows ``split, label, p_0 … p_{K−1}`` and, if several, ``seed``.
    """
    rows = []
    for name, table in predictions.items():
        test = table[table["split"] == "test"]
        seeds = [part for _, part in test.groupby("seed")] if "seed" in test else [test]
        values = pd.DataFrame([_calibration(part, bins) for part in seeds]).mean()
        rows.append({"variant": name, **values})
    return pd.DataFrame(rows)


def _calibration(test: pd.DataFrame, bins: int) -> dict[str, float]:
    probabilities = test.filter(regex=r"^p_\d+$").to_numpy(float)
    probabilities = probabilities / probabilities.sum(1, keepdims=True)  # stored with three digits
    labels = test["label"].to_numpy(int)
    return {
        "ece": expected_calibration_error(probabilities, labels, bins),
        "brier": brier_score(probabilities, labels),
        "confidence": probabilities.max(1).mean(),
        "accuracy": (probabilities.argmax(1) == labels).mean(),
    }
