"""Many models of one shape trained by one sequence of batched kernels."""

from .fit import fit_stacked
from .member import Member

__all__ = ["Member", "fit_stacked"]
