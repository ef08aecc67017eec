"""One number that makes probabilities more or less sure (Guo et al., On Calibration of Modern Neural Networks, ICML
2017)."""

import numpy as np
from scipy.optimize import minimize_scalar

SMALLEST = 1e-12  # a probability that float32 has rounded to 0
BOUNDS = (0.25, 4.0)  # a few images, all answered rightly, would ask for no doubt at all


def negative_log_likelihood(probabilities: np.ndarray, labels: np.ndarray) -> float:
    """Mean of −log p of the true class, from 0; probabilities (N, K), labels int (N,)."""
    own = np.asarray(probabilities, float)[np.arange(len(labels)), labels]
    return float(-np.log(np.maximum(own, SMALLEST)).mean())


def tempered(probabilities: np.ndarray, temperature: float) -> np.ndarray:
    """p^(1/T), rows scaled to sum to 1, float64 (N, K): for one network the softmax of its logits over T. Above 1 it
    is less sure; answers stay the same."""
    logs = np.log(np.maximum(np.asarray(probabilities, float), SMALLEST)) / temperature
    logs -= logs.max(1, keepdims=True)
    values = np.exp(logs)
    return values / values.sum(1, keepdims=True)


def fit_temperature(probabilities: np.ndarray, labels: np.ndarray) -> float:
    """The T in :data:`BOUNDS` with the smallest negative log-likelihood; fit it on a part that is not reported.

    Args:
        probabilities: (N, K); labels: int (N,).
    """
    labels = np.asarray(labels)

    def loss(log_temperature: float) -> float:
        return negative_log_likelihood(tempered(probabilities, np.exp(log_temperature)), labels)

    return float(np.exp(minimize_scalar(loss, bounds=np.log(BOUNDS), method="bounded").x))
