"""MSI-Net beside a slow one that is written from its description, and beside TensorFlow's operations."""

import json
from pathlib import Path

import numpy as np
import pytest
import torch
import torch.nn.functional as F
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import nn

from fer_lib.errors import InputError
from fer_lib.models import create_model, list_models
from fer_lib.models.msinet import ASPP, MEANS
from fer_lib.models.msinet_units import double, min_max, pool_same

from . import msinet_slowly as slowly


@pytest.fixture(scope="module")
def state():
    return slowly.weights()


@pytest.fixture(scope="module")
def model(state):
    with torch.device("meta"):
        made = create_model("msinet")
    made.load_state_dict({key: torch.from_numpy(value) for key, value in state.items()}, assign=True)
    return made.eval().requires_grad_(False)


@pytest.fixture(scope="module")
def pictures():
    return slowly.picture(16, 24, 2)


@pytest.fixture(scope="module")
def maps(model, pictures):
    return model(torch.from_numpy(pictures)).numpy()


@st.composite
def grids(draw):
    """float32 (N, C, H, W), not negative."""
    shape = [draw(st.integers(1, 2)), draw(st.integers(1, 3)), draw(st.integers(1, 7)), draw(st.integers(1, 7))]
    values = np.random.default_rng(draw(st.integers(0, 2**32 - 1))).uniform(-1, 1, shape)
    return np.maximum(values, 0).astype(np.float32)


def test_gives_the_slow_maps(state, pictures, maps):
    assert np.ptp(maps) > 0.9
    assert np.abs(maps - slowly.msinet_slowly(state, pictures)).max() < 1e-5


def test_gives_the_maps_of_tensorflow(maps):
    """The same graph built of TensorFlow's operations, with the same weights and pictures."""
    theirs = json.loads((Path(__file__).parent / "msinet_tensorflow.json").read_text())["maps"]
    assert np.abs(maps[:, 0] - np.array(theirs)).max() < 1e-5


def test_tensors_are_those_of_the_table(model):
    assert {key: tuple(value.shape) for key, value in model.state_dict().items()} == slowly.shapes()
    assert len(model.state_dict()) == 46
    counts = [sum(p.numel() for p in part.parameters()) for part in (model.encoder, model.aspp, model.decoder)]
    assert counts == [14_714_688, 9_831_936, 387_585] and sum(counts) == 24_934_209


def test_means_of_blue_green_red_are_subtracted_from_red_green_blue(model):
    seen = []
    hook = model.encoder.register_forward_pre_hook(lambda _, given: seen.append(given[0]))
    try:
        model(torch.tensor([10.0, 20.0, 30.0]).view(1, 3, 1, 1).expand(1, 3, 8, 8))
    finally:
        hook.remove()
    assert MEANS == (103.939, 116.779, 123.68)
    assert torch.allclose(seen[0][0, :, 0, 0], torch.tensor([10 - 103.939, 20 - 116.779, 30 - 123.68]))


@given(grids())
def test_pools_of_stride_1_look_down_and_right(x):
    assert np.array_equal(pool_same(torch.from_numpy(x)).numpy(), slowly.pool(x, 1))


def test_a_pool_padded_above_and_left_would_give_another_map():
    x = torch.zeros(1, 1, 3, 3)
    x[0, 0, 1, 1] = 1
    assert pool_same(x)[0, 0].tolist() == [[1, 1, 0], [1, 1, 0], [0, 0, 0]]


@given(grids())
def test_doubling_is_the_general_formula(x):
    found = double(torch.from_numpy(x)).numpy()
    assert np.abs(found - slowly.enlarge(x, 2 * x.shape[2], 2 * x.shape[3])).max() < 1e-6


def test_interpolate_enlarges_otherwise():
    """Why there is a routine of our own."""
    line = torch.tensor([0.0, 2.0, 6.0]).view(1, 1, 1, 3)
    assert double(line)[0, 0].tolist() == [[0, 1, 2, 4, 6, 6]] * 2
    for aligned in (False, True):
        assert (
            double(line) - F.interpolate(line, scale_factor=2, mode="bilinear", align_corners=aligned)
        ).abs().max() > 0.4


@pytest.mark.parametrize(
    ("name", "dilation"),
    [
        ("encoder.conv4_1", 1),
        ("encoder.conv5_1", 2),
        ("encoder.conv5_3", 2),
        ("aspp.b2", 4),
        ("aspp.b3", 8),
        ("aspp.b4", 12),
    ],
)
def test_a_layer_sees_pixels_at_its_dilation_and_keeps_the_size(model, name, dilation):
    layer = model.get_submodule(name)
    dot = torch.zeros(1, layer.in_channels, 27, 29)
    dot[0, 0, 13, 14] = 1
    out = layer(dot) - layer(torch.zeros_like(dot))
    assert out.shape[2:] == dot.shape[2:]
    steps = (-dilation, 0, dilation)
    lit = {(13 + y, 14 + x) for y in steps for x in steps}
    assert set(map(tuple, (out[0].abs().amax(0) > 1e-6).nonzero().tolist())) == lit


def test_the_context_is_one_mean_spread_over_the_image():
    aspp = ASPP()
    for branch in (aspp.b1, aspp.b2, aspp.b3, aspp.b4):
        nn.init.zeros_(branch.weight)
        nn.init.zeros_(branch.bias)
    features = torch.rand(2, 1280, 3, 4)
    found = aspp(features)
    assert (found == found[:, :, :1, :1]).all() and not torch.equal(found[0], found[1])
    shuffled = features.flatten(2)[:, :, torch.randperm(12)].view_as(features)
    assert torch.allclose(aspp(shuffled), found, atol=1e-5)


def test_the_last_layer_has_no_activation(model, pictures):
    centred = torch.from_numpy(pictures) - torch.tensor(MEANS).view(3, 1, 1)
    assert model.decoder(model.aspp(model.encoder(centred))).min() < 0


@settings(max_examples=30)
@given(st.integers(0, 2**32 - 1), st.sampled_from([1e-9, 1e-3, 1.0, 1e4]))
def test_maps_are_scaled_one_by_one(seed, size):
    raw = np.random.default_rng(seed).normal(0, size, (2, 1, 3, 4)).astype(np.float32)
    found = min_max(torch.from_numpy(raw)).numpy()
    for one, scaled in zip(raw.astype(float), found, strict=True):
        above = one - one.min()
        assert np.allclose(scaled, above / (1e-7 + above.max()), atol=1e-6)
        assert scaled.min() == 0 and scaled.max() <= 1


def test_a_map_without_range_is_zero():
    assert (min_max(torch.full((1, 1, 2, 2), 7.0)) == 0).all()


def test_a_picture_alone_gives_the_map_it_gives_in_a_batch(model, pictures, maps):
    alone = model(torch.from_numpy(pictures[1:])).numpy()
    assert np.abs(alone[0] - maps[1]).max() < 1e-5


def test_gradients_reach_every_tensor():
    with torch.device("meta"):
        model = create_model("msinet")
        model(torch.zeros(1, 3, 16, 24)).sum().backward()
    assert all(parameter.grad is not None for parameter in model.parameters())


@pytest.mark.parametrize("shape", [(1, 3, 16, 20), (1, 3, 12, 16), (1, 1, 16, 16), (3, 16, 16)])
def test_other_shapes_are_refused(model, shape):
    with pytest.raises(InputError, match=r"expected \(N, 3, H, W\) with H and W multiples of 8"):
        model(torch.zeros(shape))


def test_it_is_no_classifier():
    assert "msinet" not in list_models()
    with pytest.raises(InputError, match="'msinet' gives a map of each image and no classes, expected no num_classes"):
        create_model("msinet", num_classes=3)
    with pytest.raises(InputError, match="model 'msinet' got an unexpected .* 'width', expected options among: none"):
        create_model("msinet", width=2)
    with pytest.raises(InputError, match="num_classes = None, expected at least 2"):
        create_model("simple_cnn")


def test_it_starts_as_tensorflows_layers_do():
    torch.manual_seed(0)
    kernel = create_model("msinet").aspp.b2
    bound = (6 / (9 * (1280 + 256))) ** 0.5
    assert 0.99 * bound < kernel.weight.abs().max() <= bound and not kernel.bias.any()
