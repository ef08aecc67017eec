"""Notebook 04."""

from fer_lib.studies.deep_emotion import prepare
from fer_lib.studies.deep_emotion_parameters import DeepEmotionStudy

from . import case


def notebook(name: str, **values):
    """A case in which notebook 04 is given these parameters."""

    @case(name)
    def arrange(place):
        return lambda: DeepEmotionStudy.check(values)


notebook("deep-emotion-variant", variants=["inputwarp"])
notebook("deep-emotion-recipe-key", recipes={"tuned": {"variant": "deep_emotion", "penalti": 0.1}})
notebook("deep-emotion-recipe-variant", recipes={"tuned": {"variant": "drawn"}})
notebook("deep-emotion-target-key", targets=[{"dataset": "jaffe", "epoch": 3}])
notebook("deep-emotion-split", targets=[{"dataset": "jaffe", "splits": ["oficial"]}])
notebook("deep-emotion-splits-empty", targets=[{"dataset": "jaffe", "splits": []}])


@case("deep-emotion-colour")
def _(place):
    options = {"images": 40, "subjects": 5, "channels": "rgb"}
    place.synthetic(**options)
    study = DeepEmotionStudy.check({"targets": [{"dataset": "synthetic", "options": options}]})
    return lambda: prepare(study)
