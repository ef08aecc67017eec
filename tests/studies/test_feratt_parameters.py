"""What notebook 07 may be asked for."""

from dataclasses import replace

import pytest
import torch

from fer_lib.errors import InputError
from fer_lib.models import create_model
from fer_lib.studies.feratt_parameters import COMPOSED, RECIPE, VARIANTS, FERAttStudy
from fer_lib.training import TrainConfig
from fer_lib.training.composed import ComposedConfig
from fer_lib.training.compositions import PRESETS, Recipe

TARGET = {"dataset": "synthetic", "splits": ["subject"], "folds": 2, "masks": "dataset"}


def check(**values) -> FERAttStudy:
    return FERAttStudy.check({"device": "cpu", "precision": "fp32", "targets": [TARGET], **values})


def entry(study: FERAttStudy) -> dict:
    return study.planned()[0]


@pytest.mark.parametrize("variant", ["preact", "feratt_cls", "feratt_rep_cls"])
def test_the_recipe_of_2018_is_the_default(variant):
    study = check(variants=["feratt_rep_cls"])
    assert study.composed(variant, entry(study)) == ComposedConfig(appearance="2018")
    expected = TrainConfig(
        epochs=60, patience=60, batch_size=240, learning_rate=1e-4, class_weighted=False, seed=7, device="cpu",
        precision="fp32",
    )  # fmt: skip
    assert study.training(variant, entry(study), 7) == expected.resolved()
    assert study.network("feratt_rep_cls", entry(study)) == ("feratt_2018", {})


def test_variants_of_2019_have_what_that_state_has():
    study = check(variants=["feratt_rep_cls_2019"])
    expected = ComposedConfig(
        recipe=PRESETS["2019"], tested_recipe=PRESETS["2019_wide"], epoch_length=288_000, attention="tanh",
        attention_weight=5.0, sigma=0.5, appearance="2019",
    )  # fmt: skip
    assert study.composed("feratt_rep_cls_2019", entry(study)) == expected
    assert study.training("preact_2019", entry(study), 1).batch_size == 32
    assert study.network("feratt_rep_cls_2019", entry(study)) == ("feratt_2019", {"dim": 32})


def test_substitutes_are_trained_as_in_2018_at_half_the_size():
    study = check()
    published, slim = (study.composed(name, entry(study)) for name in ("feratt_cls", "feratt_cls_slim"))
    assert slim == replace(published, recipe=replace(published.recipe, size=64)) and published.recipe.size == 128
    assert study.network("feratt_cls_slim", entry(study)) == ("feratt_slim", {"mode": "cls"})


def test_every_parameter_of_the_training_arrives():
    recipe = {
        "face_side": 0.7, "zoom": 0.1, "flip": True, "rotation": 5.0, "translation": 0.05, "warp": 0.01,
        "stretch": "max", "light": "none",
    }  # fmt: skip
    changed = {
        "epoch_length": 50, "select_per_face": 3, "test_per_face": 2, "attention": "tanh", "attention_weight": 3.0,
        "rep_weight": 0.5, "sigma": 2.0, "gsl_legacy": True, "scale_with_dim": True, "mixing": "onehot",
        "appearance": "none", "amsgrad": False, "decay_every": 4, "noise": [0.1],
    }  # fmt: skip
    assert recipe.keys() == set(RECIPE) and changed.keys() == set(COMPOSED)
    study = check(**recipe, **changed, seed=5, image_size=32)
    found = study.composed("feratt_rep_cls_slim", entry(study))
    expected = Recipe(size=32, kernel=PRESETS["2018"].kernel, **recipe)
    assert found == ComposedConfig(recipe=expected, fixed_seed=5, **changed)


def test_a_target_and_a_recipe_may_differ_the_recipe_last():
    recipes = {"wide": {"variant": "feratt_cls_slim", "rotation": 40.0, "batch_size": 8, "start": "reference"}}
    study = check(
        recipes=recipes, variants=["feratt_cls_slim", "wide"], rotation=10.0, targets=[{**TARGET, "rotation": 20.0}]
    )
    planned = entry(study)
    assert study.composed("feratt_cls_slim", planned).recipe.rotation == 20
    assert study.composed("wide", planned).recipe.rotation == 40
    assert study.training("wide", planned, 1).batch_size == 8
    assert study.training("feratt_cls_slim", planned, 1).batch_size == 240
    assert study.network("wide", planned) == ("feratt_slim", {"mode": "cls", "start": "reference"})


def test_tests_may_be_on_other_compositions_than_training():
    study = check(composition="2019", tested_composition="2019_wide", zoom=0.1)
    found = study.composed("feratt_cls_slim", entry(study))
    assert (found.recipe.rotation, found.tested.rotation) == (30, 45) and found.recipe.zoom == found.tested.zoom == 0.1
    alone = check(composition="2019")
    assert alone.composed("feratt_cls_slim", entry(alone)).tested_recipe is None
    assert alone.presets("feratt_cls_slim", entry(alone)) == ("2019", "2019")
    assert check().presets("feratt_cls_2019", entry(check())) == ("2019", "2019_wide")


@pytest.mark.parametrize("variant", VARIANTS)
def test_every_variant_is_a_network_and_attends_as_its_name_says(variant):
    study = check(variants=["feratt_cls"], final_norm=True)
    name, options = study.network(variant, entry(study))
    with torch.device("meta"):
        model = create_model(name, num_classes=7, **options)
    assert hasattr(model, "parts") is study.attends(variant) is variant.startswith("feratt")
    assert options["final_norm"] and study.published_as(variant) in ("preact_resnet18", "feratt_cls", "feratt_rep_cls")


def test_weights_go_to_the_networks_that_have_them_unless_a_recipe_says_otherwise():
    study = check(variants=["preact", "feratt_cls"], weights="imagenet")
    assert study.network("preact", entry(study)) == ("preact_resnet18", {})
    assert study.network("feratt_cls", entry(study)) == ("feratt_2018", {"mode": "cls", "weights": "imagenet"})
    told = check(recipes={"x": {"variant": "preact", "weights": "imagenet"}}, variants=["x", "feratt_cls"])
    assert told.network("x", entry(told)) == ("preact_resnet18", {"weights": "imagenet"})  # which it will refuse


def test_the_baseline_is_the_classifier_alone_and_the_subject_has_an_embedding():
    study = check(recipes={"x": {"variant": "feratt_rep_cls_slim", "epochs": 3}}, variants=["feratt_cls_slim", "x"])
    assert study.baseline(["feratt_cls_slim", "preact_slim"]) == "preact_slim"
    assert study.baseline(["feratt_cls_slim", "x"]) == "feratt_cls_slim"
    assert study.subject(["preact_slim", "feratt_cls_slim", "x"]) == "x"
    assert study.subject(["preact_slim", "feratt_cls_slim"]) == "feratt_cls_slim"
    assert [name for name in VARIANTS if study.structured(name)] == [name for name in VARIANTS if "rep" in name]
    assert study.structured("x")


@pytest.mark.parametrize(
    ("variants", "said"),
    [
        (["feratt_cls_slim"], "slim FERAtt"),
        (["preact", "feratt_cls"], "FERAtt"),
        (["feratt_cls_2019", "feratt_cls_slim"], "FERAtt (2019) and slim FERAtt"),
    ],
)
def test_a_substitute_says_so_in_titles(variants, said):
    assert check(variants=variants).described == said


@pytest.mark.parametrize(
    ("values", "sentence"),
    [
        ({"masks": "hulls"}, "did you mean 'hull'"),
        ({"variants": ["feratt_clss"]}, "did you mean 'feratt_cls'"),
        ({"variants": ["preact_slim"]}, "none draws attention, expected feratt_cls"),
        ({"targets": [{**TARGET, "variants": ["preact"]}]}, "none draws attention"),
        ({"composition": "2017"}, "composition"),
        ({"recipes": {"x": {"variant": "feratt_cls", "masks": "hull"}}}, "has no 'masks'"),
        ({"targets": [{**TARGET, "square": 64}]}, "did you mean 'square_size'"),
        ({"side": 0.1}, "side"),
    ],
)
def test_bad_values_are_named(values, sentence):
    with pytest.raises(InputError, match=sentence):
        check(**values)


def test_sets_of_the_paper_come_with_their_splits(tmp_path):
    for name in ("bu3dfe", "jaffe"):
        (tmp_path / "raw" / name).mkdir(parents=True)
        (tmp_path / "raw" / name / "something").write_text("")
    planned = check(targets=[], data_dir=str(tmp_path)).planned()
    assert [(e["dataset"], e["splits"], e["masks"]) for e in planned] == [
        ("bu3dfe", ["published"], "black"),
        ("jaffe", ["leave_one_subject_out"], "hull"),
    ]
    (only,) = check(targets=[], data_dir=str(tmp_path / "none")).planned()
    assert (only["dataset"], only["masks"]) == ("synthetic", "dataset")
