"""The mask generator: its layers against the table of the specification, its sizes, its start, what it can learn."""

import pytest
import torch
import torch.nn.functional as F
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import nn

from fer_lib.errors import InputError
from fer_lib.models.motion_mask_generator import MotionMaskGenerator, ResidualBlock, initialize


def build(seed=0, **options):
    torch.manual_seed(seed)
    return MotionMaskGenerator(**options)


def on_meta(**options):
    with torch.device("meta"):
        return MotionMaskGenerator(**options)


def count(module):
    return sum(p.numel() for p in module.parameters())


# layers


def test_it_has_the_published_parameters():
    model = on_meta()
    assert count(model) == 6_040_968
    assert [count(block) for block in model.blocks] == [1_180_674] * 4
    assert count(on_meta(blocks=6)) == 6_040_968 + 2 * 1_180_674


def table(width=4, blocks=2, norm=nn.BatchNorm2d, bias=False):
    """The rows of the specification as plain layers one after the other, without residual sums."""

    def row(layer, channels, activation):
        return [layer, norm(channels), activation()]

    def conv(before, after, kernel, stride, padding):
        return nn.Conv2d(before, after, kernel, stride, padding, bias=bias)

    layers = row(conv(1, width, 7, 1, 3), width, nn.ReLU) + row(conv(width, 2 * width, 4, 2, 1), 2 * width, nn.ReLU)
    layers += row(conv(2 * width, 4 * width, 4, 2, 1), 4 * width, nn.ReLU)
    for _ in range(2 * blocks):
        layers += row(conv(4 * width, 4 * width, 3, 1, 1), 4 * width, nn.PReLU)
    for before in (4 * width, 2 * width):
        up = nn.ConvTranspose2d(before, before // 2, 4, 2, 1, output_padding=1, bias=bias)
        layers += row(up, before // 2, nn.ReLU)
    return nn.ModuleList([*layers, nn.Conv2d(width, 1, 7, 1, 3, bias=False)])


def slowly(layers, x, blocks=2):
    for i, layer in enumerate(layers[:-1]):
        within = i - 9  # three rows of three layers stand before the residual blocks
        if within % 6 == 0 and 0 <= within < 6 * blocks:
            kept = x
        x = layer(x)
        if within % 6 == 5 and 0 <= within < 6 * blocks:
            x = kept + x
    return 1 / (1 + torch.exp(-layers[-1](x))), x


@pytest.mark.parametrize(
    ("norm", "layer"), [("batch", nn.BatchNorm2d), ("instance", nn.InstanceNorm2d), ("none", lambda _: nn.Identity())]
)
@pytest.mark.parametrize("training", [True, False])
def test_it_computes_what_the_table_says(norm, layer, training):
    model = build(width=4, blocks=2, norm=norm).train(training)
    initialize(model, gain=1.0)  # at 0.02 the masks are too even to tell networks apart
    twin = table(norm=layer, bias=norm == "instance").train(training)
    values = list(model.parameters())
    assert [p.shape for p in twin.parameters()] == [p.shape for p in values]
    for mine, theirs in zip(twin.parameters(), values, strict=True):
        mine.data = theirs.data.clone()
    grey = torch.rand(3, 1, 19, 27)  # 3 mod 4, for which an output padding of 1 is right
    mask, embedding = model(grey)
    expected, maps = slowly(twin, grey)
    assert torch.allclose(mask, expected, atol=1e-6) and torch.allclose(embedding, maps, atol=1e-5)
    assert mask.shape == grey.shape and embedding.shape == (3, 4, 19, 27) and expected.std() > 1e-4


def test_a_block_adds_its_branch_and_nothing_follows():
    torch.manual_seed(0)
    block, x = ResidualBlock(3).eval(), torch.randn(2, 3, 8, 8)
    assert torch.equal(block(x), x + block.branch(x)) and (block(x) < 0).any()
    assert not any(isinstance(layer, nn.Dropout) for layer in block.modules())
    assert sum(isinstance(layer, nn.Dropout) for layer in on_meta(width=2, blocks=3, dropout=0.5).modules()) == 3


# sizes


@torch.no_grad()
def test_masks_are_as_large_as_images_at_every_size():
    model = build(width=1, blocks=0).eval()
    for size in range(96, 302):
        shape = (1, 1, size, 397 - size)
        assert model(torch.zeros(shape))[0].shape == shape


@torch.no_grad()
def test_legacy_sizes_are_those_of_one_output_padding():
    model, found = build(width=1, blocks=0, output_size="legacy").eval(), {}
    for size in (*range(96, 108), 224, 226, 298, 299, 301):
        found[size] = model(torch.zeros(1, 1, size, size))[0].shape[-1]
        down = size // 2 // 2
        assert found[size] == 2 * (2 * down + size % 2) + size % 2
        assert (found[size] == size) is (size % 4 in (0, 3))
    assert (found[298], found[226], found[301], found[299], found[224]) == (296, 224, 303, 299, 224)


@settings(max_examples=20, deadline=None)
@given(st.integers(8, 40), st.integers(8, 40), st.integers(1, 3))
def test_any_image_from_8_pixels(height, width, number):
    grey = torch.rand(number, 1, height, width)
    mask, embedding = build(width=2, blocks=1).eval()(grey)
    assert mask.shape == grey.shape and embedding.shape == (number, 2, height, width)
    assert (mask > 0).all() and (mask < 1).all()


def test_both_output_sizes_agree_where_the_reference_is_right():
    grey = torch.rand(2, 1, 23, 20)
    mine, theirs = (build(width=2, output_size=kind).eval()(grey)[0] for kind in ("input", "legacy"))
    assert torch.equal(mine, theirs)


# start


def test_it_starts_xavier_normal_with_gain_002():
    model = build(width=16)
    for layer in model.modules():
        if isinstance(layer, nn.Conv2d | nn.ConvTranspose2d):
            area = layer.kernel_size[0] * layer.kernel_size[1]
            std = 0.02 * (2 / (area * (layer.in_channels + layer.out_channels))) ** 0.5
            assert layer.weight.std().item() == pytest.approx(std, rel=0.1) and layer.bias is None
    scales = torch.cat([layer.weight for layer in model.modules() if isinstance(layer, nn.BatchNorm2d)])
    assert scales.mean().item() == pytest.approx(1, abs=0.005) and scales.std().item() == pytest.approx(0.02, rel=0.1)
    assert all(not layer.bias.any() for layer in model.modules() if isinstance(layer, nn.BatchNorm2d))
    mask = model(torch.rand(4, 1, 32, 32))[0]
    assert mask.mean().item() == pytest.approx(0.5, abs=0.01) and mask.std() < 0.02


def test_biases_stand_in_front_of_instance_norm_alone_and_start_at_0():
    layers = [layer for layer in build(width=2, norm="instance").modules() if isinstance(layer, nn.Conv2d)]
    assert [layer.bias is None for layer in layers] == [False] * (len(layers) - 1) + [True]
    assert not any(layer.bias.any() for layer in layers[:-1])
    assert all(layer.bias is None for layer in build(width=2, norm="none").modules() if isinstance(layer, nn.Conv2d))


# learning


@pytest.mark.parametrize("precision", [torch.float32, torch.bfloat16])
def test_it_overfits_a_batch_of_two_masks(precision):
    ramp = torch.linspace(0, 1, 16).expand(16, 16)
    grey = torch.stack([ramp, ramp.T, ramp.flip(1), ramp.T.flip(0)])[:, None]
    target = torch.full((4, 1, 16, 16), 0.1)
    target[:2, :, 10:], target[2:, :, :6] = 0.9, 0.9  # one mask for the first two, another for the others
    model = build(width=16, blocks=1, seed=2).train()
    optimizer = torch.optim.Adam(model.parameters(), lr=3e-3, betas=(0.5, 0.999))
    for _ in range(200):  # it draws the mean of both masks, an error of 0.06, before it tells them apart
        with torch.autocast("cpu", torch.bfloat16, enabled=precision == torch.bfloat16):
            mask = model(grey)[0]
        loss = F.mse_loss(mask, target)
        if loss < 0.01:
            break
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
    assert mask.dtype == torch.float32
    assert loss.item() < 0.01


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"width": 0}, "width is 0, expected a whole number from 1"),
        ({"blocks": -1}, "blocks is -1, expected a whole number from 0"),
        ({"blocks": 2.0}, r"blocks is 2\.0, expected a whole number"),
        ({"norm": "group"}, "norm 'group', expected one of batch, instance, none"),
        ({"dropout": 1.0}, r"dropout = 1\.0, expected 0 … 1"),
        ({"output_size": "same"}, "output_size 'same', expected one of input, legacy"),
    ],
)
def test_bad_options_are_told(options, message):
    with pytest.raises(InputError, match=message):
        MotionMaskGenerator(**options)
