"""How far a predicted map is from where people looked."""

from torch import Tensor

#: Keeps empty maps from a division by 0 (reference).
EPSILON = 1e-7


def divergence(maps: Tensor, fixations: Tensor) -> Tensor:
    """Kullback–Leibler divergence of maps as distributions, mean over the batch, as MSI-Net's authors compute it:
    Q = y / (ε + Σy), P = ŷ / (ε + Σŷ), Σ Q · log(ε + Q / (ε + P)) with ε = 1e-7.

    Args:
        maps: (N, 1, H, W), predicted ŷ, not negative.
        fixations: the same shape, y, on any scale.

    Returns:
        A number. For equal maps about 0; it can be a little below.
    """
    seen, expected = (y / (EPSILON + y.sum((1, 2, 3), keepdim=True)) for y in (fixations, maps))
    return (seen * (EPSILON + seen / (EPSILON + expected)).log()).sum((1, 2, 3)).mean()
