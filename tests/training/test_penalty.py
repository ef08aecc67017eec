"""λ·Σw² of the layers that a network names, and Adam's weight decay of all: against losses written out."""

import copy

import numpy as np
import pytest
import torch
import torch.nn.functional as F
from torch import nn

from fer_lib.errors import InputError
from fer_lib.training import cross_validate, fit
from fer_lib.training.batches import Batches
from fer_lib.training.losses import penalised_parameters, penalty
from fer_lib.training.optimizer import adam_settings, make_optimizer

from .conftest import bars

CPU = torch.device("cpu")
LABELS = np.arange(60) % 3
TRAIN, SELECT = np.arange(48), np.arange(48, 60)


class Two(nn.Module):
    """A convolution and two layers that are held down; no dropout, no dead units."""

    penalised = ("fc1", "fc2")

    def __init__(self):
        super().__init__()
        self.conv = nn.Conv2d(1, 3, 5, stride=4)
        self.fc1 = nn.Linear(3 * 11 * 11, 6)
        self.fc2 = nn.Linear(6, 3)

    def forward(self, image):
        return self.fc2(F.softplus(self.fc1(F.softplus(self.conv(image)).flatten(1))))


@pytest.fixture
def network():
    torch.manual_seed(0)
    return Two()


@pytest.fixture
def batches():
    return Batches(bars(LABELS), None, LABELS, 3, CPU, torch.float64)


def written_out(model, batches, extra, epochs=2, decay=0.0):
    """The slow twin: cross-entropy + `extra` (model), by torch's Adam; the cross-entropy's means by epoch."""
    model, order = model.double(), torch.Generator().manual_seed(7)
    optimizer, losses = torch.optim.Adam(model.parameters(), lr=1e-2, weight_decay=decay), []
    for _ in range(epochs):
        entropies = []
        for chosen in torch.as_tensor(TRAIN)[torch.randperm(len(TRAIN), generator=order)].split(16):
            inputs, labels = batches[chosen]
            entropy = F.cross_entropy(model(*inputs), labels)
            optimizer.zero_grad()
            (entropy + extra(model)).backward()
            optimizer.step()
            entropies.append(entropy.item())
        losses.append(np.mean(entropies))
    return losses


def two_weights(model):
    return 0.03 * (model.fc1.weight.square().sum() + model.fc2.weight.square().sum())


def two_layers(model):
    return two_weights(model) + 0.03 * (model.fc1.bias.square().sum() + model.fc2.bias.square().sum())


@pytest.mark.parametrize(("switches", "extra"), [({}, two_weights), ({"penalty_bias": True}, two_layers)])
def test_training_equals_a_loss_with_the_penalty_written_out(network, batches, config, switches, extra):
    slow = copy.deepcopy(network)
    settings = config(precision="fp64", keep="last", learning_rate=1e-2, class_weighted=False, penalty=0.03, **switches)
    result = fit(network, batches, TRAIN, SELECT, settings, seed=7)
    losses = written_out(slow, batches, extra)
    for mine, twins in zip(network.parameters(), slow.parameters(), strict=True):
        assert (mine - twins).abs().max() < 1e-12
    assert [row["train_loss"] for row in result.history] == pytest.approx(losses, rel=1e-12)  # without the penalty
    assert result.history[-1]["penalty"] == pytest.approx(extra(slow).item(), rel=1e-12)


def test_the_penalty_is_that_of_exactly_two_weight_tensors(network, config):
    """Value, and gradient: what weight decay adds to it."""
    settings = config(penalty=0.03)
    assert penalised_parameters(network, settings) == ("fc1.weight", "fc2.weight")
    named = dict(network.named_parameters())
    value = two_weights(network)
    assert penalty(named, penalised_parameters(network, settings), settings) == {
        "penalty": pytest.approx(value.item(), rel=1e-6)
    }
    value.backward()
    decays = {name: decay for name, (_, decay) in adam_settings(network, settings).items()}
    assert {name for name, decay in decays.items() if decay} == {"fc1.weight", "fc2.weight"}
    for name, decay in decays.items():
        gradient = named[name].grad
        assert torch.allclose(decay * named[name], torch.zeros(()) if gradient is None else gradient, rtol=1e-6)


def test_keras_penalty_is_twice_as_much_weight_decay(network, config):
    """λ = 0.01 without a ½, as Keras' default, is Adam's coupled weight decay of 0.02 on these tensors alone."""
    held, free = make_optimizer(network, config(penalty=0.01), CPU).param_groups[::-1]
    assert (held["weight_decay"], free["weight_decay"]) == (0.02, 0.0)
    assert {id(value) for value in held["params"]} == {id(network.fc1.weight), id(network.fc2.weight)}


def test_weight_decay_is_that_of_torchs_adam(network, batches, config):
    slow = copy.deepcopy(network)
    settings = config(precision="fp64", keep="last", learning_rate=1e-2, class_weighted=False, weight_decay=0.05)
    result = fit(network, batches, TRAIN, SELECT, settings, seed=7)
    losses = written_out(slow, batches, lambda model: 0.0, decay=0.05)
    for mine, twins in zip(network.parameters(), slow.parameters(), strict=True):
        assert (mine - twins).abs().max() < 1e-12
    assert [row["train_loss"] for row in result.history] == pytest.approx(losses, rel=1e-12)
    assert "penalty" not in result.history[0]


def test_both_add_up(network, config):
    settings = adam_settings(network, config(penalty=0.01, weight_decay=0.05))
    assert {name: decay for name, (_, decay) in settings.items()} == {
        "conv.weight": 0.05, "conv.bias": 0.05, "fc1.weight": 0.07, "fc1.bias": 0.05, "fc2.weight": 0.07,
        "fc2.bias": 0.05,
    }  # fmt: skip


def test_a_network_that_names_no_layers_is_told_before_anything_is_trained(make_experiment, config, monkeypatch):
    monkeypatch.setattr("fer_lib.models.simple_cnn.SimpleCNN.penalised", (), raising=False)
    experiment = make_experiment(48, model="simple_cnn")
    with pytest.raises(
        InputError, match=r"^penalty = 0.1, but SimpleCNN names no penalised layers; expected penalty 0$"
    ):
        cross_validate([experiment], config(penalty=0.1), workers=1)
    assert not experiment.folder.exists()


def test_a_penalised_run_is_stored_and_holds_its_layers_down(make_experiment, config, monkeypatch):
    monkeypatch.setattr("fer_lib.models.simple_cnn.SimpleCNN.penalised", ("fc1", "fc2"), raising=False)
    plain, held = (
        cross_validate(
            [make_experiment(48, model="simple_cnn", folder=make_experiment().folder / str(value))],
            config(penalty=value, learning_rate=1e-2), workers=1,
        )[0]
        for value in (0.0, 10.0)
    )  # fmt: skip
    assert held.card["parameters"]["training"]["penalty"] == 10.0
    assert "penalty" not in plain.card["parameters"]["training"] and "penalty" not in plain.history.columns
    assert (held.history["penalty"] > 0).all()
