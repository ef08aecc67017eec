"""TensorFlow's padding against the rule written out, and what else makes the "b" of B2b."""

import pytest
import torch
import torch.nn.functional as F
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import nn

from fer_lib.models import create_model
from fer_lib.models.efficientnet_b2b import SameConv2d


def same_slowly(image, weight, stride):
    """TensorFlow's rule for one image and one channel: windows at stride · k − before, zeros outside."""
    height, width = image.shape
    size = len(weight)
    rows, columns = -(-height // stride), -(-width // stride)
    above = max((rows - 1) * stride + size - height, 0) // 2
    left = max((columns - 1) * stride + size - width, 0) // 2
    result = torch.zeros(rows, columns)
    for row in range(rows):
        for column in range(columns):
            for i in range(size):
                for j in range(size):
                    r, c = row * stride + i - above, column * stride + j - left
                    if 0 <= r < height and 0 <= c < width:
                        result[row, column] += weight[i, j] * image[r, c]
    return result


@settings(max_examples=40, deadline=None)
@given(st.integers(1, 12), st.integers(1, 12), st.sampled_from([1, 3, 5]), st.integers(1, 3), st.integers(0, 99))
@torch.no_grad()
def test_same_padding(height, width, size, stride, seed):
    torch.manual_seed(seed)
    layer = SameConv2d(1, 1, size, stride, bias=False)
    image = torch.randn(height, width)
    expected = same_slowly(image, layer.weight[0, 0], stride)
    assert torch.allclose(layer(image[None, None])[0, 0], expected, atol=1e-5)


@torch.no_grad()
def test_an_even_size_is_where_it_differs_from_torch():
    layer = SameConv2d(3, 8, 3, 2, bias=False)
    for size, alike in ((9, True), (8, False)):
        x = torch.randn(2, 3, size, size)
        assert torch.allclose(layer(x), F.conv2d(x, layer.weight, stride=2, padding=1), atol=1e-5) == alike


def test_what_differs_from_torchvision():
    from torchvision.models import efficientnet_b2
    from torchvision.ops import StochasticDepth

    with torch.device("meta"):
        network, plain = create_model("efficientnet_b2b", num_classes=7).network, efficientnet_b2(num_classes=7)
    assert {key: value.shape for key, value in network.state_dict().items()} == {
        key: value.shape for key, value in plain.state_dict().items()
    }
    layers = dict(network.named_modules())
    assert {layer.eps for layer in layers.values() if isinstance(layer, nn.BatchNorm2d)} == {1e-3}
    assert {layer.p for layer in layers.values() if isinstance(layer, StochasticDepth)} == {0}
    assert network.classifier[0].p == 0.3
    strided = [name for name, layer in layers.items() if isinstance(layer, nn.Conv2d) and layer.stride == (2, 2)]
    assert len(strided) == 5 and all(isinstance(layers[name], SameConv2d) for name in strided)


@pytest.mark.parametrize(("size", "maps"), [(260, 9), (48, 2), (33, 2), (1, 1)])
def test_maps_of_every_size(size, maps):
    """Five times half, rounded up."""
    with torch.device("meta"):
        features = create_model("efficientnet_b2b", num_classes=7).eval().network.features
        assert features(torch.zeros(1, 3, size, size)).shape == (1, 1408, maps, maps)
