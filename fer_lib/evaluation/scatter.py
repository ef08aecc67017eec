"""How far classes lie apart, measured by how far their own samples lie apart."""

import numpy as np


def scatter_ratio(points: np.ndarray, labels: np.ndarray) -> float:
    """Between-class by within-class scatter: Σ_k n_k·‖m_k − m‖² / Σ_i ‖x_i − m_{y_i}‖².

    m_k are class means, m is the mean of all. It is the ratio of the traces of the scatter matrices (Fukunaga,
    *Introduction to Statistical Pattern Recognition*, 1990, §10.2), does not change with scale and rotation, and is
    larger the better classes are told apart by distance.

    Args:
        points: float (N, d); labels: int (N,).

    Returns:
        0 … ∞; NaN where all points are one.
    """
    points = np.asarray(points, dtype=float)
    _, codes, counts = np.unique(labels, return_inverse=True, return_counts=True)
    means = np.zeros((len(counts), points.shape[1]))
    np.add.at(means, codes, points)
    means /= counts[:, None]
    within = np.square(points - means[codes]).sum()
    between = (counts * np.square(means - points.mean(0)).sum(1)).sum()
    if within == 0:
        return float("nan") if between == 0 else float("inf")
    return float(between / within)
