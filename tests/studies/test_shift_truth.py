"""The shift test: a network that sees real masks finds faces, one that sees another face's does not."""

import pytest

from fer_lib.studies import shift_training
from fer_lib.studies.shift_truth import ShiftTruth, for_readers, measure, summary


@pytest.fixture(scope="module")
def measured(tmp_path_factory):
    root = tmp_path_factory.mktemp("shift")
    test = ShiftTruth(root / "reports", root / "data", images=600, folds=2, device="cpu", precision="fp32")
    return test, measure(test)


def test_only_held_out_faces_are_measured(measured):
    test, rows = measured
    per_network = rows.groupby(["training", "variant"], sort=False)
    assert list(per_network.groups) == [(n.training, n.variant) for n in test.networks() if n.fold == 0]
    for _, network in per_network:
        assert network["sample_id"].is_unique and set(network["fold"]) == {0, 1}


def test_real_masks_find_the_face_and_shuffled_ones_do_not(measured):
    table = summary(measured[1]).set_index(["training", "variant"])
    guided = table.loc[(shift_training.GROWING, "soft"), "remaining"]
    shuffled = table.loc[(shift_training.GROWING, "shuffled"), "remaining"]
    assert guided < 85 and shuffled > 90, "with 600 images; the study's 1,600 reach 50 and 90"


def test_readers_are_told_what_was_asked_and_whether_it_holds(measured):
    shown = for_readers(summary(measured[1])).set_index(["training", "guidance"])
    assert shown.loc[("plain", "soft"), "asked %"] == "at most 50"
    assert set(shown["holds"]) <= {"yes", "no", ""}


def test_what_is_on_disk_is_not_trained_again(measured, monkeypatch):
    test, rows = measured
    monkeypatch.setattr(shift_training, "fit", None)
    assert measure(test).equals(rows)
