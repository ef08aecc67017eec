"""Putting networks together."""

import numpy as np

from fer_lib.artifacts import write_card
from fer_lib.evaluation.ensembles import best_subset
from fer_lib.studies.ensemble_members import gather
from fer_lib.studies.ensembles_parameters import EnsembleStudy

from . import case


@case("ensemble-source-missing")
def _(place):
    return lambda: gather(EnsembleStudy.check({"profile": "mine"}))


@case("ensemble-no-runs")
def _(place):
    write_card(place.root / "reports" / "mine" / "06_residual_masking", "stage", {})
    return lambda: gather(EnsembleStudy.check({"profile": "mine"}))


@case("ensemble-too-many")
def _(place):
    return lambda: best_subset(np.ones((13, 2, 2)), [0, 1])


@case("ensemble-final")
def _(place):
    return lambda: EnsembleStudy.check({"tta": ["flip"]})
