"""Training with centre loss: what it shares with the plain loop, when it sets in, and what it keeps."""

from dataclasses import replace

import numpy as np
import pytest
import torch

from fer_lib.errors import InputError
from fer_lib.models import create_model
from fer_lib.training import fit
from fer_lib.training.center_fit import fit_center_loss
from fer_lib.training.center_loss import CenterConfig

LABELS = np.arange(60) % 3
TRAIN, SELECT, WATCH = np.arange(0, 40), np.arange(40, 50), np.arange(50, 60)
CENTER = CenterConfig(weight=0.5, start_epoch=1, snapshot_every=1)


@pytest.fixture
def train(make_batches, config):
    """``train(center, …)``: a fresh network of seed 0, trained; returns (model, CenterFit)."""

    def run(center=CENTER, *, size=2, select=SELECT, watch=None, told=None, **changes):
        model = fresh(size)
        settings = config(**{"epochs": 3, "keep": "last", **changes})
        batches = make_batches(LABELS)
        return model, fit_center_loss(
            model, batches, TRAIN, select, settings, center, seed=5, watch=watch, on_epoch=told
        )

    return run


def fresh(size=2):
    torch.manual_seed(0)
    return create_model("center_slim", num_classes=3, feature_size=size, activation="none")


def without_time(history, *more):
    return [{key: value for key, value in row.items() if key not in ("seconds", *more)} for row in history]


def same_weights(one, other):
    other = other.state_dict()
    return all(torch.equal(value, other[key]) for key, value in one.state_dict().items())


@pytest.mark.parametrize(
    "changes",
    [
        {},
        {"augmentation": "flip", "class_weighted": False, "optimizer": "radam", "label_smoothing": 0.1, "cutout": 0.3},
    ],
)
def test_without_weight_it_is_the_plain_loop(train, make_batches, config, changes):
    model, result = train(replace(CENTER, weight=0.0), watch=WATCH, **changes)
    plain = fresh()
    settings = config(epochs=3, keep="last", **changes)
    expected = fit(plain, make_batches(LABELS), TRAIN, SELECT, settings, seed=5, watch=WATCH)
    assert same_weights(model, plain)
    assert without_time(result.history, "learning_rate") == without_time(expected.history)
    assert result.best_epoch == expected.best_epoch and result.kept.centers is None


def test_until_it_sets_in_nothing_is_different_and_then_it_is(train):
    _, plain = train(replace(CENTER, weight=0.0))
    _, pulled = train()
    one, other = without_time(plain.history), without_time(pulled.history)
    assert one[0] == other[0] and one[1] != other[1]
    assert ["center_loss" in row for row in other] == [False, True, True]
    assert np.array_equal(plain.snapshots[1].features, pulled.snapshots[1].features)
    assert pulled.snapshots[1].centers is None and pulled.snapshots[2].centers.shape == (3, 2)


def test_it_brings_features_to_their_centres(train):
    far, near = (
        train(CenterConfig(weight=weight, start_epoch=0), epochs=8, learning_rate=1e-2)[1].history
        for weight in (1e-6, 1.0)
    )
    assert near[-1]["center_loss"] < near[0]["center_loss"] / 2
    assert near[-1]["center_loss"] < far[-1]["center_loss"] / 2


def test_the_same_seed_gives_the_same_bits(train):
    (one, first), (other, second) = train(), train()
    assert same_weights(one, other) and without_time(first.history) == without_time(second.history)
    assert np.array_equal(first.kept.centers, second.kept.centers)


@pytest.mark.parametrize("keep", ["best", "last"])
def test_the_kept_epoch_is_one_with_centre_loss(train, keep):
    model, result = train(epochs=5, keep=keep, patience=5, average_decay=0.5)
    scores = [row["select_accuracy"] for row in result.history]
    assert result.best_epoch == (5 if keep == "last" else 2 + int(np.argmax(scores[1:])))
    kept, snapshot = result.kept, result.snapshots[result.best_epoch]
    assert np.array_equal(kept.features, snapshot.features) and np.array_equal(kept.centers, snapshot.centers)
    with torch.no_grad():
        images = torch.from_numpy(np.zeros((1, 1, 48, 48), np.float32))
        assert model.eval().features(images).shape == (1, 2)


def test_patience_counts_from_the_epoch_that_it_sets_in(train):
    _, result = train(CenterConfig(weight=0.1, start_epoch=3), keep="best", epochs=30, patience=1, learning_rate=1e-9)
    assert result.stopped_early and len(result.history) == 5 and result.best_epoch == 4


def test_snapshots_are_thinned_and_hold_every_sample(train):
    told = []
    _, result = train(replace(CENTER, snapshot_every=2), epochs=5, size=4, told=told.append)
    assert list(result.snapshots) == [2, 4] and told == result.history
    assert all(one.features.shape == (60, 4) for one in result.snapshots.values())
    assert result.snapshots[2].features.dtype == np.float32


def test_the_networks_rate_falls_in_steps(train):
    _, result = train(replace(CENTER, step=1), learning_rate=1e-2)
    assert [row["learning_rate"] for row in result.history] == pytest.approx([1e-2, 1e-3, 1e-4])


@pytest.mark.parametrize(
    ("center", "changes", "sentence"),
    [
        ({"start_epoch": 3}, {}, "epochs = 3, expected more than start_epoch = 3"),
        ({"step": 2}, {"schedule": "one_cycle"}, "step = 2 beside another schedule"),
        ({"step": 2}, {"plateau_factor": 0.1}, "step = 2 beside another schedule"),
        ({}, {"dropout_eval": True}, "dropout_eval = True has no effect with centre loss, expected False"),
        ({}, {"fine_tune": "head"}, "fine_tune = 'head' has no effect with centre loss, expected 'full'"),
        ({}, {"image_sizes": (32, 48)}, "image_sizes = .* has no effect with centre loss"),
    ],
)
def test_what_cannot_be_is_told(train, center, changes, sentence):
    with pytest.raises(InputError, match=sentence):
        train(replace(CENTER, **center), **changes)


def test_a_network_without_a_feature_layer_is_told(make_batches, config):
    model = create_model("simple_cnn", num_classes=3)
    with pytest.raises(InputError, match="SimpleCNN has no feature layer"):
        fit_center_loss(model, make_batches(LABELS), TRAIN, SELECT, config(epochs=3), CENTER, seed=0)
