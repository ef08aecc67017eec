"""How alike two images are when one may be shifted by a few pixels, for many pairs at once."""

import numpy as np
from scipy.fft import rfft2

BLOCK = 2048  # pairs whose spectra are multiplied at a time


def aligned_correlation(images: np.ndarray, pairs: np.ndarray, shift: int) -> np.ndarray:
    """The largest correlation of one image's middle with the other's, over all small shifts.

    The middle is what remains without `shift` pixels on each side; it is compared with the other image's
    windows of that size, (2 · shift + 1)² of them, and the other way round. Correlation is Pearson's, so
    brightness and contrast do not matter. Products of spectra stand for the sums over pixels, and only the
    shifts that are asked for are transformed back: ten times faster than window by window.

    Args:
        images: uint8 or float (N, S, S).
        pairs: int (P, 2), positions in `images`.
        shift: pixels, less than S / 2.

    Returns:
        float32 (P,) in [-1, 1]; 0 where a window has one colour.
    """
    if len(pairs) == 0:
        return np.empty(0, np.float32)
    used, at = np.unique(pairs, return_inverse=True)
    at = at.reshape(-1, 2)
    middle, whole, spread = _spectra(np.asarray(images[used], np.float32), shift)
    back = _inverse_at_shifts(images.shape[1], shift)
    best = np.empty(len(pairs), np.float32)
    for start in range(0, len(pairs), BLOCK):
        i, j = at[start : start + BLOCK].T
        best[start : start + BLOCK] = np.maximum(
            _best(middle[i], whole[j], spread[j], back), _best(middle[j], whole[i], spread[i], back)
        )
    return best


def _best(middle: np.ndarray, whole: np.ndarray, spread: np.ndarray, back: np.ndarray) -> np.ndarray:
    product = middle.conj() * whole
    sums = product.view(np.float32) @ back
    correlation = np.divide(sums, spread, out=np.zeros_like(sums), where=spread > 0)
    return np.clip(correlation.max(axis=1), -1, 1)


def _spectra(images: np.ndarray, shift: int) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Per image: spectrum of its middle at length 1, spectrum of the whole, lengths of all its windows.

    Args:
        images: float32 (N, S, S).

    Returns:
        complex64 (N, S · (S // 2 + 1)) twice; float32 (N, (2 · shift + 1)²), 0 where a window has one colour.
    """
    size = images.shape[1]
    width = size - 2 * shift
    images = images - images.mean(axis=(1, 2), keepdims=True)
    inside = slice(shift, shift + width)
    middle = np.zeros_like(images)
    middle[:, inside, inside] = images[:, inside, inside]
    middle[:, inside, inside] -= middle[:, inside, inside].mean(axis=(1, 2), keepdims=True)
    length = np.linalg.norm(middle, axis=(1, 2), keepdims=True)
    np.divide(middle, length, out=middle, where=length > 1e-3 * width)
    spectra = [rfft2(part).astype(np.complex64, copy=False).reshape(len(images), -1) for part in (middle, images)]
    starts = np.arange(2 * shift + 1)[:, None]
    ones = ((np.arange(size) >= starts) & (np.arange(size) < starts + width)).astype(np.float32)
    squares = ones @ images**2 @ ones.T - (ones @ images @ ones.T) ** 2 / width**2
    # a window of one colour leaves rounding errors of about 1e-7 of its squares
    spread = np.where(squares > 1e-3 * width**2, np.sqrt(np.maximum(squares, 0)), 0)
    return *spectra, spread.reshape(len(images), -1)


def _inverse_at_shifts(size: int, shift: int) -> np.ndarray:
    """The inverse transform as a matrix, for the wanted shifts only.

    Returns:
        float32 (2 · F, (2 · shift + 1)²) with F = size · (size // 2 + 1); rows alternate between real and
        imaginary parts, as a complex array has them in memory.
    """
    down, right = np.mgrid[:size, : size // 2 + 1]
    # a real image's spectrum is stored by half: what has a twin counts twice
    twice = np.where((right == 0) | (2 * right == size), 1, 2) / size**2
    shifts = np.stack(np.mgrid[-shift : shift + 1, -shift : shift + 1], axis=-1).reshape(-1, 2)
    angle = 2 * np.pi * (down.reshape(-1, 1) * shifts[:, 0] + right.reshape(-1, 1) * shifts[:, 1]) / size
    parts = np.stack([np.cos(angle), -np.sin(angle)], axis=1) * twice.reshape(-1, 1, 1)
    return parts.reshape(-1, len(shifts)).astype(np.float32)
