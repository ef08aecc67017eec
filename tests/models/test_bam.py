"""The module against its formula written out, and where it stands."""

import math

import pytest
import torch

from fer_lib.errors import InputError
from fer_lib.models import bam, create_model
from fer_lib.models.bam import BAM

from .test_cbam import lively


def normed(values, norm):
    """Batch norm of (width, …) in evaluation."""
    shape = (-1, *[1] * (values.ndim - 1))
    mean, var, weight, bias = (t.reshape(shape) for t in (norm.running_mean, norm.running_var, norm.weight, norm.bias))
    return (values - mean) / (var + norm.eps) ** 0.5 * weight + bias


def dilated_slowly(values, layer):
    """3 × 3 windows whose taps are 4 pixels apart; outside there are zeros."""
    _, height, width = values.shape
    result = torch.zeros(layer.out_channels, height, width) + layer.bias[:, None, None]
    for row in range(height):
        for column in range(width):
            for i in (0, 1, 2):
                for j in (0, 1, 2):
                    r, c = row + 4 * (i - 1), column + 4 * (j - 1)
                    if 0 <= r < height and 0 <= c < width:
                        result[:, row, column] += layer.weight[:, :, i, j] @ values[:, r, c]
    return result


def one_by_one(values, layer):
    return torch.einsum("oi,ihw->ohw", layer.weight[:, :, 0, 0], values) + layer.bias[:, None, None]


def bam_slowly(x, module):
    results = []
    for image in x:
        first, norm, _, last = module.channel
        hidden = normed(first.weight @ image.flatten(1).mean(1) + first.bias, norm).clamp(min=0)
        channel = last.weight @ hidden + last.bias
        layers = list(module.spatial)
        maps = normed(one_by_one(image, layers[0]), layers[1]).clamp(min=0)
        maps = normed(dilated_slowly(maps, layers[3]), layers[4]).clamp(min=0)
        maps = normed(dilated_slowly(maps, layers[6]), layers[7]).clamp(min=0)
        spatial = one_by_one(maps, layers[9])[0]
        result = image.clone()
        for c in range(len(image)):
            for row in range(image.shape[1]):
                for column in range(image.shape[2]):
                    a, b = float(channel[c]), float(spatial[row, column])
                    logit = a * b if module.combine == "multiply" else a + b
                    result[c, row, column] *= 1 + 1 / (1 + math.exp(-logit))
        results.append(result)
    return torch.stack(results)


@pytest.mark.parametrize("combine", ["multiply", "add"])
@torch.no_grad()
def test_module(combine):
    module = lively(BAM(32, combine))
    x = torch.randn(2, 32, 6, 7, generator=torch.Generator().manual_seed(0))
    assert torch.allclose(module(x), bam_slowly(x, module), atol=1e-4)
    factor = module(x) / x
    assert 1 <= factor.min() < factor.max() <= 2 and factor.std() > 1e-3


@pytest.mark.parametrize(("channels", "count"), [(256, 17_361), (512, 68_513), (1024, 272_193)])
def test_parameters(channels, count):
    with torch.device("meta"):
        assert sum(p.numel() for p in BAM(channels).parameters()) == count


def test_modules_stand_before_stages_two_three_and_four():
    with torch.device("meta"):
        network = create_model("bam_resnet50", num_classes=7, image_size=64, combine="add").network
        seen = []
        for name, module in network.named_modules():
            if isinstance(module, BAM):
                module.register_forward_hook(lambda m, x, y, name=name: seen.append((name, m.combine, tuple(y.shape))))
        network.eval()(torch.zeros(1, 3, 64, 64))
    assert seen == [
        ("layer2.bam", "add", (1, 256, 16, 16)),
        ("layer3.bam", "add", (1, 512, 8, 8)),
        ("layer4.bam", "add", (1, 1024, 4, 4)),
    ]


def test_an_unknown_way_to_combine_is_told():
    with pytest.raises(InputError, match="combine 'sum', expected one of multiply, add"):
        BAM(32, "sum")


def test_an_unknown_way_to_combine_is_told_before_anything_is_built(monkeypatch):
    monkeypatch.setattr(bam, "torchvision_backbone", None)
    with pytest.raises(InputError, match="combine 'sum', expected one of multiply, add"):
        create_model("bam_resnet50", num_classes=7, combine="sum")
