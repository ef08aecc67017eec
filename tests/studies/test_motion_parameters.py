"""What notebook 05 may be asked for."""

import pytest

from fer_lib.errors import InputError
from fer_lib.models import create_model
from fer_lib.studies.motion_parameters import STAGES, VARIANTS, MotionPriorStudy
from fer_lib.training import TrainConfig
from fer_lib.training.motion import MotionConfig

TARGET = {"dataset": "synthetic", "splits": ["subject"], "folds": 2, "landmarks": "dataset"}


def check(**values) -> MotionPriorStudy:
    return MotionPriorStudy.check({"device": "cpu", "precision": "fp32", "targets": [TARGET], **values})


def entry(study: MotionPriorStudy) -> dict:
    return study.planned()[0]


def test_the_recipe_of_the_public_code_is_the_default():
    study = check()
    assert study.motion("fmpn", entry(study)) == MotionConfig()
    expected = TrainConfig(
        epochs=100, patience=100, batch_size=16, learning_rate=1e-4, class_weighted=False, seed=7, device="cpu",
        precision="fp32",
    )  # fmt: skip
    assert study.training("fmpn", entry(study), 7) == expected.resolved()


def test_every_parameter_of_both_stages_arrives():
    changed = {
        "mask_epochs": 7, "mask_decay": 3, "mask_batch_size": 4, "mask_learning_rate": 0.1, "decay": 2,
        "generator_learning_rate": 0.2, "loss_preset": "paper", "policy": "linear", "legacy_lr_lambda": True,
    }  # fmt: skip
    assert changed.keys() == set(STAGES)
    study = check(**changed, epochs=5, crops=False)
    assert study.motion("fmpn_slim", entry(study)) == MotionConfig(**changed, augmentation="none")


def test_a_target_and_a_recipe_may_differ_the_recipe_last():
    recipes = {"long": {"variant": "fmpn_slim", "mask_epochs": 70, "epochs": 80, "prior": "only", "decay": 9}}
    study = check(
        recipes=recipes, variants=["fmpn_slim", "long"], targets=[{**TARGET, "mask_epochs": 60, "image_size": 48}]
    )
    assert study.motion("fmpn_slim", entry(study)).mask_epochs == 60
    assert study.motion("long", entry(study)).mask_epochs == 70 and study.motion("long", entry(study)).decay == 9
    assert study.training("long", entry(study), 1).epochs == 80
    assert study.network("long", entry(study)) == ("fmpn_slim", {"image_size": 48, "prior": "only"})
    assert study.network("fmpn_slim", entry(study)) == ("fmpn_slim", {"image_size": 48})


@pytest.mark.parametrize("variant", [name for name in VARIANTS if name.endswith("_slim")])
def test_every_slim_variant_is_a_network(variant):
    study = check(image_size=48)
    name, options = study.network(variant, entry(study))
    model = create_model(name, num_classes=6, **options)
    assert hasattr(model, "generator") is variant.startswith("fmpn")
    assert model.takes_guidance is (study.control(variant) is not None)


def test_controls_are_known_through_their_recipes():
    study = check(recipes={"told": {"variant": "oracle", "epochs": 3}}, variants=["fmpn", "told"])
    assert [study.control(name) for name in ("told", "shuffled_slim", "fmpn", "classifier")] == [
        "oracle", "shuffled", None, None,
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("variants", "said"), [(["fmpn_slim"], "slim FMPN"), (["fmpn"], "FMPN"), (["fmpn", "fmpn_slim"], "slim FMPN")]
)
def test_a_substitute_says_so_in_titles(variants, said):
    assert said in check(variants=variants).described
    if variants == ["fmpn"]:
        assert "slim" not in check(variants=variants).described


def test_compared_with_the_classifier_alone_where_it_is_there():
    study = check()
    assert study.baseline(["fmpn_slim", "classifier_slim"]) == "classifier_slim"
    assert study.baseline(["fmpn_slim", "oracle_slim"]) == "fmpn_slim"


@pytest.mark.parametrize(
    ("values", "sentence"),
    [
        ({"source": "pair"}, "source"),
        ({"variants": ["fmpn_slimm"]}, "did you mean 'fmpn_slim'"),
        ({"variants": ["classifier_slim", "oracle"]}, "none predicts masks, expected fmpn, fmpn_slim"),
        ({"targets": [{**TARGET, "variants": ["classifier_slim"]}]}, "none predicts masks"),
        ({"image_size": 958}, "image_size"),  # frames of 1025 pixels
        ({"loss_preset": "papers"}, "loss_preset"),
        ({"recipes": {"x": {"variant": "fmpn", "mask_epoch": 3}}}, "did you mean 'mask_epochs'"),
        ({"targets": [{**TARGET, "sources": "pairs"}]}, "did you mean 'source'"),
    ],
)
def test_bad_values_are_named(values, sentence):
    with pytest.raises(InputError, match=sentence):
        check(**values)


def test_sets_of_the_paper_come_with_their_folds(tmp_path):
    for name in ("ckplus", "jaffe"):
        (tmp_path / "raw" / name).mkdir(parents=True)
        (tmp_path / "raw" / name / "something").write_text("")
    planned = check(targets=[], data_dir=str(tmp_path)).planned()
    assert [(e["dataset"], e["splits"], e["folds"], e["source"]) for e in planned] == [
        ("ckplus", ["published"], 10, "published"),
        ("jaffe", ["leave_one_subject_out"], 10, "pairs"),
    ]
    assert [e["label_space"] for e in planned] == ["native", "expression6"]
    (only,) = check(targets=[], data_dir=str(tmp_path / "none")).planned()
    assert only["dataset"] == "synthetic"
