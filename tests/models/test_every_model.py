"""What every registered model must do; a new one is tested the day it is registered."""

import socket

import pytest
import torch
import torch.nn.functional as F
from safetensors.torch import load_file, save_file
from torch import nn

from fer_lib.errors import InputError
from fer_lib.models import create_model, list_models
from fer_lib.models.registry import MODELS

from .on_meta import LARGE, on_meta

every_model = pytest.mark.parametrize("name", [name for name in list_models() if name not in LARGE])
every_large_model = pytest.mark.parametrize("name", [name for name in list_models() if name in LARGE])

TRAIN_ONLY = (nn.Dropout, nn.Dropout2d, nn.modules.batchnorm._BatchNorm)


def seeded(name, num_classes=3, seed=0):
    torch.manual_seed(seed)
    return create_model(name, num_classes=num_classes)


def without_dropout(model):
    for module in model.modules():
        if isinstance(module, nn.Dropout):
            module.p = 0.0
    return model


@every_model
@pytest.mark.parametrize("num_classes", [2, 3, 7])
def test_every_model_gives_a_logit_per_class(name, num_classes, inputs_for):
    model = seeded(name, num_classes).eval()
    logits = model(*inputs_for(model, 5))
    assert logits.shape == (5, num_classes) and logits.dtype == torch.float32
    assert torch.isfinite(logits).all() and logits.std() > 0


@every_model
def test_every_model_trains_one_step(name, inputs_for):
    model = without_dropout(seeded(name)).train()
    inputs, labels = inputs_for(model, 8), torch.arange(8) % 3
    optimizer = torch.optim.SGD(model.parameters(), lr=0.01)
    losses = []
    for _ in range(2):
        loss = F.cross_entropy(model(*inputs), labels)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        losses.append(loss.item())
    assert losses[1] < losses[0]


@every_model
def test_gradients_of_every_model_are_finite_and_reach_every_parameter(name, inputs_for):
    model = seeded(name).train()
    inputs, labels = inputs_for(model, 8), torch.arange(8) % 3
    optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
    for _ in range(2):  # a layer that starts at zero hides those before it from the first gradient
        optimizer.zero_grad()
        F.cross_entropy(model(*inputs), labels).backward()
        optimizer.step()
    for key, parameter in model.named_parameters():
        assert parameter.grad is not None and torch.isfinite(parameter.grad).all(), key
        if parameter.ndim > 1:  # a bias in front of batch norm has a gradient of zero
            assert parameter.grad.abs().max() > 0, key


@every_model
def test_every_model_is_deterministic_in_evaluation(name, inputs_for):
    model = seeded(name).eval()
    inputs = inputs_for(model)
    assert torch.equal(model(*inputs), model(*inputs))


@every_model
def test_every_model_scores_an_image_alone_as_in_a_batch(name, inputs_for):
    model = seeded(name).eval()
    inputs = inputs_for(model)
    alone = torch.cat([model(*(part[i : i + 1] for part in inputs)) for i in range(4)])
    assert torch.allclose(model(*inputs), alone, atol=1e-5)


@every_model
def test_training_differs_from_evaluation_only_through_dropout_and_batch_norm(name, inputs_for):
    model = seeded(name).eval()
    inputs = inputs_for(model)
    expected = model(*inputs)
    model.train()
    for module in model.modules():
        if isinstance(module, TRAIN_ONLY):
            module.eval()
    assert torch.equal(model(*inputs), expected)


@every_model
def test_weights_of_every_model_survive_safetensors(name, inputs_for, tmp_path):
    model = seeded(name).train()
    inputs = inputs_for(model)
    model(*inputs)  # moves the batch-norm statistics, which must travel too
    save_file(model.state_dict(), tmp_path / "model.safetensors")
    other = seeded(name, seed=1).eval()
    assert not torch.equal(other(*inputs), model.eval()(*inputs))
    other.load_state_dict(load_file(tmp_path / "model.safetensors"), strict=True)
    assert torch.equal(other(*inputs), model(*inputs))


@every_model
def test_a_seed_fixes_the_initial_weights(name):
    one, same, other = seeded(name).state_dict(), seeded(name).state_dict(), seeded(name, seed=1).state_dict()
    assert all(torch.equal(value, same[key]) for key, value in one.items())
    assert any(not torch.equal(value, other[key]) for key, value in one.items())


@pytest.fixture
def no_network(monkeypatch, tmp_path):
    """A computer without network and without weights files; nothing may be stored either."""

    def refuse(*_, **__):
        raise AssertionError("a model asked for the network")

    monkeypatch.setattr(socket.socket, "connect", refuse)
    monkeypatch.setattr(socket, "getaddrinfo", refuse)
    monkeypatch.setenv("TORCH_HOME", str(tmp_path))
    yield
    assert list(tmp_path.iterdir()) == []


@every_model
def test_every_model_is_built_without_network_and_weights_files(name, inputs_for, no_network):
    model = create_model(name, num_classes=3).eval()
    assert model(*inputs_for(model)).shape == (4, 3)


@every_large_model
def test_every_large_model_gives_logits_that_depend_on_every_parameter(name, no_network):
    with torch.device("meta"):
        model = create_model(name, num_classes=7).train()
    assert not model.takes_guidance
    logits = model(torch.zeros(5, 1, 48, 48, device="meta"))
    assert logits.shape == (5, 7) and logits.dtype == torch.float32
    logits.sum().backward()
    for key, parameter in model.named_parameters():
        assert parameter.grad is not None, key


@pytest.mark.parametrize("name", list_models())
def test_large_models_are_those_of_more_than_two_million_parameters(name):
    assert (sum(p.numel() for p in on_meta(name).parameters()) > 2_000_000) is (name in LARGE)


def test_an_unknown_model_names_the_closest():
    with pytest.raises(InputError, match="unknown model 'guided_snt'; did you mean 'guided_stn'"):
        create_model("guided_snt", num_classes=3)


@pytest.mark.parametrize("num_classes", [1, 0, -3])
def test_fewer_than_two_classes_are_refused(num_classes):
    with pytest.raises(InputError, match=f"num_classes = {num_classes}, expected at least 2"):
        create_model("simple_cnn", num_classes=num_classes)


def test_an_option_that_a_model_does_not_have_is_told():
    with pytest.raises(InputError, match="model 'simple_cnn' got an unexpected .* 'depth', .* among: none"):
        create_model("simple_cnn", num_classes=3, depth=4)
    with pytest.raises(InputError, match="model 'guided_stn' .* 'padding', .* among: padding_mode"):
        create_model("guided_stn", num_classes=3, padding="border")


def test_the_registry_lists_what_the_study_needs():
    assert (
        {"simple_cnn", "guided_stn", "deep_emotion", "deep_emotion_port", "residual_masking", "residual_masking_slim"}
        <= set(list_models())
        == set(MODELS.names())
    )
