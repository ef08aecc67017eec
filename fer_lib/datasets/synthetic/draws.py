"""Random numbers that belong to an index, not to a call: image *i* is the same in a set of 10 or of 10,000.

SplitMix64 (Steele, Lea & Flood, OOPSLA 2014) hashes (seed, name, index); nothing is stateful, so
parameters depend neither on how many images are drawn nor on the order or size of batches.
"""

from zlib import crc32

import numpy as np

_GOLDEN = np.uint64(0x9E3779B97F4A7C15)


def _mix(x: np.ndarray) -> np.ndarray:
    """SplitMix64's finaliser: uint64 -> well-stirred uint64."""
    x = (x ^ (x >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    x = (x ^ (x >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    return x ^ (x >> np.uint64(31))


def bits(seed: int, name: str, index: np.ndarray, columns: int = 1) -> np.ndarray:
    """uint64 (N, columns) for N indices; `name` separates the purposes."""
    with np.errstate(over="ignore"):  # wrap-around is the point
        key = _mix(np.array([seed], np.uint64) * _GOLDEN + np.uint64(crc32(name.encode())))
        rows = _mix(key + (np.asarray(index).astype(np.uint64)[:, None] + np.uint64(1)) * _GOLDEN)
        return _mix(rows + np.arange(1, columns + 1, dtype=np.uint64) * _GOLDEN)


class Draws:
    """Named draws for a vector of indices; every result is float32 (N,) or (N, columns)."""

    def __init__(self, seed: int, index: np.ndarray):
        self.seed = seed
        self.index = np.asarray(index)

    def uniform(self, name: str, low: float = 0.0, high: float = 1.0, columns: int | None = None) -> np.ndarray:
        unit = (bits(self.seed, name, self.index, columns or 1) >> np.uint64(11)).astype(np.float64) * 2.0**-53
        values = (low + (high - low) * unit).astype(np.float32)
        return values if columns else values[:, 0]

    def normal(self, name: str, spread: float = 1.0, columns: int | None = None, limit: float = 2.5) -> np.ndarray:
        """Gaussian with standard deviation `spread`, cut at ±`limit` deviations: no monsters."""
        k = columns or 1
        unit = self.uniform(name, 0.0, 1.0, 2 * k).astype(np.float64)
        gauss = np.sqrt(-2 * np.log1p(-unit[:, :k])) * np.cos(2 * np.pi * unit[:, k:])
        values = (np.clip(gauss, -limit, limit) * spread).astype(np.float32)
        return values if columns else values[:, 0]

    def chance(self, name: str, share: float | np.ndarray) -> np.ndarray:
        """bool (N,), true with probability `share`."""
        return self.uniform(name) < share

    def choice(self, name: str, weights) -> np.ndarray:
        """int64 (N,): position drawn with probability proportional to `weights`."""
        edges = np.cumsum(np.asarray(weights, np.float64))
        return np.searchsorted(edges / edges[-1], self.uniform(name), side="right").clip(0, len(edges) - 1)

    def seeds(self, name: str) -> np.ndarray:
        """uint32 (N,), to seed the pixel noise."""
        return (bits(self.seed, name, self.index)[:, 0] >> np.uint64(32)).astype(np.uint32)


def pixel_noise(seeds: np.ndarray, height: int, width: int) -> np.ndarray:
    """Near-Gaussian noise, float32 (N, height, width), mean 0, deviation 1: the four bytes of a hash, summed.

    Args:
        seeds: uint32 (N,); one value, one field.
    """
    with np.errstate(over="ignore"):
        x = np.arange(1, height * width + 1, dtype=np.uint32) * np.uint32(0x9E3779B9)
        x = x[None] ^ (seeds.astype(np.uint32) * np.uint32(0x85EBCA6B))[:, None]
        x ^= x >> np.uint32(16)  # Wellons' lowbias32
        x *= np.uint32(0x7FEB352D)
        x ^= x >> np.uint32(15)
        x *= np.uint32(0x846CA68B)
        x ^= x >> np.uint32(16)
    total = x.view(np.uint8).reshape(len(seeds), height, width, 4).sum(-1, dtype=np.uint16).astype(np.float32)
    return (total - 510.0) * np.float32(1 / 147.8)  # four bytes: mean 4 × 127.5, deviation 2 × 73.9
