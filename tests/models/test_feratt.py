"""FERAtt: the counts of both published states, what every option makes of an image, and what it refuses."""

from dataclasses import replace

import pytest
import torch
import torch.nn.functional as F
from torch import nn

from fer_lib.errors import InputError
from fer_lib.models import create_model, feratt_presets
from fer_lib.models.cost import forward_macs
from fer_lib.models.feratt import FERAtt
from fer_lib.models.feratt_layout import LAYOUT_2018, LAYOUT_2019
from fer_lib.models.feratt_units import CIFAR10_MEAN, CIFAR10_STD
from fer_lib.models.layer_groups import layer_groups, tensors_in

from .on_meta import on_meta

#: Of the 1000-way layer of both states' ResNet-34, which the published counts include and nothing uses.
UNUSED = 512 * 1000 + 1000
NARROW = {
    "widths": (3, 4, 5, 6), "blocks": (1, 1, 1, 1), "filters": 2, "feature_blocks": 1, "hidden": 4, "width": 3,
    "stage_blocks": (1, 1, 1, 1), "kernel": 3,
}  # fmt: skip
LAYOUTS = {"2018": replace(LAYOUT_2018, features=4, **NARROW), "2019": replace(LAYOUT_2019, **NARROW)}
OPTIONS = {
    "2018": {"out_act": "hardshrink", "remap": False, "normalize": "cifar10"},
    "2019": {"out_act": "norm_relu", "remap": True, "normalize": "none"},
}
every_state = pytest.mark.parametrize("state", LAYOUTS)
every_mode = pytest.mark.parametrize("mode", ["rep_cls", "cls"])


def narrow(state, seed=0, **changes):
    """A published state, but for its widths, with 64 × 64 pixels, that says something else for every image."""
    torch.manual_seed(seed)
    options = {"mode": "rep_cls", "dim": 5, "final_norm": False, "image_size": 64} | OPTIONS[state] | changes
    model = FERAtt(7, LAYOUTS[state], **options).train()
    for layer in model.modules():
        if isinstance(layer, nn.Conv2d | nn.ConvTranspose2d):
            nn.init.kaiming_normal_(layer.weight)
        elif isinstance(layer, nn.BatchNorm2d):
            nn.init.uniform_(layer.weight, 0.5, 1.5)
            nn.init.normal_(layer.bias, std=0.2)
            layer.momentum = 1.0
    model(torch.rand(8, 1, 64, 64) * 2 - 1)  # what batch norm expects is what it gets, as after training
    return model.eval()


@pytest.fixture(scope="module")
def image():
    return torch.rand(2, 1, 64, 64, generator=torch.Generator().manual_seed(1)) * 2 - 1


@pytest.fixture(scope="module")
def mask():
    return (torch.rand(2, 1, 64, 64, generator=torch.Generator().manual_seed(2)) > 0.5).float()


def count(model):
    return sum(parameter.numel() for parameter in model.parameters())


# size


@pytest.mark.parametrize(
    ("name", "mode", "num_classes", "published"),
    [
        ("feratt_2018", "rep_cls", 7, 47_921_075),
        ("feratt_2018", "rep_cls", 8, 47_921_140),
        ("feratt_2019", "cls", 7, 46_302_059),
        ("feratt_2019", "cls", 8, 46_305_737),
        ("feratt_2019", "rep_cls", 7, 46_331_755),
        ("feratt_2019", "rep_cls", 8, 46_334_985),
    ],
)
def test_it_has_the_published_parameters_but_for_the_unused_layer(name, mode, num_classes, published):
    assert count(on_meta(name, num_classes, mode=mode)) == published - UNUSED


def test_the_published_parts_have_theirs():
    model = on_meta("feratt_2018", 7)
    counts = {name: count(part) for name, part in model.named_children() if count(part)}
    assert counts == {
        "encoder": 21_284_672, "attention": 14_823_713, "features": 91_040, "reconstruction": 9_347,
        "representation": 11_199_303,
    }  # fmt: skip
    assert count(on_meta("feratt_2018", 7, mode="cls").representation) == 11_169_607
    assert count(on_meta("feratt_2019", 8).features) == 11_880


def test_it_costs_what_it_says():
    assert forward_macs("feratt_2019", num_classes=7, image_shape=(1, 64, 64)) == pytest.approx(2.59e9, rel=2e-3)
    assert forward_macs("feratt_2018", num_classes=7, image_shape=(1, 128, 128)) == pytest.approx(5.55e9, rel=2e-3)
    assert count(on_meta("feratt_slim", 7)) == 1_163_411
    assert forward_macs("feratt_slim", num_classes=7, image_shape=(1, 64, 64)) == 55_624_128


@pytest.mark.parametrize(("name", "own", "channels"), [("feratt_2018", 128, 1), ("feratt_2019", 64, 7)])
@pytest.mark.parametrize("side", [64, 128])
def test_shapes_for_images_of_64_and_128(name, own, channels, side):
    """Images of another size come to the network's; with ``image_size=None`` they are taken as they are."""
    for size, expected in ((own, own), (None, side)):
        model = on_meta(name, 7, image_size=size)
        parts = model.parts(torch.empty(2, 1, side, side, device="meta"))
        features = 32 if name == "feratt_2018" else 7
        assert parts.attention.shape == (2, channels, expected, expected)
        assert parts.features.shape == (2, features, expected, expected)
        assert parts.reconstruction.shape == (2, 3, expected, expected)
        assert parts.embedding.shape == (2, 64) and parts.logits.shape == (2, 7)


@pytest.mark.parametrize(("name", "shapes"), [("feratt_2018", (32, 32, 16, 8, 4)), ("feratt_2019", (16, 16, 8, 4, 2))])
def test_the_encoder_gives_maps_of_the_published_sizes(name, shapes):
    model, seen = on_meta(name, 7), []
    handles = [
        model.encoder.get_submodule(part).register_forward_hook(lambda _, __, out: seen.append(tuple(out.shape[1:])))
        for part in ("maxpool", "layer1", "layer2", "layer3", "layer4")
    ]
    model(torch.empty(1, 1, 48, 48, device="meta"))
    for handle in handles:
        handle.remove()
    assert seen == [(width, s, s) for width, s in zip((64, 64, 128, 256, 512), shapes, strict=True)]


def test_the_classifier_sees_32_pixels_a_side():
    for name in ("feratt_2018", "feratt_2019", "feratt_slim"):
        model, seen = on_meta(name, 7), []
        handle = model.representation.conv1.register_forward_hook(lambda _, inputs, __, s=seen: s.append(inputs[0]))
        model(torch.empty(1, 1, 64, 64, device="meta"))
        handle.remove()
        assert seen[0].shape == (1, 3, 32, 32)


# values


def slowly(model, image, state):
    """Sections 1.2 to 1.4 of the specification, image by image; parts are tested in files of their own."""
    logits, images = [], []
    for x in (image + 1) / 2:
        x = x.repeat(3, 1, 1)
        if state == "2018":
            mean, std = (torch.tensor(values).view(3, 1, 1) for values in (CIFAR10_MEAN, CIFAR10_STD))
            x = (x - mean) / std
        g_att, g_ft = model.attention(model.encoder(x[None])), model.features(x[None])
        attended = g_ft / (1 + torch.exp(-g_att))
        if state == "2018":
            v = model.reconstruction.convs(attended)
            seen = drawn = torch.where(v.abs() < 0.01, 0, v)
        else:
            v = model.reconstruction.convs(torch.cat([attended, x[None], g_att], 1))
            norm = model.reconstruction.out[0]
            drawn = F.batch_norm(v, norm.running_mean, norm.running_var, norm.weight, norm.bias).clamp(min=0)
            factor, shift = (torch.tensor(v).view(3, 1, 1) for v in ((0.4046, 0.3988, 0.4020), (0.0172, 0.0356, 0.107)))
            seen = drawn * factor - shift
        images.append(drawn[0])
        logits.append(model.representation(F.avg_pool2d(seen, 2))[0])
    return torch.stack(images), torch.stack(logits)


@every_state
@every_mode
@torch.no_grad()
def test_every_state_computes_what_the_specification_says(state, mode, image):
    model = narrow(state, mode=mode)
    parts, (drawn, logits) = model.parts(image), slowly(model, image, state)
    assert torch.allclose(parts.reconstruction, drawn, rtol=1e-4, atol=1e-4) and drawn.std() > 0
    assert torch.allclose(parts.logits, logits, rtol=1e-3, atol=1e-4) and logits.std() > 0
    assert torch.equal(model(image), parts.logits)
    z = model.embed(image)
    assert torch.allclose(model.representation.head(z), logits, rtol=1e-3, atol=1e-4)
    if mode == "cls":
        assert parts.embedding is None and z.shape == (2, 24)
    else:
        assert torch.equal(parts.embedding, z) and z.shape == (2, 5)


@torch.no_grad()
def test_options_change_what_is_computed(image):
    plain = narrow("2019")
    for changes in ({"remap": False}, {"out_act": "sigmoid"}, {"normalize": "imagenet"}, {"final_norm": True}):
        model = narrow("2019", **changes)
        assert (model(image) - plain(image)).abs().max() > 1e-3, changes
    assert narrow("2019", out_act="sigmoid").parts(image).reconstruction.min() > 0


def test_at_one_seed_both_modes_share_all_but_the_head():
    def drawn(mode):
        torch.manual_seed(3)
        return create_model("feratt_slim", num_classes=3, mode=mode).state_dict()

    one, other = drawn("cls"), drawn("rep_cls")
    shared = [key for key in one if not key.startswith("representation.head")]
    assert len(shared) == len(one) - 2 == len(other) - 4 and all(torch.equal(one[key], other[key]) for key in shared)


@torch.no_grad()
def test_attention_lets_features_through_where_it_is_high(image):
    """With attention at -∞ on the left, the left half of the image no longer counts in 2018's state."""
    model = narrow("2018")

    def closed(_, __, out):
        return torch.cat([out[..., :32] * 0 - 1e4, out[..., 32:] * 0 + 1e4], -1)

    model.attention.register_forward_hook(closed)
    changed = image.clone()
    changed[..., :16] = image.flip(0)[..., :16]
    one, other = model.parts(image), model.parts(changed)
    assert not torch.equal(one.features, other.features)
    assert torch.equal(one.reconstruction, other.reconstruction) and torch.equal(one.logits, other.logits)


# units


@pytest.mark.parametrize("state", LAYOUTS)
def test_the_target_is_the_face_in_the_networks_units_on_0(state, image, mask):
    model = narrow(state)
    target = model.target(image, mask)
    assert target.shape == (2, 3, 64, 64) and not target[(mask == 0).expand_as(target)].any()
    inside = (mask == 1).expand_as(target)
    assert torch.allclose(target[inside], model.units(image)[inside])
    if state == "2019":
        assert torch.allclose(target, ((image + 1) / 2 * mask).repeat(1, 3, 1, 1), atol=1e-6)
    pictured = model.picture(target)
    assert torch.allclose(pictured[inside], ((image + 1) / 2).expand_as(target)[inside], atol=1e-6)


def test_images_and_targets_of_another_size_come_to_the_networks(image, mask):
    model = narrow("2018", image_size=32)
    small = F.interpolate(image, (32, 32), mode="bilinear", antialias=True)
    assert torch.allclose(model(image), model(small), atol=1e-5)
    assert model.target(image, mask).shape == model.parts(image).reconstruction.shape == (2, 3, 32, 32)


@torch.no_grad()
def test_bfloat16_gives_maps_images_and_embeddings_in_float32(image):
    model = narrow("2018")
    with torch.autocast("cpu", torch.bfloat16):
        parts = model.parts(image)
    assert parts.attention.dtype == parts.reconstruction.dtype == parts.embedding.dtype == torch.float32
    assert torch.isfinite(parts.logits).all()


# layers and taps


@every_mode
def test_every_tensor_is_in_one_group_and_the_head_is_first(mode):
    model = narrow("2018", mode=mode)
    groups = [tensors_in(group) for group in layer_groups(model)]
    assert all(sum(key.startswith(group) for group in groups) == 1 for key in model.state_dict())
    assert groups[0] == ("representation.head.",)
    assert [group[0] for group in groups[-4:]] == ["reconstruction.", "features.", "attention.", "encoder."]


def test_where_features_depend_on_the_classes_there_is_no_head_to_set_apart():
    with pytest.raises(InputError, match="names no layer groups"):
        layer_groups(narrow("2019"))


@every_state
def test_taps_give_what_parts_give(state, image):
    model, seen = narrow(state), {}
    handles = [
        model.get_submodule(name).register_forward_hook(lambda _, __, out, tap=tap: seen.update({tap: out}))
        for tap, name in model.taps.items()
    ]
    parts = model.parts(image)
    for handle in handles:
        handle.remove()
    assert torch.equal(seen["attention"], parts.attention) and torch.equal(seen["features"], parts.features)
    assert seen["last"].shape == (2, 24, 4, 4)


# weights


@pytest.mark.parametrize("name", ["feratt_2018", "feratt_2019"])
def test_imagenet_weights_fill_the_encoder_alone(monkeypatch, name):
    import torchvision

    asked = []
    monkeypatch.setattr(feratt_presets, "load_imagenet", lambda *args, **options: asked.append((args, options)))
    with torch.device("meta"):
        model = create_model(name, num_classes=7, weights="imagenet")
        theirs = torchvision.models.resnet34().state_dict()
    assert asked == [((model.encoder, "resnet34"), {"fresh": ("fc",)})]
    mine = {key: value.shape for key, value in model.encoder.state_dict().items()}
    assert mine == {key: value.shape for key, value in theirs.items() if not key.startswith("fc.")}


def test_a_missing_weights_file_is_told(monkeypatch, tmp_path):
    monkeypatch.setenv("TORCH_HOME", str(tmp_path))
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(feratt_presets, "LAYOUT_2018", LAYOUTS["2018"])
    with pytest.raises(InputError, match=r"resnet34-b627a593\.pth .* https://download\.pytorch\.org/models/"):
        create_model("feratt_2018", num_classes=7, weights="imagenet")


# learning


def test_it_learns_to_draw_a_bright_square_without_its_surroundings():
    """Two places of a square on stripes; without the square, black stands for nothing of it."""
    torch.manual_seed(0)
    model = FERAtt(7, LAYOUTS["2018"], "cls", 5, **OPTIONS["2018"], final_norm=False, image_size=32)
    stripes = (torch.arange(32) // 2 % 2).float().expand(4, 1, 32, 32) - 0.5
    mask = torch.zeros(4, 1, 32, 32)
    mask[:2, :, 4:16, 4:16], mask[2:, :, 16:28, 14:26] = 1, 1
    image = torch.where(mask == 1, torch.tensor(1.0), stripes)
    target = model.target(image, mask)
    optimizer = torch.optim.Adam(model.parameters(), lr=1e-2)
    before = F.mse_loss(model.units(image), target)
    for _ in range(150):
        loss = F.mse_loss(model.parts(image).reconstruction, target)
        if loss < 0.3 * before:
            break
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
    assert loss < 0.3 * before


# what is refused


@pytest.mark.parametrize(
    ("options", "sentence"),
    [
        ({"mode": "rep"}, "mode 'rep', expected one of rep_cls, cls"),
        ({"dim": 0}, "dim is 0, expected a whole number from 1"),
        ({"out_act": "relu"}, "out_act 'relu', expected one of hardshrink, norm_relu, sigmoid"),
        ({"normalize": "cifar"}, "normalize 'cifar', expected one of none, cifar10, imagenet"),
        (
            {"out_act": "sigmoid", "normalize": "cifar10"},
            "out_act 'sigmoid' with normalize 'cifar10', expected 'none'",
        ),
        ({"image_size": 48}, "image_size is 48, expected pixels on a side as a multiple of (32|64), or None"),
        ({"image_size": 0}, "image_size is 0, expected pixels on a side as a multiple of"),
        ({"image_size": 64.0}, r"image_size is 64\.0, expected pixels on a side as a multiple of"),
    ],
)
@pytest.mark.parametrize("name", ["feratt_2018", "feratt_2019", "feratt_slim"])
def test_bad_options_are_told(name, options, sentence):
    with torch.device("meta"), pytest.raises(InputError, match=sentence):
        create_model(name, num_classes=7, **options)


@pytest.mark.parametrize("name", ["feratt_2018", "feratt_2019"])
def test_bad_weights_are_told(name):
    with torch.device("meta"), pytest.raises(InputError, match="weights 'imagnet', expected None or imagenet"):
        create_model(name, num_classes=7, weights="imagnet")


@pytest.mark.parametrize(("name", "divisor"), [("feratt_2018", 32), ("feratt_2019", 64), ("feratt_slim", 32)])
@pytest.mark.parametrize("shape", [(48, 64), (64, 100), (65, 65)])
def test_images_that_cannot_be_halved_to_the_end_are_told(name, divisor, shape):
    model = on_meta(name, 7, image_size=None)
    with pytest.raises(InputError) as told:
        model(torch.empty(2, 1, *shape, device="meta"))
    assert str(told.value) == (
        f"an image of {shape[0]} × {shape[1]} pixels, expected sides that are multiples of {divisor}; set image_size"
    )


def test_other_channels_are_told(image):
    with pytest.raises(InputError, match=r"an image of 2 channels, expected 1 \(grey\) or 3 \(colour\)"):
        narrow("2018")(torch.cat([image] * 2, 1))
