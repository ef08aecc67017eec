"""The training loop: repeatable, honest about its best epoch, blind to what it only watches."""

import copy

import numpy as np
import pytest
import torch
import torch.nn.functional as F

from fer_lib.errors import InputError
from fer_lib.models import create_model
from fer_lib.training import fit
from fer_lib.training.loop import predict_logits
from fer_lib.training.losses import class_weights

from .conftest import bars

LABELS = np.arange(90) % 3
TRAIN, SELECT, WATCH = np.arange(0, 50), np.arange(50, 70), np.arange(70, 90)
COLUMNS = ["epoch", "train_loss", "train_accuracy", "select_loss", "select_accuracy"]


@pytest.fixture
def train(make_batches, config):
    """``train(…)``: a fresh network of seed 0, trained; returns (model, Fit)."""

    def run(batches=None, *, name="simple_cnn", rows=TRAIN, select=SELECT, watch=None, seed=0, told=None, **changes):
        torch.manual_seed(0)
        model = create_model(name, num_classes=3)
        batches = make_batches(LABELS) if batches is None else batches
        result = fit(model, batches, rows, select, config(**changes), seed=seed, watch=watch, on_epoch=told)
        return model, result

    return run


def same_weights(one, other):
    other = other.state_dict()
    return all(torch.equal(value, other[key]) for key, value in one.state_dict().items())


def without_time(history):
    return [{key: value for key, value in row.items() if key != "seconds"} for row in history]


@pytest.mark.parametrize("name", ["simple_cnn", "guided_stn"])
def test_the_same_seed_gives_the_same_bits(train, name):
    (one, first), (other, second) = train(name=name, epochs=3), train(name=name, epochs=3)
    assert same_weights(one, other)
    assert without_time(first.history) == without_time(second.history)


def test_nothing_but_the_seed_decides_the_order_and_dropout(make_batches, config):
    """Whatever was drawn from torch's global generator before."""
    torch.manual_seed(0)
    one = create_model("simple_cnn", num_classes=3)
    other = copy.deepcopy(one)
    fit(one, make_batches(LABELS), TRAIN, SELECT, config(), seed=5)
    torch.manual_seed(99)
    fit(other, make_batches(LABELS), TRAIN, SELECT, config(), seed=5)
    assert same_weights(one, other)


def test_every_epoch_trains_in_training_mode_and_scores_in_evaluation_mode(make_batches, config):
    model, modes = create_model("simple_cnn", num_classes=3), []
    model.register_forward_hook(lambda module, *_: modes.append(module.training))
    fit(model, make_batches(LABELS), np.arange(32), SELECT, config(epochs=3), seed=0, watch=WATCH)
    assert modes == [True, True, False, False] * 3  # two batches, then what selects and what is watched


def test_another_seed_gives_another_order_and_dropout(train):
    assert not same_weights(train()[0], train(seed=1)[0])


def test_a_history_row_per_epoch_told_as_it_happens(train):
    told = []
    _, result = train(watch=WATCH, epochs=3, told=told.append)
    assert told == result.history
    assert [row["epoch"] for row in told] == [1, 2, 3]
    assert list(told[0]) == [*COLUMNS, "watch_loss", "watch_accuracy", "seconds"]
    assert list(train()[1].history[0]) == [*COLUMNS, "seconds"]
    assert all(np.isfinite(list(row.values())).all() and row["seconds"] > 0 for row in told)


def test_the_network_ends_with_the_weights_of_its_best_epoch(train, make_batches):
    # images without a pattern: the score goes up and down, so the best epoch is not the last
    noise = np.random.default_rng(5).integers(0, 256, (90, 48, 48), dtype=np.uint8)
    batches = make_batches(LABELS, images=noise)
    model, result = train(batches, epochs=12, patience=12, learning_rate=5e-3, select=np.arange(50, 90))
    best = result.history[result.best_epoch - 1]
    assert best["epoch"] == result.best_epoch < 12
    assert best["select_accuracy"] == max(row["select_accuracy"] for row in result.history)
    logits = predict_logits(model, batches, np.arange(50, 90))
    truth = torch.from_numpy(LABELS[50:90])
    weight = torch.from_numpy(class_weights(LABELS[TRAIN], 3))
    assert (logits.argmax(1) == truth).float().mean().item() == best["select_accuracy"]
    assert F.cross_entropy(logits, truth, weight).item() == pytest.approx(best["select_loss"], rel=1e-6)


def test_training_stops_after_the_patience(train):
    """One class to tell: the first epoch cannot be beaten."""
    _, result = train(select=np.array([0]), epochs=40, patience=2, learning_rate=1e-5)
    assert result.stopped_early
    assert len(result.history) == result.best_epoch + 2


def test_a_full_budget_is_no_early_stop(train):
    _, result = train(epochs=3)
    assert not result.stopped_early and len(result.history) == 3


def test_what_is_watched_is_never_used(train, make_batches):
    """Other images and labels in the watched part: the same weights and the same best epoch."""
    images, labels = bars(LABELS), LABELS.copy()
    images[WATCH] = np.random.default_rng(9).integers(0, 256, (20, 48, 48), dtype=np.uint8)
    labels[WATCH] = (labels[WATCH] + 1) % 3
    honest, one = train(watch=WATCH, epochs=4)
    scrambled, two = train(make_batches(labels, images=images), watch=WATCH, epochs=4)
    unwatched, three = train(epochs=4)
    assert same_weights(honest, scrambled) and same_weights(honest, unwatched)
    assert one.best_epoch == two.best_epoch == three.best_epoch
    assert one.history[-1]["watch_loss"] != two.history[-1]["watch_loss"]


def test_what_selects_is_never_learnt_from(train, make_batches):
    """Other images in the selecting part: the training loss of every epoch stays."""
    images = bars(LABELS)
    images[SELECT] = 255 - images[SELECT]
    one, two = train(epochs=3)[1], train(make_batches(LABELS, images=images), epochs=3)[1]
    assert [row["train_loss"] for row in one.history] == [row["train_loss"] for row in two.history]
    assert one.history[0]["select_loss"] != two.history[0]["select_loss"]


@pytest.mark.parametrize("rows", [17, 33])
def test_a_last_batch_of_one_sample_is_left_out(train, rows):
    """Batches of 16: one sample remains, of which batch norm could not take a variance."""
    _, result = train(rows=np.arange(rows))
    assert all(np.isfinite(row["train_loss"]) for row in result.history)
    correct = result.history[0]["train_accuracy"] * (rows - 1)
    assert correct == pytest.approx(round(correct))  # a share of the samples that were seen


def test_a_smaller_last_batch_is_used(train):
    _, result = train(rows=np.arange(18))
    correct = result.history[0]["train_accuracy"] * 18
    assert correct == pytest.approx(round(correct))


def test_training_loss_is_the_mean_over_samples(train, make_batches, config):
    """One step with every sample, no dropout: the loss of the untrained network."""
    torch.manual_seed(0)
    model = create_model("simple_cnn", num_classes=3)
    model.dropout.p = 0.0
    batches = make_batches(LABELS)
    inputs, labels = batches[torch.arange(50)]
    expected = F.cross_entropy(model.train()(*inputs), labels, torch.from_numpy(class_weights(LABELS[:50], 3)))
    result = fit(model, batches, TRAIN, SELECT, config(epochs=1, batch_size=50), seed=0)
    assert result.history[0]["train_loss"] == pytest.approx(expected.item(), rel=1e-5)


def test_a_sample_left_out_does_not_count_in_the_mean_loss(make_batches, config):
    """17 times the same image: the mean loss is that of one of them."""
    model = create_model("simple_cnn", num_classes=3)
    model.dropout.p = 0.0
    batches = make_batches(np.zeros(17, int), images=np.tile(bars([0]), (17, 1, 1)))
    inputs, labels = batches[torch.arange(16)]
    expected = F.cross_entropy(model.train()(*inputs), labels).item()
    result = fit(model, batches, np.arange(17), np.arange(2), config(epochs=1, class_weighted=False), seed=0)
    assert result.history[0]["train_loss"] == pytest.approx(expected, rel=1e-5)


def test_class_weights_change_the_training_and_can_be_left_out(train):
    rows = np.concatenate([np.flatnonzero(LABELS == 0), np.flatnonzero(LABELS == 1)[:5], [2, 5, 8]])
    assert not same_weights(train(rows=rows)[0], train(rows=rows, class_weighted=False)[0])


def test_a_class_missing_in_the_training_part_is_told(train):
    rows = np.flatnonzero(LABELS != 1)
    with pytest.raises(InputError, match="class 1 has no training sample"):
        train(rows=rows)
    assert len(train(rows=rows, class_weighted=False)[1].history) == 2


@pytest.mark.parametrize(("rows", "select"), [([], [1]), ([0], [1]), ([0, 1, 2], [])])
def test_too_few_samples_are_told(train, rows, select):
    with pytest.raises(InputError, match="expected at least"):
        train(rows=np.array(rows, int), select=np.array(select, int), class_weighted=False)


def test_a_small_set_is_learnt_by_heart(train, make_batches):
    """64 images of noise with random labels: only learning them one by one gets them right."""
    rng = np.random.default_rng(0)
    labels = rng.permutation(np.arange(64) % 3)
    batches = make_batches(labels, images=rng.integers(0, 256, (64, 48, 48), dtype=np.uint8))
    everything = np.arange(64)
    _, result = train(batches, rows=everything, select=everything, epochs=30, patience=30)
    assert result.history[0]["select_accuracy"] < 0.6
    assert max(row["select_accuracy"] for row in result.history) > 0.95


def test_guidance_reaches_the_localization_network(train, make_batches):
    guided = make_batches(LABELS, guidance=bars(LABELS, seed=1))
    assert not same_weights(train(guided, name="guided_stn")[0], train(name="guided_stn")[0])


def test_predictions_follow_the_asked_order_and_size(make_batches):
    model = create_model("simple_cnn", num_classes=3)
    batches = make_batches(np.arange(600) % 3)  # more than one evaluation batch
    order = np.random.default_rng(0).permutation(600)
    straight, shuffled = (predict_logits(model, batches, index) for index in (np.arange(600), order))
    assert straight.shape == (600, 3)
    assert torch.allclose(shuffled, straight[order], atol=1e-5)
    assert not model.training


def test_bfloat16_trains_and_predicts_float32_logits(train, make_batches):
    model, result = train(name="guided_stn", precision="bf16")
    assert all(np.isfinite(row["train_loss"]) for row in result.history)
    assert all(value.dtype != torch.bfloat16 for value in model.state_dict().values())
    batches = make_batches(LABELS)
    half, full = (predict_logits(model, batches, WATCH, dtype) for dtype in (torch.bfloat16, torch.float32))
    assert half.dtype == torch.float32
    assert (half - full).abs().max() < 0.1 and not torch.equal(half, full)


@pytest.mark.parametrize("name", ["deep_emotion", "deep_emotion_port"])
def test_a_network_with_a_transformer_learns_64_images(train, make_batches, name):
    batches, every = make_batches(np.arange(64) % 3), np.arange(64)
    model, _ = train(batches, name=name, rows=every, select=every, epochs=10, learning_rate=5e-3, class_weighted=False)
    assert (predict_logits(model, batches, every).argmax(1) == batches.labels).float().mean() > 0.95
    assert model.fc_loc[2].weight.abs().max() > 1e-3  # θ has learnt too
