"""The encoder filled from VGG16."""

import pytest
import torch
import torch.nn.functional as F

from fer_lib.errors import InputError
from fer_lib.models import create_model
from fer_lib.models.msinet import MEANS
from fer_lib.models.msinet_start import FEATURES, start_encoder


@pytest.fixture(scope="module")
def vgg():
    """torchvision's network without its dense layers, which this knows nothing of."""
    from torchvision.models import vgg16

    with torch.device("meta"):
        network = vgg16().features
    network = network.to_empty(device="cpu")
    generator = torch.Generator().manual_seed(0)
    for parameter in network.parameters():
        inputs = parameter[0].numel()
        torch.nn.init.normal_(parameter, 0, (2 / inputs) ** 0.5 if parameter.ndim > 1 else 0.1, generator=generator)
    return network.eval().requires_grad_(False)


@pytest.fixture
def model():
    torch.manual_seed(1)
    return create_model("msinet").eval().requires_grad_(False)


def state_of(vgg):
    return {f"features.{key}": value for key, value in vgg.state_dict().items()}


def test_layers_are_torchvisions_convolutions_in_order(vgg, model):
    others = {key: value.clone() for key, value in model.state_dict().items() if not key.startswith("encoder.")}
    start_encoder(model, {**state_of(vgg), "classifier.0.bias": torch.zeros(1)}, normalised=False)
    convolutions = [layer for layer in vgg if isinstance(layer, torch.nn.Conv2d)]
    assert [vgg[place] for place in FEATURES] == convolutions
    for layer, source in zip(model.encoder.children(), convolutions, strict=True):
        assert torch.equal(layer.weight, source.weight) and torch.equal(layer.bias, source.bias)
    assert all(torch.equal(value, others[key]) for key, value in model.state_dict().items() if key in others)


def test_the_first_stages_see_what_torchvisions_see(vgg, model):
    """Away from the borders, whose surroundings are 0 before the one and after the other normalisation."""
    start_encoder(model, state_of(vgg))
    photograph = torch.rand(1, 3, 48, 48) * 255
    from torchvision.transforms.functional import normalize

    theirs = vgg[:10](normalize(photograph / 255, (0.485, 0.456, 0.406), (0.229, 0.224, 0.225)))
    x = photograph - torch.tensor(MEANS).view(3, 1, 1)
    for stage in (1, 2):
        x = model.encoder._convolved(x, f"conv{stage}_1", f"conv{stage}_2")
        x = F.max_pool2d(x, 2)
    inner = (..., slice(3, -3), slice(3, -3))
    assert torch.allclose(x[inner], theirs[inner], rtol=1e-3, atol=1e-3 * theirs.abs().max())


def test_other_networks_are_refused(vgg, model):
    state = state_of(vgg)
    del state["features.28.bias"]
    with pytest.raises(InputError, match="no tensor features.28.bias, expected the weights of a VGG16"):
        start_encoder(model, state)
    with pytest.raises(InputError, match=r"features.0.weight is \(64,\), expected \(64, 3, 3, 3\) as in VGG16"):
        start_encoder(model, {**state, "features.0.weight": torch.zeros(64)})
