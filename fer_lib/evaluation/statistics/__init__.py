"""Intervals, paired tests and rank tests on plain arrays; scipy, statsmodels and scikit-posthocs do the arithmetic."""

from .bootstrap import bootstrap_interval
from .clustered import ClusteredMean, clustered_mean
from .families import holm
from .intervals import Interval, fold_interval, published_half_width
from .mcnemar import McNemar, mcnemar
from .paired import PairedComparison, compare_folds, smallest_detectable
from .ranks import RankComparison, compare_ranks

__all__ = [
    "ClusteredMean",
    "Interval",
    "McNemar",
    "PairedComparison",
    "RankComparison",
    "bootstrap_interval",
    "clustered_mean",
    "compare_folds",
    "compare_ranks",
    "fold_interval",
    "holm",
    "mcnemar",
    "published_half_width",
    "smallest_detectable",
]
