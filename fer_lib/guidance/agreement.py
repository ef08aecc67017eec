"""How alike the maps of two kinds are, image by image."""

import numpy as np
import pandas as pd

AT_ONCE = 1024  # images in memory as floats


def map_agreement(maps: dict[str, np.ndarray]) -> pd.DataFrame:
    """Pearson's correlation of the pixels of two kinds' maps of the same image, mean over the images.

    Maps that are the same place for place give 1, those that have nothing in common 0; brightness and contrast do not
    count. All faces are alike, so a mask of another face still agrees somewhat. An image counts for a pair where
    neither map is uniform.

    Args:
        maps: uint8 (N, H, W) by name, rows of the same images.

    Returns:
        Names × names in [−1, 1]; NaN where no image counts.
    """
    names = list(maps)
    shape = (len(names), len(names))
    summed, counted = np.zeros(shape), np.zeros(shape, np.int64)
    for start in range(0, len(maps[names[0]]), AT_ONCE):
        part = np.stack([np.asarray(maps[name][start : start + AT_ONCE], np.float32) for name in names])
        flat = part.reshape(*part.shape[:2], -1)
        flat -= flat.mean(2, keepdims=True)
        length = np.linalg.norm(flat, axis=2, keepdims=True)
        varies = length[..., 0] > 0
        flat /= np.where(length > 0, length, 1)
        summed += np.einsum("anp,bnp->ab", flat, flat, optimize=True)
        counted += varies.astype(np.int64) @ varies.T.astype(np.int64)
    mean = np.full(shape, np.nan)
    np.divide(summed, counted, out=mean, where=counted > 0)
    return pd.DataFrame(mean.clip(-1, 1), index=names, columns=names)
