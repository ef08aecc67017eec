"""Deep-Emotion as its figure draws it, and what every option changes."""

from itertools import pairwise

import pytest
import torch
import torch.nn.functional as F
from torch import nn

from fer_lib.errors import InputError
from fer_lib.models import create_model
from fer_lib.models.cost import forward_macs
from fer_lib.models.deep_emotion import LOCALIZERS, SCALES, THETA_INITS, WARPS
from fer_lib.models.guided_stn import IDENTITY

CELL = 2 / 9  # of a feature map, in normalised coordinates
ONE_CELL_RIGHT = torch.tensor([[1, 0, CELL, 0, 1, 0]]).view(1, 2, 3)


def build(seed=0, **options):
    torch.manual_seed(seed)
    return create_model("deep_emotion", num_classes=7, **options).eval()


def restless(theta=None, **options):
    """Biases away from 0 everywhere; θ depends on the image, or is `theta` for every image."""
    model = build(**options)
    generator = torch.Generator().manual_seed(3)
    for name, parameter in model.named_parameters():
        if name.endswith("bias") and not name.startswith("fc_loc.2"):
            nn.init.normal_(parameter, std=0.1, generator=generator)
    if theta is not None:
        model.fc_loc[2].bias.data = theta.flatten().clone()
    elif model.warped != "none":
        nn.init.normal_(model.fc_loc[2].weight, std=0.5, generator=generator)
    return model


@pytest.fixture
def image():
    return torch.rand(4, 1, 48, 48, generator=torch.Generator().manual_seed(1)) * 2 - 1


def count(model):
    return sum(parameter.numel() for parameter in model.parameters())


# size


@pytest.mark.parametrize("loc_mode", LOCALIZERS)
@pytest.mark.parametrize(("warp", "expected"), [("features", 47_657), ("input", 47_657), ("none", 43_737)])
def test_parameter_count(warp, loc_mode, expected):
    assert count(build(warp=warp, loc_mode=loc_mode)) == expected


def test_parameter_count_by_branch():
    model = build()
    parts = {name: count(module) for name, module in model.named_children()}
    assert parts == {
        **{"conv1": 100, "conv2": 910, "conv3": 910, "conv4": 910, "dropout": 0, "fc1": 40_550, "fc2": 357},
        **{"localization": 80 + 730, "fc_loc": 2_912 + 198},
    }


def test_cost_by_hand():
    cnn = 46**2 * 9 * 10 + 44**2 * 90 * 10 + 20**2 * 90 * 10 + 18**2 * 90 * 10 + 810 * 50 + 50 * 7
    localizer = 48**2 * 9 * 8 + 12**2 * 72 * 10 + 90 * 32 + 32 * 6
    grid = 9 * 9 * 3 * 2
    cost = {warp: forward_macs("deep_emotion", num_classes=7, image_shape=(1, 48, 48), warp=warp) for warp in WARPS}
    assert cost == {"none": cnn, "features": cnn + localizer + grid, "input": cnn + localizer + 48 * 48 * 3 * 2}


SIZES = {
    "same_4_4": [(8, 48), (8, 12), (10, 12), (10, 3)],
    "valid_4_3": [(8, 46), (8, 11), (10, 9), (10, 3)],
    "adaptive3": [(8, 46), (8, 23), (10, 21), (10, 3)],
}


@pytest.mark.parametrize("loc_mode", LOCALIZERS)
def test_the_localizer_has_90_values_on_every_way(image, loc_mode):
    x, sizes = image, []
    for layer in build(loc_mode=loc_mode).localization:
        x = layer(x)
        if not isinstance(layer, nn.ReLU):
            sizes.append((x.shape[1], x.shape[2]))
    assert sizes == SIZES[loc_mode]
    assert x.flatten(1).shape == (4, 90)


def test_adaptive3_is_torchs_adaptive_pool(image):
    localization = build(loc_mode="adaptive3").localization
    x = localization[:4](image)
    assert torch.equal(localization[4](x), F.adaptive_max_pool2d(x, 3))


def test_the_classifier_sees_810_values(image):
    features = build().features(image)
    assert features.shape == (4, 10, 9, 9) and features.flatten(1).shape == (4, 810)


# where it starts


@pytest.mark.parametrize("theta_init", THETA_INITS)
def test_weights_are_drawn_with_deviation_005_and_biases_are_0(theta_init):
    model = build(theta_init=theta_init)
    assert model.fc1.weight.std().item() == pytest.approx(0.05, rel=0.02)
    assert model.fc1.weight.mean().abs() < 4 * 0.05 / 40_500**0.5
    for name, parameter in model.named_parameters():
        if name == "fc_loc.2.bias":
            assert parameter.tolist() == list(IDENTITY)
        elif name == "fc_loc.2.weight" and theta_init == "identity":
            assert not parameter.any()
        elif name.endswith("bias"):
            assert not parameter.any(), name
        else:  # four standard errors
            assert parameter.std().item() == pytest.approx(0.05, rel=4 / (2 * parameter.numel()) ** 0.5), name
            assert parameter.mean().abs() < 4 * 0.05 / parameter.numel() ** 0.5, name


@pytest.mark.parametrize("align_corners", [False, True])
@pytest.mark.parametrize("warp", WARPS)
def test_identity_warp_at_initialisation(image, warp, align_corners):
    model = build(warp=warp, align_corners=align_corners)
    theta = model.theta(image)
    assert theta.flatten(1).tolist() == [list(IDENTITY)] * 4
    for values in (image, model.features(image)):
        assert (model.warp(values, theta) - values).abs().max() < 1e-4
    assert (model(image) - build(warp="none")(image)).abs().max() < 1e-4


def test_a_gaussian_theta_starts_around_the_identity(image):
    theta = build(theta_init="gaussian").theta(image).flatten(1)
    off = (theta - torch.tensor(IDENTITY)).abs()
    assert 0 < off.max() < 0.5
    assert theta.std(0).max() > 0


@pytest.mark.parametrize(
    "options",
    [
        *({"warp": warp} for warp in WARPS),
        *({"loc_mode": loc_mode} for loc_mode in LOCALIZERS),
        *({"scale": scale} for scale in SCALES),
        {"theta_init": "gaussian"},
        {"fc_relu": False, "dropout": 0.0, "align_corners": True},
    ],
    ids=str,
)
def test_at_one_seed_all_variants_start_with_the_same_weights(options):
    expected, found = build().state_dict(), build(**options).state_dict()
    differing = {key for key, value in found.items() if not torch.equal(value, expected[key])}
    assert differing == ({"fc_loc.2.weight"} if "theta_init" in options else set())
    missing = expected.keys() - found.keys()
    assert all(key.startswith(("localization.", "fc_loc.")) for key in missing)
    assert bool(missing) == (options.get("warp") == "none")


# forward


def forward_slowly(s, image, warp, fc_relu=True):
    """The figure, layer by layer, with torch's own grid."""

    def conv(x, name, padding=0):
        return F.conv2d(x, s[f"{name}.weight"], s[f"{name}.bias"], padding=padding)

    def linear(x, name):
        return x @ s[f"{name}.weight"].T + s[f"{name}.bias"]

    def sample(values, theta):
        return F.grid_sample(values, F.affine_grid(theta, values.shape, align_corners=False), align_corners=False)

    if warp != "none":
        seen = F.relu(F.max_pool2d(conv(image, "localization.0", 1), 4))
        seen = F.relu(F.max_pool2d(conv(seen, "localization.3", 1), 4))
        theta = linear(F.relu(linear(seen.reshape(-1, 90), "fc_loc.0")), "fc_loc.2").reshape(-1, 2, 3)
    x = sample(image, theta) if warp == "input" else image
    x = F.relu(conv(x, "conv1"))
    x = F.relu(F.max_pool2d(conv(x, "conv2"), 2))
    x = F.relu(conv(x, "conv3"))
    x = F.relu(F.max_pool2d(conv(x, "conv4"), 2))
    x = sample(x, theta) if warp == "features" else x
    x = linear(x.reshape(-1, 810), "fc1")
    return linear(F.relu(x) if fc_relu else x, "fc2")


@pytest.mark.parametrize("fc_relu", [True, False])
@pytest.mark.parametrize("warp", WARPS)
def test_forward_equals_its_slow_twin(image, warp, fc_relu):
    model = restless(warp=warp, fc_relu=fc_relu)
    if warp != "none":
        assert model.theta(image).std(0).max() > 1e-3
    expected = forward_slowly(model.state_dict(), image, warp, fc_relu)
    assert torch.allclose(model(image), expected, atol=1e-6)
    assert not torch.allclose(restless(warp=warp, fc_relu=not fc_relu)(image), expected, atol=1e-4)


def test_variants_of_the_warp_are_told_apart_by_their_logits(image):
    logits = [restless(warp=warp)(image) for warp in WARPS]
    assert min((one - other).abs().max() for one, other in pairwise([*logits, logits[0]])) > 1e-4


def test_a_shift_by_one_cell_moves_the_feature_map_by_one_cell(image):
    """θ maps output to input: +1 cell in x shows what lies one cell to the right, and 0 at the edge."""
    model = restless(ONE_CELL_RIGHT)
    seen = {}
    model.fc1.register_forward_pre_hook(lambda _, arguments: seen.update(fc1=arguments[0].view(4, 10, 9, 9)))
    model(image)
    features = model.features(image)
    assert features.std() > 1e-3
    assert torch.allclose(seen["fc1"][..., :8], features[..., 1:], atol=1e-5)
    assert seen["fc1"][..., 8].abs().max() < 1e-5


@pytest.mark.parametrize("warp", WARPS)
def test_the_order_of_branches_dropout_and_warp(image, warp, monkeypatch):
    """Both branches see the image itself, the features are warped after dropout and before the linear layers."""
    model, order = restless(warp=warp), []
    real = model.warp

    def warp_and_tell(values, theta):
        order.append(("warp", tuple(values.shape[1:])))
        return real(values, theta)

    monkeypatch.setattr(model, "warp", warp_and_tell)
    for name in ("localization", "conv1", "dropout", "fc1"):
        if hasattr(model, name):
            model.get_submodule(name).register_forward_pre_hook(
                lambda _, arguments, name=name: order.append((name, torch.equal(arguments[0], image)))
            )
    model(image)
    assert (
        order
        == {
            "features": [
                *[("conv1", True), ("dropout", False), ("localization", True)],
                *[("warp", (10, 9, 9)), ("fc1", False)],
            ],
            "input": [
                *[("localization", True), ("warp", (1, 48, 48))],
                *[("conv1", False), ("dropout", False), ("fc1", False)],
            ],
            "none": [("conv1", True), ("dropout", False), ("fc1", False)],
        }[warp]
    )


def test_what_dropout_takes_is_taken_before_the_warp(image):
    """Zeros of whole cells arrive shifted by half a cell, spread over their neighbours."""
    model = restless(torch.tensor([1, 0, CELL / 2, 0, 1, 0])).train()
    seen = {}
    model.dropout.register_forward_hook(lambda _, __, output: seen.update(dropped=output))
    model.fc1.register_forward_pre_hook(lambda _, arguments: seen.update(fc1=arguments[0].view(4, 10, 9, 9)))
    model(image)
    dropped = F.pad(seen["dropped"], (0, 1))
    assert torch.allclose(seen["fc1"], (dropped[..., :9] + dropped[..., 1:]) / 2, atol=1e-5)


# options


@pytest.mark.parametrize("dropout", [0.0, 0.2, 0.5])
def test_dropout_takes_its_share_and_only_in_training(image, dropout):
    model = build(dropout=dropout)
    ones = torch.ones(50, 10, 9, 9)
    assert model.train().dropout(ones).eq(0).float().mean().item() == pytest.approx(dropout, abs=0.02)
    model.eval()
    assert torch.equal(model(image), build()(image))
    assert torch.equal(model(image), model(image))


@pytest.mark.parametrize("warp", WARPS)
@pytest.mark.parametrize("scale", SCALES)
def test_a_scaled_network_is_the_symmetric_one_on_a_rescaled_image(image, warp, scale):
    rescaled = {"symmetric": image, "unit": (image + 1) / 2, "none": (image + 1) / 2 * 255}[scale]
    assert rescaled.min() >= {"symmetric": -1}.get(scale, 0)
    model, plain = restless(warp=warp, scale=scale), restless(warp=warp)
    assert torch.allclose(model(image), plain(rescaled), rtol=1e-4, atol=1e-5)
    assert torch.allclose(model.theta(image), plain.theta(rescaled), rtol=1e-4, atol=1e-5)
    assert torch.allclose(model.features(image), plain.features(rescaled), rtol=1e-4, atol=1e-5)
    assert torch.equal(model(image), plain(image)) == (scale == "symmetric")


@pytest.mark.parametrize("align_corners", [False, True])
def test_align_corners_is_that_of_grid_and_sampler(align_corners):
    model = build(align_corners=align_corners)
    values = torch.randn(2, 10, 9, 9, generator=torch.Generator().manual_seed(0))
    theta = torch.tensor([0.8, 0.3, -0.1, -0.2, 1.1, 0.25]).view(1, 2, 3).expand(2, -1, -1)
    grid = F.affine_grid(theta, values.shape, align_corners=align_corners)
    expected = F.grid_sample(values, grid, align_corners=align_corners)
    assert torch.allclose(model.warp(values, theta), expected, atol=1e-5)
    assert not torch.allclose(build(align_corners=not align_corners).warp(values, theta), expected, atol=1e-2)


def test_without_a_transformer_theta_is_the_identity_for_every_image(image):
    model = build(warp="none")
    assert not hasattr(model, "localization") and not hasattr(model, "fc_loc")
    theta = model.theta(image)
    assert theta.shape == (4, 2, 3) and theta.dtype == torch.float32
    assert theta.flatten(1).tolist() == [list(IDENTITY)] * 4


@pytest.mark.parametrize("warp", WARPS)
def test_groups_name_layers_that_are_there(warp):
    model = build(warp=warp)
    named = [name for group in model.layer_groups for name in group]
    assert sorted(named) == sorted(name for name, module in model.named_children() if count(module))


def test_the_penalty_acts_on_the_two_last_linear_layers():
    model = build()
    assert [type(model.get_submodule(name)) for name in model.penalised] == [nn.Linear] * 2
    assert [model.get_submodule(name).weight.numel() for name in model.penalised] == [810 * 50, 50 * 7]


@pytest.mark.parametrize(
    ("options", "sentence"),
    [
        ({"warp": "feature"}, "warp 'feature', expected one of features, input, none"),
        ({"loc_mode": "same"}, "loc_mode 'same', expected one of same_4_4, valid_4_3, adaptive3"),
        ({"theta_init": "zeros"}, "theta_init 'zeros', expected one of identity, gaussian"),
        ({"scale": "0-255"}, "scale '0-255', expected one of symmetric, unit, none"),
        ({"dropout": 1.0}, "dropout = 1.0, expected 0 … 1, 1 excluded"),
        ({"dropout": -0.1}, "dropout = -0.1, expected 0 … 1, 1 excluded"),
    ],
)
def test_what_an_option_cannot_be_is_told(options, sentence):
    with pytest.raises(InputError) as told:
        build(**options)
    assert str(told.value) == sentence


# training


@pytest.mark.parametrize("warp", ["features", "input"])
def test_the_gradient_reaches_the_localizer(image, warp):
    model = restless(warp=warp)
    F.cross_entropy(model(image), torch.arange(4)).backward()
    for name, parameter in model.named_parameters():
        assert parameter.grad.abs().max() > 0, name


def test_theta_and_warp_stay_in_float32_under_autocast(image):
    model, turned = restless(torch.tensor([1.001, 0, 0, 0, 1.001, 0])), torch.tensor([0.8, 0.3, -0.1, -0.2, 1.1, 0.25])
    turned = turned.view(1, 2, 3).expand(4, -1, -1)
    expected = model.warp(image, turned)
    with torch.autocast("cpu", torch.bfloat16):
        theta = model.theta(image)
        assert torch.equal(model.warp(image, turned), expected)
        assert model(image).dtype == torch.bfloat16  # the layers do use it
    assert theta.dtype == torch.float32
    assert torch.equal(theta[0].flatten(), model.fc_loc[2].bias)
