"""What an affine θ does to the image, in quantities one can picture."""

import numpy as np
import pandas as pd


def affine_quantities(theta: pd.DataFrame) -> pd.DataFrame:
    """Zoom, rotation and shift of each sampling transform.

    θ maps output to input coordinates in [−1, 1] (Jaderberg et al., arXiv 1506.02025, eq. 1), so
    an area scale below 1 means that the network looks at a smaller region: it zooms in.

    Args:
        theta: columns ``theta_0 … theta_5``, rows of the 2×3 matrix one after the other.

    Returns:
        ``zoom`` (1/√|det|; 2 = a quarter of the area fills the output), ``rotation`` (degrees of
        the polar rotation of the 2×2 part), ``shift_x``, ``shift_y`` (half image widths; right and
        down are positive).
    """
    a, b, x, c, d, y = (theta[f"theta_{i}"].to_numpy(dtype=float) for i in range(6))
    area = np.abs(a * d - b * c)
    return pd.DataFrame(
        {
            "zoom": 1 / np.sqrt(np.maximum(area, 1e-6)),  # a collapsed transform stays finite
            "rotation": np.degrees(np.arctan2(c - b, a + d)),
            "shift_x": x,
            "shift_y": y,
        },
        index=theta.index,
    )


def identity_deviation(theta: pd.DataFrame) -> np.ndarray:
    """Mean absolute difference of each θ's six values to the identity's, float (N,); 0 leaves the image as it is.

    Args:
        theta: columns ``theta_0 … theta_5``.
    """
    values = theta[[f"theta_{i}" for i in range(6)]].to_numpy(dtype=float)
    return np.abs(values - np.array([1, 0, 0, 0, 1, 0])).mean(1)
