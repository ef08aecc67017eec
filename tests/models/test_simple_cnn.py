"""The classifier of the guided spatial transformer study, layer for layer."""

import pytest
import torch
import torch.nn.functional as F

from fer_lib.models import create_model


@pytest.mark.parametrize(("num_classes", "expected"), [(3, 43_553), (7, 43_757)])
def test_parameter_count(num_classes, expected):
    model = create_model("simple_cnn", num_classes=num_classes)
    assert sum(p.numel() for p in model.parameters()) == expected


def test_tensor_names_are_those_of_public_checkpoints():
    names = {key.split(".")[0] for key in create_model("simple_cnn", num_classes=3).state_dict()}
    assert names == {"conv1", "conv2", "conv3", "conv4", "norm", "fc1", "fc2"}


def test_layers_in_the_order_of_the_specification():
    """Batch norm before the second pool, ReLU after each pool: written out with functions."""
    torch.manual_seed(0)
    model = create_model("simple_cnn", num_classes=3)
    image = torch.randn(2, 1, 48, 48)
    torch.nn.init.normal_(model.norm.weight)  # negative ones tell batch norm before from after the pool
    model.train()(image)  # batch-norm statistics other than 0 and 1
    model.eval()
    s = model.state_dict()
    x = F.relu(F.conv2d(image, s["conv1.weight"], s["conv1.bias"]))
    x = F.relu(F.max_pool2d(F.conv2d(x, s["conv2.weight"], s["conv2.bias"]), 2))
    assert x.shape == (2, 10, 22, 22)
    x = F.relu(F.conv2d(x, s["conv3.weight"], s["conv3.bias"]))
    x = F.conv2d(x, s["conv4.weight"], s["conv4.bias"])
    mean, var = s["norm.running_mean"].view(1, -1, 1, 1), s["norm.running_var"].view(1, -1, 1, 1)
    x = (x - mean) / (var + 1e-5).sqrt() * s["norm.weight"].view(1, -1, 1, 1) + s["norm.bias"].view(1, -1, 1, 1)
    x = F.relu(F.max_pool2d(x, 2))
    assert x.shape == (2, 10, 9, 9)
    x = F.relu(x.reshape(2, 810) @ s["fc1.weight"].T + s["fc1.bias"])
    assert torch.allclose(model(image), x @ s["fc2.weight"].T + s["fc2.bias"], atol=1e-5)


def test_dropout_takes_half_of_the_single_activations_and_only_in_training():
    torch.manual_seed(0)
    model = create_model("simple_cnn", num_classes=3)
    x = torch.ones(50, 10, 9, 9)
    dropped = model.train().dropout(x)
    assert dropped.eq(0).float().mean().item() == pytest.approx(0.5, abs=0.02)
    assert dropped.eq(0).flatten(2).float().mean(2).std() < 0.1  # whole channels would give 0.5
    assert torch.equal(model.eval().dropout(x), x)
