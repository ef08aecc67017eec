"""Tests and intervals that the runs at hand do not allow."""

import numpy as np
import pandas as pd

from fer_lib.evaluation.image_intervals import image_interval
from fer_lib.evaluation.significance import statistics_table
from fer_lib.evaluation.statistics import compare_ranks
from fer_lib.evaluation.variance_components import variance_components

from . import case


def trained(seeds: list[int], folds: list[int]) -> pd.DataFrame:
    """Two tested images in every fold under every seed."""
    rows = [(seed, fold, f"{fold}-{i}", i, 0) for seed in seeds for fold in folds for i in (0, 1)]
    return pd.DataFrame(rows, columns=["seed", "fold", "sample_id", "label", "predicted"]).assign(split="test")


@case("variance-one-seed")
def _(place):
    return lambda: variance_components({"soft": trained([2020], [0, 1, 2, 3, 4])})


@case("variance-missing-training")
def _(place):
    table = trained([2020, 2021], [0, 1, 2, 3, 4])
    return lambda: variance_components({"soft": table[(table["seed"] == 2020) | (table["fold"] < 4)]})


@case("ranks-two-variants")
def _(place):
    return lambda: compare_ranks(pd.DataFrame(np.eye(2), columns=["none", "soft"]))


@case("statistics-no-baseline")
def _(place):
    table = trained([2020], [0, 1])
    return lambda: statistics_table({"soft": table, "binary": table})


@case("bootstrap-no-group")
def _(place):
    persons = pd.Series("anna", index=["0-0", "0-1", "1-0"])
    return lambda: image_interval(trained([2020], [0, 1]), groups=persons)
