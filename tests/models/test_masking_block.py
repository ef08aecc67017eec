"""The masking block: shapes and counts at every depth, what it starts from, and a twin written out."""

import math
from itertools import product

import pytest
import torch
import torch.nn.functional as F
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import nn

from fer_lib.models.masking_block import MaskingBlock
from fer_lib.models.resnet_blocks import BasicBlock

every_depth = pytest.mark.parametrize("depth", [1, 2, 3, 4])
#: Parameters at the width of the stage that has a mask of this depth; specification, §1.
PUBLISHED = {4: (64, 32_366_080), 3: (128, 31_885_312), 2: (256, 29_965_312), 1: (512, 22_291_456)}


def block(depth, channels=3, seed=0, trained=True, **options):
    """In evaluation mode, with batch norms as after some training."""
    torch.manual_seed(seed)
    mask = MaskingBlock(channels, depth, **options)
    if trained:
        for module in mask.modules():
            if isinstance(module, nn.BatchNorm2d):
                for values in (module.weight.data, module.bias.data, module.running_mean):
                    values.normal_()
    return mask.eval()


@every_depth
def test_parameter_counts_of_the_published_network(depth):
    channels, expected = PUBLISHED[depth]
    with torch.device("meta"):
        assert sum(p.numel() for p in MaskingBlock(channels, depth).parameters()) == expected


def block_slowly(s, name, x):
    """One residual block from its tensors."""

    def norm(x, at):
        return F.batch_norm(
            x, *(s[f"{name}.{at}.{part}"] for part in ("running_mean", "running_var", "weight", "bias"))
        )

    branch = F.relu(norm(F.conv2d(x, s[f"{name}.conv1.weight"], padding=1), "bn1"))
    branch = norm(F.conv2d(branch, s[f"{name}.conv2.weight"], padding=1), "bn2")
    return F.relu(branch + norm(F.conv2d(x, s[f"{name}.downsample.0.weight"]), "downsample.1"))


def up_slowly(s, name, x):
    norm = (s[f"{name}.1.{part}"] for part in ("running_mean", "running_var", "weight", "bias"))
    return F.relu(F.batch_norm(F.conv_transpose2d(x, s[f"{name}.0.weight"], s[f"{name}.0.bias"], stride=2), *norm))


def mask_slowly(s, x, depth):
    """The specification's list of steps, one by one; even sizes."""

    def conv(k, x):
        return block_slowly(s, f"conv{k}", x)

    def up(k, x, skip):
        return conv(k, torch.cat([up_slowly(s, f"up_pool{k}", x), skip], dim=1))

    one = conv(1, x)
    if depth == 1:
        return torch.softmax(conv(2, one), dim=1)
    two = conv(2, F.max_pool2d(one, 2))
    if depth == 2:
        return torch.softmax(conv(4, up(3, two, one)), dim=1)
    three = conv(3, F.max_pool2d(two, 2))
    if depth == 3:
        return torch.softmax(conv(6, up(5, up(4, three, two), one)), dim=1)
    four = conv(4, F.max_pool2d(three, 2))
    return torch.softmax(conv(8, up(7, up(6, up(5, four, three), two), one)), dim=1)


@every_depth
def test_forward_equals_its_slow_twin(depth):
    mask, x = block(depth), torch.randn(2, 3, 16, 8)
    with torch.no_grad():
        found = mask(x)
        assert torch.allclose(found, mask_slowly(mask.state_dict(), x, depth), atol=1e-6)
    assert found.std() > 1e-3


@every_depth
def test_widths_double_on_the_way_down_and_halve_on_the_way_up(depth):
    mask, seen = block(depth, channels=4), {}
    for k in range(1, 2 * depth + 1):
        mask.get_submodule(f"conv{k}").register_forward_hook(lambda _, __, out, k=k: seen.update({k: out.shape[1:]}))
    assert mask(torch.randn(1, 4, 56, 56)).shape == (1, 4, 56, 56)
    sizes = [56 // 2**k for k in range(depth)]
    down = [(4 * 2 ** (k + 1), size, size) for k, size in enumerate(sizes)]
    assert [tuple(seen[k + 1]) for k in range(2 * depth)] == [*down, *down[-2::-1], (4, 56, 56)]


@pytest.mark.parametrize("growth", [1, 2])
@every_depth
@settings(max_examples=10)
@given(height=st.integers(1, 19), width=st.integers(1, 19))
def test_any_size_works_and_is_kept(growth, depth, height, width):
    x = torch.randn(1, 2, height, width)
    with torch.no_grad():
        found = block(depth, channels=2, growth=growth)(x)
    assert found.shape == x.shape and torch.isfinite(found).all()


def test_odd_sizes_see_their_last_row_and_column():
    """A pool that rounds down would drop them: then they could not change what lies at the lowest level."""
    mask, x = block(2, channels=2), torch.zeros(1, 2, 5, 5)
    seen = []
    mask.conv2.register_forward_hook(lambda _, inputs, __: seen.append(inputs[0]))
    with torch.no_grad():
        mask(x)
        x[..., 4, 4] = 5
        mask(x)
    assert seen[0].shape[2:] == (3, 3) and not torch.equal(seen[0][..., 2, 2], seen[1][..., 2, 2])


@every_depth
def test_values_sum_to_one_over_channels_at_every_position(depth):
    found = block(depth, channels=5)(torch.randn(2, 5, 12, 12))
    assert torch.allclose(found.sum(1), torch.ones(2, 12, 12), atol=1e-6) and found.min() >= 0
    assert found.mean().item() == pytest.approx(1 / 5)


@pytest.mark.parametrize("activation", ["softmax", "sigmoid"])
def test_activations_number_by_number(activation):
    mask, seen = block(2, activation=activation), []
    mask.conv4.register_forward_hook(lambda _, __, out: seen.append(out))
    with torch.no_grad():
        found = mask(torch.randn(2, 3, 4, 6))
    (logits,) = seen
    for n, row, column in product(range(2), range(4), range(6)):
        raised = [math.exp(value) for value in logits[n, :, row, column].tolist()]
        if activation == "softmax":
            expected = [value / sum(raised) for value in raised]
        else:
            expected = [value / (1 + value) for value in raised]
        assert found[n, :, row, column].tolist() == pytest.approx(expected, rel=1e-5)


@every_depth
def test_sigmoids_are_each_for_itself(depth):
    """The same logits go into both activations; behind a ReLU no sigmoid is below a half."""
    x = torch.randn(2, 5, 12, 12)
    soft, sigmoid = (block(depth, channels=5, activation=name)(x) for name in ("softmax", "sigmoid"))
    assert sigmoid.min() >= 0.5 and sigmoid.max() <= 1 and sigmoid.sum(1).std() > 1e-3
    logits = torch.logit(sigmoid.double(), eps=1e-9)
    assert torch.allclose(torch.softmax(logits, 1).float(), soft, atol=1e-3)


@pytest.mark.parametrize("growth", [1, 2])
def test_every_block_starts_as_its_shortcut(growth):
    mask = block(3, channels=4, growth=growth, trained=False)
    blocks = {name: module for name, module in mask.named_modules() if isinstance(module, BasicBlock)}
    assert list(blocks) == ["conv1", "conv2", "conv3", "conv4", "conv5", "conv6"]
    for module in blocks.values():
        x = torch.randn(2, module.conv1.in_channels, 6, 6)
        shortcut = x if module.downsample is None else module.downsample(x)
        assert torch.equal(module(x), F.relu(shortcut))
        assert module.bn1.weight.eq(1).all() and module.bn1.bias.eq(0).all() and module.bn2.weight.eq(0).all()
        assert module.downsample is None or module.downsample[1].weight.eq(1).all()


def test_convolutions_start_with_variance_of_two_by_fan_out_and_transposed_ones_as_torch_draws_them():
    mask = block(2, channels=32, trained=False)
    assert mask.conv2.conv1.weight.std().item() == pytest.approx((2 / (128 * 9)) ** 0.5, rel=0.03)
    assert mask.conv2.downsample[0].weight.std().item() == pytest.approx((2 / 128) ** 0.5, rel=0.05)
    up = mask.up_pool3[0]
    assert up.bias.abs().max() > 0 and up.weight.abs().max() <= (64 * 4) ** -0.5
