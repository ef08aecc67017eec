"""What notebook 04 may be asked for."""

import pytest

from fer_lib.artifacts import write_card
from fer_lib.errors import InputError
from fer_lib.models import create_model
from fer_lib.studies.deep_emotion_parameters import NETWORK, PAPER_SETS, VARIANTS, DeepEmotionStudy
from fer_lib.training import TrainConfig

OWN, TRAINING = DeepEmotionStudy.own, DeepEmotionStudy.training_fields()

RECIPES = {"tuned": {"variant": "no_penalty", "learning_rate": 0.002, "weight_decay": 0.1}}


def check(**values) -> DeepEmotionStudy:
    return DeepEmotionStudy.check({"device": "cpu", "precision": "fp32", **values})


def trained(study: DeepEmotionStudy, variant: str, entry: dict | None = None) -> TrainConfig:
    return study.training(variant, entry or study.planned()[0], seed=7)


def test_only_the_network_as_drawn_has_the_penalty():
    study = check(penalty=0.02)
    assert {name: trained(study, name).penalty for name in VARIANTS} == {
        "deep_emotion": 0.02, "no_transformer": 0.02, "input_warp": 0.02, "no_penalty": 0.0, "deep_emotion_port": 0.0,
    }  # fmt: skip
    assert trained(study, "deep_emotion").seed == 7


def test_every_parameter_of_training_arrives():
    changed = {
        "epochs": 3, "patience": 2, "batch_size": 8, "learning_rate": 0.1, "penalty": 0.3, "penalty_bias": True,
        "weight_decay": 0.2, "plateau_factor": 0.5, "plateau_patience": 4, "augmentation": "affine",
        "class_weighted": True, "protocol": "reference", "monitor": "macro_f1", "keep": "last", "dropout_eval": True,
        "precision": "bf16", "device": "cpu", "engine": "sequential",
    }  # fmt: skip
    assert changed.keys() == set(TRAINING)
    config = trained(check(**changed), "deep_emotion")
    assert {key: getattr(config, key) for key in TRAINING} == changed


def test_recipes_are_variants_trained_otherwise():
    study = check(recipes=RECIPES, variants=["deep_emotion", "tuned"])
    config = trained(study, "tuned")
    assert (config.learning_rate, config.weight_decay, config.penalty) == (0.002, 0.1, 0.0)
    assert config.epochs == study.epochs and study.network("tuned") == study.network("no_penalty")
    assert trained(study, "deep_emotion").learning_rate == study.learning_rate


def test_targets_have_values_of_their_own():
    first = {"dataset": "synthetic", "variants": ["tuned"], "seeds": [3], "epochs": 2, "patience": 5, "batch_size": 4}
    study = check(recipes=RECIPES, targets=[first, {"dataset": "jaffe", "splits": ["official"]}], epochs=9)
    one, other = study.planned()
    assert one["splits"] == ["subject"] and one["folds"] == 5
    assert (one["variants"], one["seeds"], one["label_space"]) == (["tuned"], [3], "native")
    assert other["variants"] == list(VARIANTS) and other["seeds"] == [2020]
    config = trained(study, "deep_emotion", one)
    assert (config.epochs, config.patience, config.batch_size) == (2, 5, 4)
    assert trained(study, "deep_emotion", other).epochs == 9


def test_network_names_only_what_was_changed():
    assert {name: check().network(name) for name in VARIANTS} == {
        name: (model, options) for name, (model, options, _) in VARIANTS.items()
    }
    study = check(loc_mode="adaptive3", dropout=0.2)
    assert study.network("input_warp")[1] == {"loc_mode": "adaptive3", "dropout": 0.2, "warp": "input"}
    assert study.network("deep_emotion_port") == ("deep_emotion_port", {})


def test_defaults_of_the_network_are_the_models():
    """Else an option that is left out would be another one."""
    model, named = create_model("deep_emotion", num_classes=7), create_model("deep_emotion", num_classes=7, **NETWORK)
    assert str(model) == str(named) and (model.scale, model.fc_relu) == (named.scale, named.fc_relu)
    assert {key: DeepEmotionStudy.model_fields[key].default for key in NETWORK} == NETWORK


def test_sets_of_the_paper_that_are_here_are_planned(tmp_path):
    def planned():
        return [entry["dataset"] for entry in check(data_dir=str(tmp_path)).planned()]

    assert planned() == ["synthetic"]
    (tmp_path / "raw" / "fer2013").mkdir(parents=True)
    assert planned() == ["synthetic"]  # an empty folder is no set
    (tmp_path / "raw" / "jaffe").mkdir()
    (tmp_path / "raw" / "jaffe" / "KA.AN1.39.tiff").touch()
    write_card(tmp_path / "prepared" / "ckplus", "prepared", {"dataset": "ckplus"})
    write_card(tmp_path / "prepared" / "mmi", "prepared", {"dataset": "mmi"})  # none of the paper's
    assert planned() == ["ckplus", "jaffe"]
    entries = check(data_dir=str(tmp_path), epochs=4).planned()
    assert [entry["splits"] for entry in entries] == [PAPER_SETS[name]["splits"] for name in ("ckplus", "jaffe")]
    assert all(entry["epochs"] == 4 and entry.keys() >= set(OWN) for entry in entries)
    named = check(data_dir=str(tmp_path), targets=[{"dataset": "synthetic"}])
    assert [entry["dataset"] for entry in named.planned()] == ["synthetic"]


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        ({"epoch": 3}, "unknown parameter 'epoch'; did you mean 'epochs'"),
        ({"variants": ["inputwarp"]}, "unknown variant 'inputwarp'; did you mean 'input_warp'"),
        ({"variants": ["deep_emotion"] * 2}, "a variant is named twice"),
        ({"variants": ["tuned"]}, "unknown variant 'tuned'"),
        ({"seeds": [1, 1]}, "a seed is named twice"),
        ({"seeds": [-1]}, "seed -1, expected whole numbers from 0"),
        ({"label_space": "natve"}, "unknown label space 'natve'; did you mean 'native'"),
        ({"penalty": -1.0}, "'penalty' = -1.0"),
        ({"scale": "symetric"}, "did you mean 'symmetric'"),
        ({"augmentation": "flipp"}, "did you mean 'flip'"),
        ({"select_on": "first_row"}, "did you mean 'first_rows'"),
        ({"recipes": {"no_penalty": {"variant": "deep_emotion"}}}, "is called like a variant of the study"),
        ({"recipes": {"t": {"variant": "deep_emotio"}}}, "recipe 't' names the variant 'deep_emotio'"),
        ({"recipes": {"t": {}}}, "recipe 't' names the variant None"),
        ({"recipes": {"t": {"variant": "input_warp", "penalti": 0.1}}}, "no 'penalti'; did you mean 'penalty'"),
        ({"recipes": {"t": {"variant": "input_warp", "epochs": 0}}}, "parameter 'epochs' = 0"),
        ({"recipes": {"t": {"variant": "input_warp", "learning_rate": "low"}}}, "parameter 'learning_rate' = 'low'"),
        ({"targets": [{"splits": ["subject"]}]}, "a target names no dataset"),
        ({"targets": [{"dataset": "jafe"}]}, "unknown data set 'jafe'; did you mean 'jaffe'"),
        ({"targets": [{"dataset": "jaffe", "options": {"sze": 48}}]}, "no option 'sze'; did you mean 'size'"),
        ({"targets": [{"dataset": "jaffe", "epoch": 3}]}, "a target has no 'epoch'; did you mean 'epochs'"),
        ({"targets": [{"dataset": "jaffe", "splits": ["oficial"]}]}, "split 'oficial'; did you mean 'official'"),
        ({"targets": [{"dataset": "jaffe", "splits": []}]}, r"a target has the splits \[\], expected a list"),
        ({"targets": [{"dataset": "jaffe", "splits": "subject"}]}, "the splits 'subject', expected a list"),
        ({"targets": [{"dataset": "jaffe", "splits": ["random"] * 2}]}, "a target names a split twice"),
        ({"targets": [{"dataset": "jaffe", "folds": 1}]}, "a target has 1 folds, expected a whole number from 2"),
        ({"targets": [{"dataset": "jaffe", "epochs": 0}]}, "parameter 'epochs' = 0"),
        ({"targets": [{"dataset": "jaffe", "variants": ["no_penalti"]}]}, "did you mean 'no_penalty'"),
    ],
)  # fmt: skip
def test_bad_parameters_are_told_in_one_sentence(change, sentence):
    with pytest.raises(InputError, match=sentence) as told:
        check(**change)
    assert "\n" not in str(told.value)


def test_own_splits_and_label_spaces_of_the_paper_are_valid():
    check(targets=[{"dataset": name, **entry} for name, entry in PAPER_SETS.items()])
