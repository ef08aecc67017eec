"""Notebook 06."""

from fer_lib.studies.residual_masking import prepare
from fer_lib.studies.residual_masking_parameters import ResidualMaskingStudy

from . import case


@case("masking-study-measured")
def _(place):
    return lambda: ResidualMaskingStudy.check({"measured": ["resnet_18"]})


@case("masking-study-recipe-key")
def _(place):
    recipe = {"variant": "resnet34", "imagesize": 96}
    return lambda: ResidualMaskingStudy.check({"recipes": {"small": recipe}})


@case("masking-study-size")
def _(place):
    options = {"images": 40, "subjects": 5, "size": 64}
    place.synthetic(**options)
    study = ResidualMaskingStudy.check(
        {"targets": [{"dataset": "synthetic", "options": options, "variants": ["resnet18", "simple_cnn"]}]}
    )
    return lambda: prepare(study)
