"""What notebook 07 says of its runs holds under parameters that differ from the profiles'."""

from types import SimpleNamespace

import pytest

from fer_lib.studies import feratt_words as words
from fer_lib.studies.feratt_parameters import FERAttStudy

HONEST = (
    "Every fold keeps the epoch of the best accuracy on fixed compositions of faces that are neither trained on nor "
    "tested (protocol honest)."
)


def check(**values) -> FERAttStudy:
    entry = {"dataset": "ckplus", **values.pop("entry", {})}
    return FERAttStudy.check({"device": "cpu", "precision": "fp32", "targets": [entry], **values})


def planned(study):
    """Targets as far as words need them."""
    return [SimpleNamespace(entry=entry) for entry in study.planned()]


def otherwise(**values):
    study = check(**values)
    return words.trained_otherwise(study, study.planned()[0])


def test_the_published_training_is_not_otherwise():
    assert otherwise(variants=["preact", "feratt_cls", "feratt_rep_cls"], backgrounds="coco") == []


def test_what_differs_stands_with_the_published_value():
    told = otherwise(
        variants=["preact_slim", "feratt_cls_slim"], backgrounds="procedural", face_side=0.76, zoom=0.03, flip=True,
        rotation=15.0, light="face", learning_rate=0.002, schedule="one_cycle", batch_size=32, appearance="none",
        entry={"epochs": 4, "epoch_length": 1920},
    )  # fmt: skip
    assert told == [
        "backgrounds drawn (photographs)", "image size 64 (128)", "face side 0.76 (0.928)", "zoom 0.03 (0.2)",
        "flip yes (no)", "rotation 15 (45)", "light face (canvas)", "epochs × compositions 4 × 1,920 (60 × 70,000)",
        "learning rate 0.002 (0.0001)", "schedule one_cycle (constant)", "batch size 32 (240)",
        "appearance none (2018)",
    ]  # fmt: skip


def test_losses_count_where_a_network_has_them():
    changed = {"backgrounds": "coco", "attention_weight": 5, "scale_with_dim": True}
    assert otherwise(variants=["preact", "feratt_cls"], **changed) == ["attention weight 5 (2)"]
    every = otherwise(variants=["preact", "feratt_cls", "feratt_rep_cls"], **changed)
    assert every == ["attention weight 5 (2)", "scale with dim yes (no)"]


def test_what_some_variants_alone_have_names_them():
    told = otherwise(
        variants=["preact", "feratt_cls", "long"], backgrounds="coco",
        recipes={"long": {"variant": "feratt_cls", "epochs": 90, "attention": "tanh"}},
    )  # fmt: skip
    assert told == ["epochs × compositions 90 × 70,000 (60 × 70,000) of long", "attention tanh (mse) of long"]


@pytest.mark.parametrize(
    ("values", "said"),
    [
        ({}, HONEST),
        ({"monitor": "macro_f1"}, HONEST.replace("accuracy", "macro-F1")),
        (
            {"protocol": "reference"},
            "Every fold keeps the epoch of the best accuracy on fixed compositions of the very faces that are tested "
            "(protocol reference, as published).",
        ),
        ({"protocol": "reference", "keep": "last"}, "Every fold keeps its last epoch; nothing selects."),
    ],
)
def test_what_chose_the_epoch(values, said):
    study = check(**values)
    assert words.selection_sentence(study, planned(study)) == said


def test_variants_whose_epochs_are_chosen_otherwise_are_named():
    study = check(
        variants=["preact", "feratt_cls", "last"], recipes={"last": {"variant": "feratt_cls", "keep": "last"}}
    )
    assert words.selection_sentence(study, planned(study) * 2) == (
        f"preact, feratt_cls: {HONEST} last: Every fold keeps its last epoch; nothing selects."
    )


def test_f1_is_said_as_it_is_computed():
    assert words.f1_sentence(check()).startswith("F1 is 2PR/(P + R)")
    assert words.f1_sentence(check(f1_mode="macro")).startswith("F1 of ours is the mean")


@pytest.mark.parametrize(
    ("variants", "baseline", "subject"),
    [
        (["feratt_cls", "preact", "feratt_rep_cls"], "the classifier alone", "feratt_rep_cls"),
        (["feratt_cls", "feratt_rep_cls"], "feratt_cls", "feratt_rep_cls"),
        (["preact", "feratt_cls"], "the classifier alone", "feratt_cls"),
        (["feratt_cls"], "", "feratt_cls"),
    ],
)
def test_the_baseline_and_the_subject_are_those_of_the_study(variants, baseline, subject):
    study = check(variants=variants)
    assert words.baseline_title(study, planned(study)) == baseline
    assert words.subjects(study, planned(study) * 2) == subject


def test_targets_with_other_variants_are_all_told():
    study = FERAttStudy.check(
        {
            "device": "cpu", "targets": [
                {"dataset": "ckplus", "variants": ["preact", "feratt_cls"]},
                {"dataset": "jaffe", "variants": ["feratt_cls", "feratt_rep_cls"]},
            ],
        }
    )  # fmt: skip
    assert words.baseline_title(study, planned(study)) == "the classifier alone or feratt_cls"
    assert words.subjects(study, planned(study)) == "feratt_cls and feratt_rep_cls"
