"""Both gates against their formulas written out, and where they stand."""

import math

import pytest
import torch
from torch import nn

from fer_lib.models import create_model
from fer_lib.models.cbam import CBAM, ChannelGate, SpatialGate


def sigmoid(value):
    return 1 / (1 + math.exp(-value))


@pytest.fixture
def maps():
    return torch.randn(2, 32, 5, 6, generator=torch.Generator().manual_seed(0))


def lively(module):
    """Seeded, with batch-norm statistics other than 0 and 1."""
    torch.manual_seed(1)
    for layer in module.modules():
        if isinstance(layer, nn.modules.batchnorm._BatchNorm):
            for tensor in (layer.weight, layer.bias, layer.running_mean):
                nn.init.normal_(tensor)
            nn.init.uniform_(layer.running_var, 0.5, 2)
    return module.eval()


def channel_gate_slowly(x, gate):
    first, last = gate.mlp[0], gate.mlp[2]
    factors = torch.zeros(x.shape[:2])
    for n in range(len(x)):
        means = torch.tensor([maps.sum() / maps.numel() for maps in x[n]])
        maxima = torch.tensor([max(maps.flatten().tolist()) for maps in x[n]])
        logits = torch.zeros(x.shape[1])
        for pooled in (means, maxima):
            hidden = torch.tensor([max(0.0, value) for value in (first.weight @ pooled + first.bias).tolist()])
            logits += last.weight @ hidden + last.bias
        factors[n] = torch.tensor([sigmoid(value) for value in logits.tolist()])
    return torch.stack(
        [torch.stack([f * m for f, m in zip(*pair, strict=True)]) for pair in zip(factors, x, strict=True)]
    )


def spatial_gate_slowly(x, gate):
    """The window of 7 × 7 laid at every position; outside of the image there is nothing to add."""
    weight, norm, result = gate.conv.weight[0], gate.norm, x.clone()
    _, _, height, width = x.shape
    for n in range(len(x)):
        pooled = [
            [[max(x[n, :, r, c].tolist()), float(x[n, :, r, c].mean())] for c in range(width)] for r in range(height)
        ]
        for row in range(height):
            for column in range(width):
                total = 0.0
                for i in range(7):
                    for j in range(7):
                        r, c = row + i - 3, column + j - 3
                        if 0 <= r < height and 0 <= c < width:
                            total += float(weight[0, i, j]) * pooled[r][c][0] + float(weight[1, i, j]) * pooled[r][c][1]
                scaled = (total - norm.running_mean) / (norm.running_var + norm.eps) ** 0.5 * norm.weight + norm.bias
                result[n, :, row, column] *= sigmoid(float(scaled))
    return result


@torch.no_grad()
def test_channel_gate(maps):
    gate = lively(ChannelGate(32))
    assert torch.allclose(gate(maps), channel_gate_slowly(maps, gate), atol=1e-5)
    assert gate(maps).std() > 0.1


@torch.no_grad()
def test_spatial_gate(maps):
    gate = lively(SpatialGate())
    assert gate.conv.bias is None
    assert torch.allclose(gate(maps), spatial_gate_slowly(maps, gate), atol=1e-5)


@torch.no_grad()
def test_channels_are_gated_first(maps):
    gates = lively(CBAM(32))
    assert torch.equal(gates(maps), gates.spatial(gates.channel(maps)))
    assert not torch.allclose(gates(maps), gates.channel(gates.spatial(maps)), atol=1e-3)


@pytest.mark.parametrize("channels", [64, 256, 2048])
def test_parameters_of_the_gates(channels):
    width = channels // 16
    expected = 2 * channels * width + width + channels + 2 * 49 + 2
    with torch.device("meta"):
        assert sum(p.numel() for p in CBAM(channels).parameters()) == expected


@torch.no_grad()
def test_gates_act_on_the_residual_branch_alone():
    """Open ones leave torchvision's unit, closed ones the shortcut."""
    from torchvision.models.resnet import BasicBlock, Bottleneck, conv1x1

    from fer_lib.models.cbam_units import CBAMBasicBlock, CBAMBottleneck

    for plain, gated in ((BasicBlock, CBAMBasicBlock), (Bottleneck, CBAMBottleneck)):
        torch.manual_seed(0)
        outputs = 16 * plain.expansion
        shortcut = conv1x1(32, outputs, 2)
        reference, unit = plain(32, 16, 2, shortcut).eval(), lively(gated(32, 16, 2, shortcut))
        unit.load_state_dict(reference.state_dict(), strict=False)
        x = torch.randn(2, 32, 8, 8)
        unit.gate.channel.mlp[2].weight.zero_()
        unit.gate.channel.mlp[2].bias.fill_(20)
        unit.gate.spatial.norm.weight.zero_()
        unit.gate.spatial.norm.bias.fill_(20)
        assert torch.allclose(unit(x), reference(x), atol=1e-5)
        unit.gate.spatial.norm.bias.fill_(-100)
        assert torch.allclose(unit(x), shortcut(x).relu(), atol=1e-5)


@pytest.mark.parametrize("name", ["cbam_resnet34", "cbam_resnet50"])
def test_every_unit_has_gates(name):
    with torch.device("meta"):
        network = create_model(name, num_classes=7).network
    stages = [network.layer1, network.layer2, network.layer3, network.layer4]
    assert [sum(isinstance(unit.gate, CBAM) for unit in stage) for stage in stages] == [3, 4, 6, 3]
