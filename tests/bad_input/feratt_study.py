"""Notebook 07."""

from PIL import Image

from fer_lib.studies.feratt_faces import backgrounds_of, prepare
from fer_lib.studies.feratt_parameters import FERAttStudy

from . import case

SET = {"dataset": "synthetic", "options": {"images": 40, "subjects": 5}, "masks": "dataset"}


def study(**values) -> FERAttStudy:
    return FERAttStudy.check({"targets": [SET], "device": "cpu", **values})


@case("feratt-study-variants")
def _(place):
    return lambda: study(variants=["preact_slim"])


@case("feratt-study-sizes")
def _(place):
    return lambda: prepare(study(variants=["preact", "feratt_cls_slim"]))


@case("feratt-study-option")
def _(place):
    return lambda: prepare(study(weights="imagenet"))


@case("feratt-study-embedding")
def _(place):
    return lambda: prepare(study(variants=["preact_slim", "feratt_cls_slim"], scale_with_dim=True))


@case("feratt-study-tests")
def _(place):
    recipes = {"still": {"variant": "feratt_cls_slim", "rotation": 10.0}}
    return lambda: prepare(study(recipes=recipes, variants=["feratt_cls_slim", "still"]))


@case("feratt-study-tested-composition")
def _(place):
    placed = {"rotation": 10.0, "translation": 0.1, "warp": 0.05}
    return lambda: prepare(study(composition="2019", tested_composition="2019_wide", **placed))


@case("feratt-study-photographs")
def _(place):
    (place.root / "few").mkdir()
    Image.new("L", (64, 64)).save(place.root / "few/one.png")
    asked = study(backgrounds="few")
    return lambda: backgrounds_of(asked, asked.planned()[0], 64)
