"""Switches of the loop: each changes what it says, and only that."""

import copy

import numpy as np
import pytest
import torch

from fer_lib.models import create_model
from fer_lib.training import fit, loop
from fer_lib.training.loop import predict_logits

LABELS = np.arange(90) % 3
TRAIN, SELECT, WATCH = np.arange(0, 50), np.arange(50, 70), np.arange(70, 90)


@pytest.fixture
def train(make_batches, config):
    """``train(…)``: a fresh network of seed 0, trained; returns (model, Fit)."""

    def run(*, rows=TRAIN, select=SELECT, watch=None, seed=0, **changes):
        torch.manual_seed(0)
        model = create_model("simple_cnn", num_classes=3)
        result = fit(model, make_batches(LABELS), rows, select, config(**changes), seed=seed, watch=watch)
        return model, result

    return run


@pytest.fixture
def scripted(monkeypatch):
    """Scores by the script: accuracy is best in epoch 1, macro-F1 in 2, balanced accuracy in 3."""
    script = {"accuracy": [0.9, 0.5, 0.1], "macro_f1": [0.1, 0.9, 0.5], "balanced_accuracy": [0.5, 0.1, 0.9]}
    epochs = iter(range(3))

    def score(name, *_):
        epoch = next(epochs)
        return {f"{name}_{monitor}": values[epoch] for monitor, values in script.items()}

    monkeypatch.setattr(loop, "part_scores", score)


def column(result, name):
    return [row[name] for row in result.history]


def same_weights(one, other):
    other = other.state_dict()
    return all(torch.equal(value, other[key]) for key, value in one.state_dict().items())


# dropout_eval


def test_dropout_at_scoring_changes_the_scores_and_not_the_training(train):
    _, off = train(epochs=3, watch=WATCH)
    _, on = train(epochs=3, watch=WATCH, dropout_eval=True)
    assert column(off, "train_loss") == column(on, "train_loss")
    for name in ("select_loss", "watch_loss"):
        assert all(one != other for one, other in zip(column(off, name), column(on, name), strict=True))


def test_scores_under_dropout_repeat(train):
    one, same = (train(epochs=3, dropout_eval=True)[1] for _ in range(2))
    assert column(one, "select_loss") == column(same, "select_loss")


def test_what_is_watched_under_dropout_is_never_used(train):
    (one, watched), (other, alone) = (train(epochs=3, watch=watch, dropout_eval=True) for watch in (WATCH, None))
    assert same_weights(one, other) and column(watched, "select_loss") == column(alone, "select_loss")


def test_the_masks_of_the_best_epoch_can_be_had_again(train, make_batches):
    model, result = train(epochs=4, dropout_eval=True, class_weighted=False)
    logits = predict_logits(model, make_batches(LABELS), SELECT, dropout_seed=result.dropout_seed)
    loss = torch.nn.functional.cross_entropy(logits, torch.from_numpy(LABELS[SELECT])).item()
    assert loss == column(result, "select_loss")[result.best_epoch - 1]


def test_every_epoch_is_scored_with_other_masks(make_batches, config):
    """A network that does not learn: only the masks differ between epochs."""
    model, kept = create_model("simple_cnn", num_classes=3), []
    model.dropout.register_forward_hook(lambda m, i, out: None if model.training else kept.append((out == 0).float()))
    fit(model, make_batches(LABELS), TRAIN, SELECT, config(dropout_eval=True, learning_rate=1e-12), seed=0)
    assert len(kept) == 2 and (kept[0] != kept[1]).float().mean() > 0.1


def test_without_the_switch_there_are_no_masks(train):
    assert train()[1].dropout_seed is None


# monitor


@pytest.mark.parametrize(("monitor", "best"), [("accuracy", 1), ("macro_f1", 2), ("balanced_accuracy", 3)])
def test_the_monitor_chooses_the_epoch(train, scripted, monitor, best):
    assert train(epochs=3, monitor=monitor)[1].best_epoch == best


@pytest.mark.parametrize(("monitor", "epochs"), [("accuracy", 2), ("macro_f1", 3)])
def test_the_monitor_decides_when_to_stop(train, scripted, monitor, epochs):
    assert len(train(epochs=3, patience=1, monitor=monitor)[1].history) == epochs


@pytest.mark.parametrize("monitor", ["macro_f1", "balanced_accuracy"])
def test_a_monitor_adds_its_column_and_changes_no_other(train, monitor):
    plain, other = (train(watch=WATCH, epochs=1, monitor=name)[1].history[0] for name in ("accuracy", monitor))
    assert set(other) - set(plain) == {f"select_{monitor}", f"watch_{monitor}"}
    assert all(other[key] == value for key, value in plain.items() if key != "seconds")


def test_a_monitor_is_computed_on_its_own_part(train, make_batches):
    select = np.concatenate([np.flatnonzero(LABELS == 0)[:8], [1, 4]])  # 8 of one class, 2 of another
    model, result = train(select=select, epochs=1, monitor="balanced_accuracy")
    right = predict_logits(model, make_batches(LABELS), select).argmax(1).numpy() == LABELS[select]
    assert result.history[0]["select_balanced_accuracy"] == pytest.approx((right[:8].mean() + right[8:].mean()) / 2)


# seed None, select None, keep


def test_without_a_seed_order_and_dropout_go_on_in_torchs_generator(make_batches, config):
    initial = create_model("simple_cnn", num_classes=3)
    losses = []
    for begin in (5, 5, None):  # None: where the second training ended
        if begin is not None:
            torch.manual_seed(begin)
        model = copy.deepcopy(initial)
        losses.append(fit(model, make_batches(LABELS), TRAIN, SELECT, config(), seed=None).history[0]["train_loss"])
    assert losses[0] == losses[1] != losses[2]


def test_with_nothing_to_select_on_the_training_accuracy_chooses(train):
    _, result = train(select=None, epochs=8, patience=8, learning_rate=0.02)
    assert set(result.history[0]) == {"epoch", "train_loss", "train_accuracy", "seconds"}
    accuracies = column(result, "train_accuracy")
    assert result.best_epoch == accuracies.index(max(accuracies)) + 1


def test_training_accuracy_stops_the_training_too(train):
    """50 samples, hardly any step: an accuracy above all others soon stays away."""
    _, result = train(select=None, epochs=60, patience=2, learning_rate=1e-9)
    assert result.stopped_early and len(result.history) == result.best_epoch + 2


def test_the_last_epoch_can_be_kept(train, scripted):
    short, result = train(epochs=2, keep="last", patience=1)
    assert result.best_epoch == 2 and not result.stopped_early and len(result.history) == 2
    assert same_weights(short, train(select=None, epochs=2, keep="last")[0])
    assert not same_weights(short, train(select=None, epochs=1, keep="last")[0])
