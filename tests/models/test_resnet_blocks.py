"""Residual blocks against torchvision's."""

import pytest
import torch
from torch import nn
from torchvision.models import resnet
from torchvision.models.resnet import ResNet

from fer_lib.models.resnet_blocks import BasicBlock, Bottleneck, kaiming_convolutions, stage


def lively(model):
    """In evaluation mode, with batch-norm statistics that matter."""
    for module in model.modules():
        if isinstance(module, nn.BatchNorm2d):
            for values in (module.weight.data, module.bias.data, module.running_mean):
                values.normal_()
            module.running_var.uniform_(0.5, 2)
    return model.eval()


@pytest.mark.parametrize(
    ("unit", "layer", "inputs", "outputs", "blocks"),
    [
        (BasicBlock, 1, 64, 64, 3),
        (BasicBlock, 2, 64, 128, 4),
        (Bottleneck, 1, 64, 256, 2),
        (Bottleneck, 2, 256, 512, 2),
    ],
)
def test_stages_are_torchvisions(unit, layer, inputs, outputs, blocks):
    torch.manual_seed(0)
    theirs = lively(ResNet(getattr(resnet, unit.__name__), [3, 4, 1, 1] if unit is BasicBlock else [2, 2, 1, 1]))
    other = theirs.get_submodule(f"layer{layer}")
    mine = stage(inputs, outputs, blocks, stride=1 if layer == 1 else 2, unit=unit).eval()
    mine.load_state_dict(other.state_dict(), strict=True)
    x = torch.randn(2, inputs, 9, 9)
    with torch.no_grad():
        assert torch.allclose(mine(x), other(x.clone()), rtol=1e-4, atol=1e-3)


@pytest.mark.parametrize(
    ("inputs", "outputs", "stride", "projected"), [(4, 4, 1, False), (4, 8, 1, True), (4, 4, 2, True)]
)
def test_the_shortcut_projects_only_where_size_or_width_change(inputs, outputs, stride, projected):
    block = BasicBlock(inputs, outputs, stride)
    assert (block.downsample is not None) is projected
    assert block(torch.randn(2, inputs, 7, 7)).shape == (2, outputs, -(-7 // stride), -(-7 // stride))


def test_convolutions_start_with_variance_of_two_by_fan_out():
    network = nn.Sequential(nn.Conv2d(64, 128, 3, bias=False), nn.ConvTranspose2d(8, 8, 2), nn.Linear(5, 5))
    others = [parameter.clone() for parameter in (*network[1].parameters(), *network[2].parameters())]
    kaiming_convolutions(network)
    weight = network[0].weight
    assert weight.mean().abs() < 1e-3 and weight.std().item() == pytest.approx((2 / (128 * 9)) ** 0.5, rel=0.02)
    assert weight.abs().max() > 3 * weight.std()  # normal, not uniform
    after = (*network[1].parameters(), *network[2].parameters())
    assert all(torch.equal(value, one) for value, one in zip(after, others, strict=True))


@pytest.mark.parametrize(("unit", "relus"), [(BasicBlock, 2), (Bottleneck, 3)])
def test_each_relu_can_be_hooked_and_changes_nothing_in_place(unit, relus):
    torch.manual_seed(0)
    block, seen = unit(4, 4), []
    for k in range(1, relus + 1):
        relu = block.get_submodule(f"relu{k}")
        relu.register_forward_hook(lambda _, inputs, output: seen.append((inputs[0].clone(), inputs[0], output)))
    block(torch.randn(2, 4, 5, 5))
    assert len(seen) == relus
    for before, after, output in seen:
        assert torch.equal(before, after) and before.min() < 0 <= output.min()
