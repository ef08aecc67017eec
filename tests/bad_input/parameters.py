"""Notebook parameters and profiles."""

from fer_lib.resources import cores
from fer_lib.studies.data_preparation import PreparationParameters
from fer_lib.studies.guidance_generation import GuidanceGenerationParameters
from fer_lib.studies.guided_transformers import GuidedStudy

from . import case, fer


def guided(name: str, **values):
    """A case in which notebook 03 is given these parameters."""

    @case(name)
    def arrange(place):
        return lambda: GuidedStudy.check(values)


guided("parameter-unknown", epoch=5)
guided("parameter-type", epochs="5")
guided("parameter-list", variants="soft")
guided("parameter-negative", epochs=-1)
guided("parameter-rate", learning_rate=0.0)
guided("parameter-choice", protocol="honst")

guided("parameter-variant", variants=["none", "sotf"])
guided("parameter-variant-twice", variants=["none", "soft", "soft"])
guided("parameter-leak-variant", leak_variant="sotf")
guided("parameter-gradcam-alone", variants=["saliency_gradcam"])
guided("parameter-gradcam-reference", variants=["none", "saliency_gradcam"], protocol="reference")
guided("parameter-gradcam-leak", leak_variant="saliency_gradcam")
guided("parameter-seeds-twice", seeds=[2020, 2020])
guided("parameter-detectors", detectors=["hog", "mtcn"])
guided("parameter-detectors-own", landmarks="dataset", detectors=["hog"])
guided("parameter-profile-name", profile="../demo")


@case("parameter-folds")
def _(place):
    return lambda: PreparationParameters.check({"folds": 1})


@case("parameter-kinds")
def _(place):
    return lambda: GuidanceGenerationParameters.check({"kinds": ["binary", "dilatet"]})


@case("cores-variable")
def _(place):
    place.patch.setenv("FER_CORES", "many")
    return cores


@case("profile-unknown")
def _(place):
    place.project()
    return lambda: fer("study", "run", "--profile", "dmeo")


@case("profile-no-notebooks")
def _(place):
    place.project()
    place.write("notebooks/profiles/mine.yaml", "notebokks: {}\n")
    return lambda: fer("study", "status", "--profile", "mine")


@case("profile-notebook")
def _(place):
    place.project()
    place.write("notebooks/profiles/mine.yaml", "notebooks: {01_data_preperation: {}}\n")
    return lambda: fer("study", "run", "--profile", "mine")


@case("profile-not-yaml")
def _(place):
    place.project()
    place.write("notebooks/profiles/mine.yaml", "notebooks: {01_data_preparation: [}\n")
    return lambda: fer("study", "status", "--profile", "mine")
