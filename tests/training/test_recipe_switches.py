"""The switches of stronger recipes: each changes what it says, at the right step, and nothing else."""

import copy

import numpy as np
import pytest
import torch
import torch.nn.functional as F
from torch import nn

from fer_lib.errors import InputError
from fer_lib.models import create_model
from fer_lib.training import TrainConfig, cross_validate, fit
from fer_lib.training.batches import Batches
from fer_lib.training.config import SEQUENTIAL_ONLY
from fer_lib.training.disturbance import Disturbance
from fer_lib.training.epoch import image_side
from fer_lib.training.one_cycle import steps_per_epoch
from fer_lib.training.optimizer import make_optimizer

from .conftest import bars

LABELS = np.arange(60) % 3
TRAIN, SELECT = np.arange(40), np.arange(40, 60)
SET = {
    "optimizer": "radam", "schedule": "one_cycle", "accumulate": 2, "compile": True, "label_smoothing": 0.1,
    "cutout": 0.3, "mixup": 0.2, "average_decay": 0.9, "image_sizes": (24, 48),
}  # fmt: skip


class Plain(nn.Module):
    """Without dropout and batch norm: what differs is what was asked for."""

    takes_guidance, any_size = False, True

    def __init__(self):
        super().__init__()
        torch.manual_seed(0)
        self.conv = nn.Conv2d(1, 4, 3)
        self.head = nn.Linear(4, 3)
        self.sides = []

    def forward(self, image):
        self.sides.append((self.training, image.shape[-1]))
        return self.head(F.relu(self.conv(image)).amax((2, 3)))


def doubles():
    return Batches(bars(LABELS), None, LABELS, 3, torch.device("cpu"), torch.float64)


@pytest.fixture
def trained(config):
    def train(seed=3, **changes):
        model = Plain()
        settings = config(**{"epochs": 2, "class_weighted": False, "precision": "fp64", **changes})
        return model, fit(model, doubles(), TRAIN, SELECT, settings, seed=seed)

    return train


def flat(model):
    return torch.cat([p.detach().flatten() for p in model.parameters()])


def test_every_switch_is_recorded_and_told_to_the_engines():
    assert set(SET) == set(SEQUENTIAL_ONLY)
    for name, value in SET.items():
        config = TrainConfig(**{name: value})
        assert config.sequential_only == (name,) and config.identity()[name] == value
    assert TrainConfig().sequential_only == () and TrainConfig(image_sizes=[32, 48]).image_sizes == (32, 48)


@pytest.mark.parametrize("switch", [name for name in SET if name != "compile"])
def test_every_switch_changes_the_training_and_repeats_it(trained, switch):
    plain, (once, _), (again, _) = trained()[0], trained(**{switch: SET[switch]}), trained(**{switch: SET[switch]})
    assert not torch.equal(flat(plain), flat(once))
    assert torch.equal(flat(once), flat(again))


@pytest.mark.parametrize(("asked", "kind"), [("adam", "Adam"), ("adamw", "AdamW"), ("radam", "RAdam"), ("sgd", "SGD")])
def test_the_optimizer_is_torchs(asked, kind):
    made = make_optimizer(Plain(), TrainConfig(optimizer=asked, weight_decay=1e-3), torch.device("cpu"))
    (group,) = made.param_groups
    assert type(made).__name__ == kind and group["weight_decay"] == 1e-3 and group["lr"] == 1e-3
    if asked == "radam":
        assert group["decoupled_weight_decay"] is True
    if asked == "sgd":
        assert group["nesterov"] and group["momentum"] == 0.9


def test_a_penalty_needs_a_coupled_decay():
    model = create_model("deep_emotion", num_classes=3)
    with pytest.raises(InputError, match="penalty = 0.1 with optimizer 'radam'.*expected one of adam, sgd"):
        make_optimizer(model, TrainConfig(optimizer="radam", penalty=0.1), torch.device("cpu"))


def test_one_cycle_rises_and_falls(trained):
    rates = [row["learning_rate"] for row in trained(schedule="one_cycle", epochs=10)[1].history]
    assert rates[0] == pytest.approx(1e-3 / 25)
    assert rates[2] == pytest.approx(1e-3, rel=0.02)  # after a fifth of the steps
    assert rates[2:] == sorted(rates[2:], reverse=True) and rates[-1] < 1e-4


@pytest.mark.parametrize(("images", "size", "accumulate", "expected"), [
    (40, 16, 1, 3), (40, 16, 2, 2), (33, 16, 1, 2), (34, 16, 1, 3), (32, 16, 4, 1),
])  # fmt: skip
def test_steps_are_counted_as_they_are_taken(images, size, accumulate, expected):
    assert steps_per_epoch(images, TrainConfig(batch_size=size, accumulate=accumulate)) == expected


def test_accumulated_batches_are_one_larger_batch(trained):
    """Without batch norm and with equal parts, the mean of their gradients is that of the whole."""
    parts, whole = trained(batch_size=10, accumulate=2)[0], trained(batch_size=20)[0]
    torch.testing.assert_close(flat(parts), flat(whole), rtol=1e-9, atol=1e-12)
    # the last step has one batch of 10 alone, and its gradient is not halved
    uneven = trained(batch_size=10, accumulate=3, optimizer="sgd", epochs=1)[0]
    assert not torch.equal(flat(uneven), flat(parts))


def test_the_average_is_kept_and_scored(trained, monkeypatch):
    """Written out: after every step, decay · average + (1 − decay) · weights, from the first step's weights on."""
    from fer_lib.training.averaging import Average

    seen, update = [], Average.update

    def spy(self):
        seen.append(flat(self._model).clone())
        update(self)

    monkeypatch.setattr(Average, "update", spy)
    model, result = trained(average_decay=0.9, keep="last", epochs=2)
    slowly = seen[0]
    for weights in seen[1:]:
        slowly = 0.9 * slowly + 0.1 * weights
    torch.testing.assert_close(flat(model), slowly, rtol=1e-9, atol=1e-12)
    data = doubles()
    right = (model(*data[torch.from_numpy(SELECT)][0]).argmax(1).numpy() == LABELS[SELECT]).mean()
    assert result.history[-1]["select_accuracy"] == pytest.approx(right)


def test_batch_norm_statistics_are_averaged_too(make_batches, config):
    model = create_model("vgg_compact", num_classes=3, width=1 / 16)
    start = copy.deepcopy(model.state_dict())
    fit(model, make_batches(LABELS), TRAIN, SELECT, config(average_decay=0.5, epochs=1), seed=0)
    assert not torch.equal(model.state_dict()["stages.0.1.running_mean"], start["stages.0.1.running_mean"])


def test_images_are_shown_at_their_sizes_and_scored_at_their_own(trained):
    model, result = trained(image_sizes=(24, 36, 48), epochs=6)
    assert [row["image_side"] for row in result.history] == [24, 24, 36, 36, 48, 48]
    assert {side for training, side in model.sides if training} == {24, 36, 48}
    assert {side for training, side in model.sides if not training} == {48}
    assert [image_side(TrainConfig(image_sizes=(24, 48), epochs=5), e) for e in range(1, 6)] == [24, 24, 24, 48, 48]


def test_a_network_of_one_size_is_told(make_batches, config):
    with pytest.raises(InputError, match=r"image_sizes = \(24,\), but SimpleCNN takes images of one size"):
        fit(
            create_model("simple_cnn", num_classes=3), make_batches(LABELS), TRAIN, SELECT,
            config(image_sizes=(24,)), seed=0,
        )  # fmt: skip


@pytest.mark.parametrize("epochs", [1, 5])
def test_so_few_steps_that_torch_divides_by_zero(trained, epochs):
    history = trained(schedule="one_cycle", epochs=epochs, batch_size=40)[1].history
    assert history[0]["learning_rate"] == pytest.approx(1e-3 / 25) and len(history) == epochs


def test_training_goes_through_the_compiled_network_and_scoring_does_not(trained, monkeypatch):
    """That torch compiles rightly is torch's business; a real compilation takes a minute."""
    calls = []

    def compiled(model):
        def forward(*inputs):
            calls.append(model.training)
            return model(*inputs)

        return forward

    monkeypatch.setattr(torch, "compile", compiled)
    plain, through = trained()[0], trained(compile=True)[0]
    assert len(calls) == 2 * 3 and all(calls)
    assert torch.equal(flat(plain), flat(through))


def test_cutout_hides_a_square_of_its_side():
    images = torch.ones(200, 1, 40, 40)
    hidden, mixture = Disturbance(TrainConfig(cutout=0.25), 0).images(images, torch.zeros(200, dtype=torch.long))
    assert mixture is None and set(hidden.unique().tolist()) == {0.0, 1.0}
    rows, columns = (hidden == 0).any(3).sum(2).flatten(), (hidden == 0).any(2).sum(2).flatten()
    assert rows.max() == columns.max() == 10 and rows.min() >= 5  # half of it at least lies inside
    assert ((hidden == 0).sum((1, 2, 3)) == rows * columns).all()
    assert (rows == 10).float().mean() > 0.6


def test_mixup_is_the_mixture_of_images_and_of_losses():
    torch.manual_seed(0)
    images, labels, logits = torch.rand(8, 1, 6, 6), torch.arange(8) % 3, torch.randn(8, 3)
    config = TrainConfig(mixup=0.4, label_smoothing=0.1)
    mixed, mixture = Disturbance(config, 5).images(images, labels)
    others, share = mixture
    random = np.random.default_rng(np.random.SeedSequence(5, spawn_key=(2,)))
    assert share == random.beta(0.4, 0.4)
    order = random.permutation(8)
    torch.testing.assert_close(mixed, share * images + (1 - share) * images[order])
    assert torch.equal(others, labels[order])
    weight = torch.tensor([1.0, 0.5, 2.0])
    target = share * F.one_hot(labels, 3) + (1 - share) * F.one_hot(others, 3)
    slowly = -((0.9 * target + 0.1 / 3) * logits.log_softmax(1)).sum(1).mean()
    assert Disturbance(config, 5).loss(logits, labels, None, mixture).item() == pytest.approx(slowly.item(), rel=1e-6)
    assert Disturbance(config, 5).loss(logits, labels, weight, None).item() == pytest.approx(
        F.cross_entropy(logits, labels, weight, label_smoothing=0.1).item()
    )


def test_the_order_of_the_data_does_not_notice_the_disturbance(trained):
    """Random numbers of their own: the first step sees the same images, hidden or not."""
    assert trained()[1].history[0]["train_loss"] != trained(cutout=0.2)[1].history[0]["train_loss"]
    a, b = trained(label_smoothing=0.0)[0], trained(cutout=1e-9)[0]
    torch.testing.assert_close(flat(a), flat(b), rtol=0, atol=0)


def test_the_stacked_engine_is_refused(make_experiment, config):
    with pytest.raises(InputError, match="engine 'stacked' does not know mixup; expected engine 'sequential'"):
        cross_validate([make_experiment(48, guidance=None)], config(mixup=0.2, engine="stacked"), workers=1)


@pytest.mark.parametrize(("field", "value"), [
    ("optimizer", "lion"), ("schedule", "cosine"), ("accumulate", 0), ("label_smoothing", 1.0), ("cutout", -0.1),
    ("mixup", float("nan")), ("average_decay", 1.0), ("image_sizes", (4,)),
])  # fmt: skip
def test_a_bad_value_is_told_with_its_name(field, value):
    with pytest.raises(InputError, match=rf"{field}\b.*expected"):
        TrainConfig(**{field: value})


def test_switches_that_contradict_each_other_are_told():
    with pytest.raises(InputError, match="schedule 'one_cycle' with plateau_factor = 0.1"):
        TrainConfig(schedule="one_cycle", plateau_factor=0.1)
    with pytest.raises(InputError, match="seed_mode 'once' with cutout or mixup"):
        TrainConfig(seed_mode="once", mixup=0.2)
