"""What notebook 07 refuses of its parameters before any face is cut."""

import pytest

from fer_lib.errors import InputError
from fer_lib.studies.feratt_checks import image_size, require_sound
from fer_lib.studies.feratt_parameters import STRUCTURED, FERAttStudy

TARGET = {"dataset": "synthetic", "splits": ["subject"], "folds": 2, "masks": "dataset"}
SLIM = ["preact_slim", "feratt_cls_slim"]


def sound(own: dict | None = None, **values) -> int:
    """The size of an entry in which nothing is wrong; `own` are its own values."""
    asked = {"device": "cpu", "precision": "fp32", "variants": SLIM, "image_size": 64, **values}
    study = FERAttStudy.check({**asked, "targets": [{**TARGET, **(own or {})}]})
    (entry,) = study.planned()
    require_sound(study, entry)
    return image_size(study, entry)


def recipe(**values) -> dict:
    return {"recipes": {"mine": {"variant": "feratt_cls_slim", **values}}, "variants": [*SLIM, "mine"]}


@pytest.mark.parametrize(
    ("values", "difference"),
    [
        (recipe(rotation=40.0), r"rotation: preact_slim 45.0, feratt_cls_slim 45.0, mine 40.0"),
        (recipe(tested_composition="2019", rotation=45.0), "face_side: .*flip: .*kernel: "),
        (recipe(test_per_face=2), "test_per_face: preact_slim 4, feratt_cls_slim 4, mine 2"),
        (recipe(noise=[0.1]), r"noise: preact_slim \[0.01, .*\], .*, mine \[0.1\]"),
        ({"variants": ["preact", "feratt_rep_cls_2019"]}, "face_side: preact 0.92.*, feratt_rep_cls_2019 0.86"),
    ],
)
def test_variants_are_tested_on_the_same(values, difference):
    with pytest.raises(InputError, match=rf"synthetic: variants are tested on different pictures \({difference}"):
        sound(**values)


def test_variants_may_be_trained_on_what_they_like_where_all_are_tested_on_the_same():
    assert sound(**recipe(composition="2019", select_per_face=2), tested_composition="2018") == 64
    assert sound(variants=["preact", "feratt_rep_cls_2019"], tested_composition="2019_wide") == 64
    assert sound(**recipe(epoch_length=30, appearance="none", attention_weight=2.0)) == 64


def test_a_preset_for_the_test_that_placement_overrides_is_refused():
    placed = {"rotation": 10.0, "translation": 0.1, "warp": 0.05}
    asked = {"composition": "2019", "tested_composition": "2019_wide"}
    sentence = "tested_composition = '2019_wide' has no effect on preact_slim: rotation, translation, warp, in which it"
    for values in ({**placed, **asked}, {**placed, "own": asked}, {**asked, "own": placed}):
        with pytest.raises(InputError, match=sentence):
            sound(**values)
    assert sound(**{**placed, **asked, "warp": None}) == 64
    assert sound(**placed, composition="2019", tested_composition="2019") == 64  # it says what is the case
    assert sound(**placed, variants=["preact_2019", "feratt_cls_2019"]) == 64  # nobody asked for 2019_wide
    with pytest.raises(InputError, match="has no effect on mine"):
        sound(**recipe(composition="2019", **placed), tested_composition="2019_wide", own=placed)


@pytest.mark.parametrize(
    ("name", "value", "default"),
    [("rep_weight", 0.5, 1), ("sigma", 1.0, None), ("gsl_legacy", True, False), ("scale_with_dim", True, False),
     ("mixing", "onehot", "'none'")],
)  # fmt: skip
def test_the_loss_of_embeddings_is_refused_where_no_variant_has_it(name, value, default):
    sentence = f"synthetic: {name} = {value!r} has no effect on preact_slim, feratt_cls_slim, expected {default}"
    for values in ({name: value}, {"own": {name: value}}):
        with pytest.raises(InputError, match=sentence):
            sound(**values)
        assert sound(**{**values, "variants": [*SLIM, "feratt_rep_cls_slim"]}) == 64
    told = recipe(**{name: value})
    with pytest.raises(InputError, match=f"{name} = {value!r} has no effect on mine, expected"):
        sound(**{**told, "variants": ["mine", "feratt_rep_cls_slim"]})
    told["recipes"]["mine"]["variant"] = "feratt_rep_cls_slim"
    assert sound(**told) == 64
    assert name in STRUCTURED


def test_images_have_one_size():
    with pytest.raises(InputError, match=r"different sizes \(preact 128, feratt_cls_slim 64\); set image_size"):
        sound(variants=["preact", "feratt_cls_slim"], image_size=None)
    assert sound(variants=["preact", "feratt_cls_slim"], image_size=96) == 96
    assert sound(image_size=None) == 64
