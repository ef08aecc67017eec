"""What notebook 06 may be asked for."""

from inspect import signature

import pytest

from fer_lib.artifacts import write_card
from fer_lib.errors import InputError
from fer_lib.evaluation.published import published
from fer_lib.models.registry import MODELS
from fer_lib.studies.residual_masking_parameters import (
    BENCHMARK,
    UNMASKED,
    VARIANTS,
    ResidualMaskingStudy,
    resizes,
)
from fer_lib.training import TrainConfig

RECIPES = {"small": {"variant": "resnet34", "image_size": 96, "epochs": 3, "plateau_factor": 1.0}}


def check(**values) -> ResidualMaskingStudy:
    return ResidualMaskingStudy.check({"device": "cpu", "precision": "fp32", **values})


def trained(study: ResidualMaskingStudy, variant: str, entry: dict | None = None) -> TrainConfig:
    return study.training(variant, entry or study.planned()[0], seed=7)


def test_the_published_recipe_is_the_default():
    expected = TrainConfig(
        epochs=50, patience=8, batch_size=48, learning_rate=1e-4, optimizer="radam", weight_decay=1e-3,
        plateau_factor=0.1, plateau_patience=2, augmentation="rotate", class_weighted=False, protocol="honest",
        monitor="accuracy", keep="best", seed=7, device="cpu", precision="fp32",
    )  # fmt: skip
    assert trained(check(), "residual_masking") == expected.resolved()
    assert check().seeds == [1234] and not check().normalize.startswith("imagenet")


def test_every_parameter_of_training_arrives():
    changed = {
        "epochs": 3, "patience": 2, "batch_size": 8, "learning_rate": 0.1, "weight_decay": 0.2, "plateau_factor": 1.0,
        "plateau_patience": 4, "augmentation": "affine", "class_weighted": True, "protocol": "reference",
        "monitor": "macro_f1", "keep": "last", "precision": "bf16", "device": "cpu", "engine": "sequential",
        "optimizer": "sgd", "schedule": "one_cycle", "accumulate": 2, "compile": True, "label_smoothing": 0.1,
        "cutout": 0.2, "mixup": 0.3, "average_decay": 0.9, "image_sizes": [32, 40],
    }  # fmt: skip
    study = check(**changed)
    assert changed.keys() == set(study.training_fields())
    config = trained(study, "naive")
    assert {key: getattr(config, key) for key in changed} == changed | {"image_sizes": (32, 40)}


def test_every_variant_names_a_network_and_options_that_it_has():
    for variant, (model, options, changes) in VARIANTS.items():
        assert options.keys() <= signature(MODELS[model]).parameters.keys(), variant
        TrainConfig(**changes)
    assert {*UNMASKED, *UNMASKED.values()} <= VARIANTS.keys()


def test_the_benchmark_is_the_papers():
    """All its networks but ResAttNet, which is not built here; worst first, as its table has them."""
    rows = published("rmn").query("dataset == 'fer2013' and protocol == 'honest'").set_index("variant")["accuracy"]
    assert [*BENCHMARK, "residual_masking"] == [name for name in rows.index if name != "resattnet56"]
    assert rows.is_monotonic_increasing and set(BENCHMARK) < VARIANTS.keys()


def test_networks_name_only_what_was_changed():
    study = check()
    assert {name: study.network(name) for name in VARIANTS} == {
        name: (model, options) for name, (model, options, _) in VARIANTS.items()
    }
    study = check(image_size=224, normalize="imagenet", weights="imagenet")
    assert study.network("naive")[1] == {"mask_mode": "off", "normalize": "imagenet", "weights": "imagenet"}
    assert study.network("inception_v3")[1] == {"image_size": 224, "normalize": "imagenet", "weights": "imagenet"}
    assert study.network("vgg_compact_half")[1] == {"width": 0.5}  # it takes pixels as they are
    assert study.network("slim_unmasked")[1] == {"mask_mode": "off"}
    assert resizes("resnet152") and not resizes("simple_cnn") and not resizes("residual_masking_slim")


def test_recipes_are_variants_otherwise():
    study = check(recipes=RECIPES, variants=["small", "resnet34"])
    assert study.network("small") == ("resnet34", {"image_size": 96})
    config = trained(study, "small")
    assert (config.epochs, config.plateau_factor, config.batch_size) == (3, 1.0, 48)
    assert study.network("resnet34") == ("resnet34", {}) and trained(study, "resnet34").epochs == 50


def test_targets_have_values_of_their_own():
    first = {"dataset": "synthetic", "variants": ["small"], "seeds": [3], "epochs": 2, "patience": 5, "batch_size": 4}
    study = check(recipes=RECIPES, targets=[first, {"dataset": "fer2013", "splits": ["official"]}], epochs=9)
    one, other = study.planned()
    assert one["splits"] == ["subject"] and one["folds"] == 5 and (one["variants"], one["seeds"]) == (["small"], [3])
    assert other["variants"] == study.variants and other["seeds"] == [1234]
    config = trained(study, "resnet18", one)
    assert (config.epochs, config.patience, config.batch_size) == (2, 5, 4)
    assert trained(study, "resnet18", other).epochs == 9


def test_fer2013_is_planned_where_it_is(tmp_path):
    assert [entry["dataset"] for entry in check(data_dir=str(tmp_path)).planned()] == ["synthetic"]
    write_card(tmp_path / "prepared" / "fer2013", "prepared", {"dataset": "fer2013"})
    (entry,) = check(data_dir=str(tmp_path)).planned()
    assert (entry["dataset"], entry["splits"]) == ("fer2013", ["official"])


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        ({"epoch": 3}, "unknown parameter 'epoch'; did you mean 'epochs'"),
        ({"variants": ["residualmasking"]}, "unknown variant 'residualmasking'; did you mean 'residual_masking'"),
        ({"variants": ["naive"] * 2}, "a variant is named twice"),
        ({"variants": []}, "'variants'"),
        ({"measured": ["resnet_18"]}, "unknown variant 'resnet_18'; did you mean 'resnet18'"),
        ({"measured_batch": 0}, "'measured_batch' = 0"),
        ({"weights": "imagnet"}, "did you mean 'imagenet'"),
        ({"normalize": "imagnet"}, "did you mean 'imagenet'"),
        ({"image_size": 0}, "'image_size' = 0"),
        ({"optimizer": "radm"}, "did you mean 'radam'"),
        ({"augmentation": "rotated"}, "did you mean 'rotate'"),
        ({"seeds": [1, 1]}, "a seed is named twice"),
        ({"label_space": "natve"}, "unknown label space 'natve'; did you mean 'native'"),
        ({"recipes": {"naive": {"variant": "resnet34"}}}, "is called like a variant of the study"),
        ({"recipes": {"t": {"variant": "resnet_34"}}}, "recipe 't' names the variant 'resnet_34'"),
        ({"recipes": {"t": {"variant": "resnet34", "imagesize": 96}}}, "no 'imagesize'; did you mean 'image_size'"),
        ({"recipes": {"t": {"variant": "resnet34", "image_size": "big"}}}, "parameter 'image_size' = 'big'"),
        ({"targets": [{"splits": ["subject"]}]}, "a target names no dataset"),
        ({"targets": [{"dataset": "fer2013", "epoch": 3}]}, "a target has no 'epoch'; did you mean 'epochs'"),
        ({"targets": [{"dataset": "fer2013", "splits": ["oficial"]}]}, "split 'oficial'; did you mean 'official'"),
        ({"targets": [{"dataset": "fer2013", "folds": 1}]}, "a target has 1 folds"),
        ({"targets": [{"dataset": "fer2013", "variants": ["naiv"]}]}, "did you mean 'naive'"),
    ],
)
def test_bad_parameters_are_told_in_one_sentence(change, sentence):
    with pytest.raises(InputError, match=sentence) as told:
        check(**change)
    assert "\n" not in str(told.value)
