"""Tests and intervals that the runs at hand do not allow."""

import numpy as np
import pandas as pd

from fer_lib.evaluation.attention_scores import SCORES, attention_table
from fer_lib.evaluation.embedding_quality import embedding_quality
from fer_lib.evaluation.image_intervals import image_interval
from fer_lib.evaluation.metrics import macro_scores
from fer_lib.evaluation.noise_curve import noise_differences
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


@case("f1-unknown")
def _(place):
    return lambda: macro_scores(trained([2020], [0]), "micro")


@case("neighbours-few")
def _(place):
    table = pd.DataFrame(
        {"fold": 0, "split": ["train"] * 4 + ["test"], "sample_id": list("abcde"), "label": 0, "z_0": 0.0}
    )
    return lambda: embedding_quality(table)


@case("attention-none")
def _(place):
    baseline = pd.DataFrame({"sample_id": ["a#0", "a#1"], "face": "a"} | dict.fromkeys(SCORES, np.nan))
    return lambda: attention_table(baseline)


@case("noise-different")
def _(place):
    weak = trained([2020], [0, 1]).assign(sigma=0.1)
    both = pd.concat([weak, weak.assign(sigma=0.2)])
    return lambda: noise_differences({"preact": both, "feratt_cls": weak}, "preact")
