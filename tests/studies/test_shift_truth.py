"""The shift test: a network that sees real masks finds faces, one that sees another face's does not."""

import pandas as pd
import pytest
import torch

from fer_lib.datasets.folds import make_folds
from fer_lib.evaluation.warp_truth import remaining_error
from fer_lib.models import create_model
from fer_lib.studies import shift_training
from fer_lib.studies.shift_training import GROWING, Network, Settled, train_networks
from fer_lib.studies.shift_truth import (
    SHIFT,
    ShiftTruth,
    at_shifts,
    for_readers,
    held_out,
    inputs,
    load_faces,
    measure,
    summary,
)


@pytest.fixture(scope="module")
def measured(tmp_path_factory):
    """A test too small to find anything."""
    root = tmp_path_factory.mktemp("shift")
    test = ShiftTruth(root / "reports", root / "data", images=160, folds=2, device="cpu", precision="fp32")
    return test, measure(test)


def test_only_held_out_faces_are_measured(measured):
    test, rows = measured
    per_network = rows.groupby(["training", "variant"], sort=False)
    assert list(per_network.groups) == [(n.training, n.variant) for n in test.networks() if n.fold == 0]
    for _, network in per_network:
        assert network["sample_id"].is_unique and set(network["fold"]) == {0, 1}


def test_plain_training_takes_the_folds_that_are_asked_for(tmp_path):
    test = ShiftTruth(tmp_path, tmp_path, variants=("soft",), folds=3, plain_folds=2)
    assert [(n.training, n.fold) for n in test.networks()] == [("plain", 0), ("plain", 1)] + [
        (GROWING, k) for k in range(3)
    ]


def test_real_masks_find_the_face_and_shuffled_ones_do_not(tmp_path):
    """What the study asks, on the first of its three folds of people."""
    test = ShiftTruth(tmp_path, tmp_path / "data", device="cpu", precision="fp32")
    faces = load_faces(test)
    folds = make_folds("subject", faces, test.folds, test.seed)
    networks = [Network(GROWING, variant, 0) for variant in ("soft", "shuffled")]
    theta = train_networks(inputs(test, faces, folds), networks, test.training(), tmp_path / "networks")
    rows = held_out(theta, at_shifts(faces, SHIFT, test.seed), folds)
    remaining = {variant: remaining_error(network)["remaining"] for variant, network in rows.groupby("variant")}
    assert remaining["soft"] <= 50 and remaining["shuffled"] >= 90


def test_readers_are_told_what_was_asked_and_whether_it_holds(measured):
    shown = for_readers(summary(measured[1])).set_index(["training", "guidance"])
    assert shown.loc[("plain", "soft"), "asked %"] == "at most 50"
    assert set(shown["holds"]) <= {"yes", "no", ""}


def test_what_is_on_disk_is_not_trained_again(measured, monkeypatch):
    test, rows = measured
    monkeypatch.setattr(shift_training, "fit", None)
    assert measure(test).equals(rows)


@pytest.mark.parametrize(
    ("variant", "remaining", "holds"),
    [("soft", 50, "yes"), ("soft", 51, "no"), ("shuffled", 90, "yes"), ("shuffled", 89, "no"), ("none", 70, "")],
)
def test_half_is_asked_with_masks_and_nine_tenths_without(variant, remaining, holds):
    errors = {"error": remaining / 10, "error_middle": 1.0, "error_warped": 1.0}
    row = {
        "variant": variant,
        "training": GROWING,
        **errors,
        "unwarped_error": 10.0,
        "unwarped_middle": 10.0,
        "zoom": 1.0,
    }
    table = summary(pd.DataFrame([{**row, "fold": fold} for fold in (0, 1)]))
    assert table["remaining"].item() == pytest.approx(remaining) and table["holds"].item() == holds


def test_a_settled_network_answers_softly_and_learns_nothing():
    network = create_model("simple_cnn", num_classes=3).eval()
    image = torch.rand(4, 1, 48, 48, requires_grad=True)
    sure = network(image).detach()
    settled = Settled(network, temperature=2.0).train()
    before = {key: value.clone() for key, value in network.state_dict().items()}
    soft = settled(image)
    soft.sum().backward()
    assert torch.allclose(soft, sure / 2)  # dropout is off although the whole is in training mode
    assert image.grad.abs().sum() > 0 and not any(p.requires_grad for p in settled.parameters())
    assert all(torch.equal(value, before[key]) for key, value in network.state_dict().items())
