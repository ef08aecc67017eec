"""Networks with a feature layer: what is replaced, what is added, and that logits come through the features."""

import pytest
import torch
from torch import nn

from fer_lib.errors import InputError
from fer_lib.models import create_model
from fer_lib.models.cost import forward_macs
from fer_lib.models.layer_groups import layer_groups

from .on_meta import on_meta


@pytest.mark.parametrize(
    ("name", "classes", "size", "expected"),
    [
        ("center_resnet18", 7, 2, 11_180_103 - 513 * 7 + 513 * 2 + 3 * 7),
        ("center_resnet18", 7, 512, 11_180_103 - 513 * 7 + 513 * 512 + 513 * 7),
        ("center_slim", 7, 2, 78_463),
        ("center_slim", 3, 2, 78_463 - 3 * 4),
    ],
)
def test_parameter_counts(name, classes, size, expected):
    assert sum(p.numel() for p in on_meta(name, num_classes=classes, feature_size=size).parameters()) == expected


def test_the_body_is_torchvisions_resnet18_without_its_head():
    own, resnet = on_meta("center_resnet18", num_classes=7), on_meta("resnet18", num_classes=7)
    body = {key: value.shape for key, value in resnet.state_dict().items() if not key.startswith("network.fc.")}
    mine = {key: value.shape for key, value in own.state_dict().items() if key.startswith("network.")}
    assert {key.removeprefix("network."): shape for key, shape in mine.items()} == body
    assert own.feature[0].in_features == 512


@pytest.mark.parametrize(("activation", "negative"), [("relu", False), ("none", True)])
def test_logits_are_a_linear_function_of_the_features(activation, negative):
    torch.manual_seed(0)
    model = create_model("center_slim", num_classes=3, feature_size=4, activation=activation).eval()
    image = torch.rand(20, 1, 48, 48) * 2 - 1
    with torch.no_grad():
        model.feature[0].bias -= model.feature[0](model.network(image)).mean(0)  # values on both sides of 0
        features = model.features(image)
        slowly = model.network(image) @ model.feature[0].weight.T + model.feature[0].bias
        slowly = slowly if negative else slowly.clamp(min=0)
        assert features.shape == (20, 4) and torch.allclose(features, slowly, atol=1e-6)
        assert torch.allclose(model(image), features @ model.head.weight.T + model.head.bias, atol=1e-6)
    assert (features.min() < 0).item() is negative


def test_the_slim_body_is_a_network_without_masks_and_head():
    torch.manual_seed(0)
    model = create_model("center_slim", num_classes=3).eval()
    plain = create_model("residual_masking_slim", num_classes=3, head="linear", mask_mode="off").eval()
    assert isinstance(model.network.fc, nn.Identity)
    plain.load_state_dict(model.network.state_dict(), strict=False)
    plain.fc = nn.Identity()
    image = torch.rand(2, 1, 48, 48) * 2 - 1
    with torch.no_grad():
        assert torch.equal(model.network(image), plain(image))
    assert forward_macs("center_slim", num_classes=7, image_shape=(1, 48, 48)) < 3e6


@pytest.mark.parametrize("name", ["center_slim", "center_resnet18"])
def test_layers_are_set_free_from_the_logits_down(name):
    groups = layer_groups(on_meta(name))
    assert groups[:2] == (("head",), ("feature",)) and groups[2][0].endswith("layer4")


@pytest.mark.parametrize("name", ["center_slim", "center_resnet18"])
def test_gradcam_sees_the_last_convolutional_maps(name):
    model, seen = on_meta(name).eval(), []
    handle = model.get_submodule(model.taps["last"]).register_forward_hook(lambda *call: seen.append(call[2]))
    logits = model(torch.zeros(2, 1, 48, 48, device="meta"))
    handle.remove()
    (gradient,) = torch.autograd.grad(logits.sum(), seen)
    assert gradient.ndim == 4 and gradient.shape[2] > 1


@pytest.mark.parametrize(
    ("options", "sentence"),
    [
        ({"feature_size": 0}, "feature_size is 0, expected a whole number from 1"),
        ({"feature_size": 2.0}, "feature_size is 2.0, expected a whole number from 1"),
        ({"activation": "prelu"}, "activation 'prelu', expected one of relu, none"),
    ],
)
@pytest.mark.parametrize("name", ["center_slim", "center_resnet18"])
def test_bad_options_are_told(name, options, sentence):
    with torch.device("meta"), pytest.raises(InputError, match=sentence):
        create_model(name, num_classes=3, **options)
