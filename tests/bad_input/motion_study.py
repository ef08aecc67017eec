"""Notebook 05, and what other notebooks cannot do with its networks."""

from types import SimpleNamespace

from fer_lib.artifacts import write_card
from fer_lib.studies import explained_runs
from fer_lib.studies.motion_parameters import MotionPriorStudy
from fer_lib.studies.motion_priors import prepare
from fer_lib.studies.profile_runs import Entry

from . import case

SET = {"dataset": "synthetic", "options": {"images": 40, "subjects": 5}, "landmarks": "dataset"}


@case("motion-study-variants")
def _(place):
    return lambda: MotionPriorStudy.check({"variants": ["classifier_slim"]})


@case("motion-study-neutral")
def _(place):
    place.synthetic()
    study = MotionPriorStudy.check({"targets": [SET], "label_space": "native", "device": "cpu"})
    return lambda: prepare(study)


@case("motion-study-sizes")
def _(place):
    place.synthetic()
    study = MotionPriorStudy.check({"targets": [SET], "variants": ["fmpn", "fmpn_slim"], "device": "cpu"})
    return lambda: prepare(study)


@case("explain-aligned")
def _(place):
    notebook = MotionPriorStudy.notebook
    write_card(place.root / "reports/mine" / notebook, "stage", {"profile": "mine"})
    card = {"parameters": {"variant": "fmpn_slim", "fold_scheme": "subject", "alignment": {"points": "eyes"}}}
    trained = Entry(notebook, {2020: SimpleNamespace(card=card)})
    place.patch.setattr(explained_runs, "entries_of", lambda reports: [trained])
    study = explained_runs.ExplanationParameters.check({"profile": "mine", "sources": [notebook]})
    return lambda: explained_runs.chosen(study)
