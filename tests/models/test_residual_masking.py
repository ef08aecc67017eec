"""The residual masking network: counts of all its variants, a twin written out on a narrow one, taps and options."""

from itertools import product

import pytest
import torch
import torch.nn.functional as F
from torch import nn
from torch.utils.flop_counter import FlopCounterMode

from fer_lib.errors import InputError
from fer_lib.models import create_model, residual_masking
from fer_lib.models.layer_groups import layer_groups
from fer_lib.models.residual_masking import HEADS, Masked, MaskedResNet, ResidualMasking, ResidualMasking50

from .on_meta import on_meta
from .test_masking_block import mask_slowly

MASKS = 32_366_080 + 31_885_312 + 29_965_312 + 22_291_456


def narrow(seed=0, **changes):
    """The published network but for its widths and the number of its blocks, with batch norms as after training."""
    torch.manual_seed(seed)
    options = {
        "widths": (4, 6, 8, 10), "blocks": (2, 1, 2, 1), "growth": 2, "pool": True, "head": "dropout1",
        "mask_activation": "softmax", "mask_mode": "1+m", "mask_depths": (4, 3, 2, 1), "image_size": None,
        "normalize": "none",
    }  # fmt: skip
    model = MaskedResNet(7, **options | changes)
    for module in model.modules():
        if isinstance(module, nn.BatchNorm2d):
            for values in (module.weight.data, module.bias.data, module.running_mean):
                values.normal_()
    return model.eval()


@pytest.fixture
def image():
    return torch.rand(2, 1, 64, 64, generator=torch.Generator().manual_seed(1)) * 2 - 1


@pytest.mark.parametrize(
    ("options", "expected"),
    [
        ({}, 137_796_423),
        ({"head": "linear"}, 137_796_423),
        ({"head": "dropout2"}, 137_859_399),
        ({"head": "dropout3"}, 137_796_423 - 3_591 + 512 * 513 + 513 * 128 + 129 * 7),
        ({"head": "dropout4"}, 137_796_423 - 3_591 + 513 * 128 + 129 * 128 + 129 * 7),
        ({"mask_activation": "sigmoid"}, 137_796_423),
        ({"mask_mode": "m"}, 137_796_423),
        ({"mask_mode": "off"}, 21_288_263),
        ({"num_classes": 1000}, 138_305_832),
    ],
)
def test_parameter_counts_of_all_variants(options, expected):
    model = on_meta("residual_masking", **{"num_classes": 7, **options})
    assert sum(p.numel() for p in model.parameters()) == expected


def test_parameter_counts_of_the_masked_resnet50():
    """Counted without values, which would take 7.5 GB."""
    model = on_meta("residual_masking50", num_classes=7)
    assert sum(p.numel() for p in model.parameters()) == 1_886_897_223
    plain = on_meta("residual_masking50", num_classes=7, mask_mode="off", head="linear")
    assert sum(p.numel() for p in plain.parameters()) == sum(p.numel() for p in on_meta("resnet50", 7).parameters())
    seen = []
    handles = [
        model.get_submodule(f"mask{k}").register_forward_hook(lambda *call: seen.append(tuple(call[2].shape[1:])))
        for k in range(1, 5)
    ]
    assert model(torch.zeros(2, 1, 48, 48, device="meta")).shape == (2, 7)
    for handle in handles:
        handle.remove()
    assert seen == [(256, 56, 56), (512, 28, 28), (1024, 14, 14), (2048, 7, 7)]


def test_parameter_counts_stage_by_stage():
    model = on_meta("residual_masking", num_classes=7)
    counts = {name: sum(p.numel() for p in child.parameters()) for name, child in model.named_children()}
    assert {name: count for name, count in counts.items() if count} == {
        "conv1": 9_408, "bn1": 128, "layer1": 221_952, "layer2": 1_116_416, "layer3": 6_822_400, "layer4": 13_114_368,
        "mask1": 32_366_080, "mask2": 31_885_312, "mask3": 29_965_312, "mask4": 22_291_456, "fc": 3_591,
    }  # fmt: skip
    assert sum(counts.values()) - MASKS == 21_288_263


def test_the_papers_count_names_projections_twice():
    """142.9 million of 740 tensors, as many as a checkpoint of the reference holds."""
    model = on_meta("residual_masking", num_classes=7)
    twice = [value for key, value in model.named_parameters() if "mask" in key and ".downsample." in key]
    assert sum(p.numel() for p in model.parameters()) + sum(p.numel() for p in twice) == 142_943_431
    state = model.state_dict()
    assert len(state) + sum("mask" in key and ".downsample." in key for key in state) == 740


def test_maps_and_multiplications_at_224_pixels():
    model, seen = on_meta("residual_masking", num_classes=7), {}
    handles = [
        model.get_submodule(name).register_forward_hook(lambda _, __, out, tap=tap: seen.update({tap: out.shape[1:]}))
        for tap, name in model.taps.items()
    ]
    assert model(torch.zeros(2, 1, 48, 48, device="meta")).shape == (2, 7)
    for handle in handles:
        handle.remove()
    shapes = {1: (64, 56, 56), 2: (128, 28, 28), 3: (256, 14, 14), 4: (512, 7, 7)}
    expected = {f"{tap} {k}": shapes[k] for k in shapes for tap in ("before mask", "mask", "after mask")}
    assert {tap: tuple(shape) for tap, shape in seen.items()} == expected | {"last": shapes[4]}
    assert multiplications(model) == pytest.approx(21.9e9, rel=5e-3)


def multiplications(model):
    with FlopCounterMode(display=False) as counter:
        model(torch.zeros(2, 1, 48, 48, device="meta"))
    return counter.get_total_flops() // 4  # two images, and two operations each


def forward_slowly(s, image, combine):
    """The specification's table, step by step; `s` holds the tensors of a narrow network."""

    def norm(x, at):
        return F.batch_norm(x, *(s[f"{at}.{part}"] for part in ("running_mean", "running_var", "weight", "bias")))

    def unit(x, at, stride):
        branch = F.relu(norm(F.conv2d(x, s[f"{at}.conv1.weight"], stride=stride, padding=1), f"{at}.bn1"))
        branch = norm(F.conv2d(branch, s[f"{at}.conv2.weight"], padding=1), f"{at}.bn2")
        if f"{at}.downsample.0.weight" in s:
            x = norm(F.conv2d(x, s[f"{at}.downsample.0.weight"], stride=stride), f"{at}.downsample.1")
        return F.relu(branch + x)

    x = ((image + 1) / 2).repeat(1, 3, 1, 1)
    x = F.max_pool2d(F.relu(norm(F.conv2d(x, s["conv1.weight"], stride=2, padding=3), "bn1")), 3, stride=2, padding=1)
    for stage, (blocks, depth) in enumerate(((2, 4), (1, 3), (2, 2), (1, 1)), start=1):
        for block in range(blocks):
            x = unit(x, f"layer{stage}.{block}", stride=2 if stage > 1 and block == 0 else 1)
        own = {key.removeprefix(f"mask{stage}."): value for key, value in s.items() if key.startswith(f"mask{stage}.")}
        x = combine(x, mask_slowly(own, x, depth)) if own else x
    return F.linear(x.mean((2, 3)), s["fc.1.weight"], s["fc.1.bias"])


@pytest.mark.parametrize(
    ("mode", "combine"), [("1+m", lambda x, m: x + x * m), ("m", lambda x, m: x * m), ("off", lambda x, m: None)]
)
@torch.no_grad()
def test_forward_equals_its_slow_twin(mode, combine, image):
    model = narrow(mask_mode=mode)
    assert torch.allclose(model(image), forward_slowly(model.state_dict(), image, combine), rtol=1e-4, atol=1e-5)


@torch.no_grad()
def test_masks_change_the_logits_in_every_mode_and_activation(image):
    state = narrow().state_dict()
    found = []
    for options in ({}, {"mask_mode": "m"}, {"mask_mode": "off"}, {"mask_activation": "sigmoid"}):
        model = narrow(**options)
        model.load_state_dict({key: value for key, value in state.items() if key in model.state_dict()})
        found.append(model(image))
    assert all((one - other).abs().max() > 1e-3 for k, one in enumerate(found) for other in found[:k])


def test_masking_multiplies_every_value_by_one_and_its_mask():
    x, m = torch.randn(2, 3, 4, 5), torch.rand(2, 3, 4, 5)
    plus, times = Masked("1+m")(x, m), Masked("m")(x, m)
    for at in product(range(2), range(3), range(4), range(5)):
        assert plus[at].item() == pytest.approx(x[at].item() * (1 + m[at].item()), rel=1e-6)
        assert times[at].item() == pytest.approx(x[at].item() * m[at].item(), rel=1e-6)


def test_taps_give_maps_masks_and_masked_maps_with_gradients(image):
    """All that Grad-CAM takes: outputs of modules, on which the logits depend."""
    model, seen = narrow(), {}
    for tap, name in model.taps.items():
        model.get_submodule(name).register_forward_hook(lambda _, __, out, tap=tap: seen.update({tap: out}))
    logits = model(image)
    gradients = torch.autograd.grad(logits[:, 3].sum(), list(seen.values()))
    assert all(gradient.abs().max() > 0 for gradient in gradients)
    for k in range(1, 5):
        before, mask, after = (seen[f"{tap} {k}"] for tap in ("before mask", "mask", "after mask"))
        assert torch.equal(after, before * (1 + mask))
        assert torch.allclose(mask.sum(1), torch.ones_like(mask[:, 0]), atol=1e-5)
    assert seen["last"] is seen["after mask 4"]
    plain = narrow(mask_mode="off")
    assert plain.taps == {f"before mask {k}": f"layer{k}" for k in range(1, 5)} | {"last": "layer4"}


@pytest.mark.parametrize(("unit", "width"), [("BasicBlock", 64), ("Bottleneck", 256)])
def test_without_masks_it_is_torchvisions_resnet(image, unit, width):
    from torchvision.models import resnet

    from fer_lib.models import resnet_blocks

    torch.manual_seed(0)
    theirs = resnet.ResNet(getattr(resnet, unit), [1, 1, 1, 1], num_classes=7).eval()
    mine = narrow(
        widths=(width, 2 * width, 4 * width, 8 * width), blocks=(1, 1, 1, 1), head="linear", mask_mode="off",
        unit=getattr(resnet_blocks, unit),
    )  # fmt: skip
    mine.load_state_dict(theirs.state_dict(), strict=True)
    with torch.no_grad():
        assert torch.allclose(mine(image), theirs((image + 1).expand(-1, 3, -1, -1) / 2), rtol=1e-4, atol=1e-4)


def test_a_seed_draws_the_same_trunk_and_head_whatever_the_masks():
    plain = narrow_from_seed(mask_mode="off")
    for options in ({}, {"mask_depths": (1, 1, 2, 3)}, {"mask_activation": "sigmoid"}):
        other = narrow_from_seed(**options)
        assert all(torch.equal(other[key], value) for key, value in plain.items())


def narrow_from_seed(**options):
    torch.manual_seed(4)
    return create_model("residual_masking_slim", num_classes=3, **options).state_dict()


def test_at_the_start_masks_average_one_by_the_number_of_channels(image):
    torch.manual_seed(0)
    model, seen = create_model("residual_masking_slim", num_classes=3).train(), []
    for k in range(1, 5):
        model.get_submodule(f"mask{k}").register_forward_hook(lambda _, __, out: seen.append(out))
    model(image)
    assert [mask.mean().item() for mask in seen] == pytest.approx([1 / mask.shape[1] for mask in seen], rel=1e-4)


@pytest.mark.parametrize("head", HEADS)
def test_heads(head):
    hidden = {"dropout2": [128], "dropout3": [512, 128], "dropout4": [128, 128]}.get(head, [])
    model = on_meta("residual_masking", num_classes=7, head=head)
    linear = [module.out_features for module in model.modules() if isinstance(module, nn.Linear)]
    dropped = [module.p for module in model.modules() if isinstance(module, nn.Dropout)]
    assert linear == [*hidden, 7] and dropped == ([0.4] if head == "dropout1" else [0.5] * len(hidden))
    groups = layer_groups(model)
    assert groups[-5:] == (*((f"mask{k}", f"layer{k}") for k in (4, 3, 2, 1)), ("bn1", "conv1"))
    assert [model.get_submodule(name).out_features for (name,) in groups[:-5]] == [7, *hidden[::-1]]


@pytest.mark.parametrize("name", ["resnet34", "resnet50"])
def test_imagenet_weights_fill_the_trunk_alone(monkeypatch, name):
    import torchvision

    asked = []
    monkeypatch.setattr(residual_masking, "load_imagenet", lambda *args, **options: asked.append((args, options)))
    with torch.device("meta"):
        model = {"resnet34": ResidualMasking, "resnet50": ResidualMasking50}[name](7, weights="imagenet")
        theirs = getattr(torchvision.models, name)().state_dict()
    (((network, architecture), options),) = asked
    assert network is model and architecture == name
    fresh = tuple(f"{part}." for part in options["fresh"])
    mine = {key: value.shape for key, value in model.state_dict().items() if not key.startswith(fresh)}
    assert mine == {key: value.shape for key, value in theirs.items() if not key.startswith("fc.")}


def test_a_missing_weights_file_is_told(monkeypatch, tmp_path):
    monkeypatch.setenv("TORCH_HOME", str(tmp_path))
    monkeypatch.chdir(tmp_path)
    with pytest.raises(InputError, match=r"resnet34-b627a593\.pth .* https://download\.pytorch\.org/models/"):
        create_model("residual_masking", num_classes=7, weights="imagenet", mask_mode="off")


@pytest.mark.parametrize("size", [1, 17, 48, 70])
def test_images_of_any_size(size):
    with torch.no_grad():
        assert torch.isfinite(narrow()(torch.rand(1, 3, size, size) * 2 - 1)).all()


def test_the_slim_network_is_small():
    """The published one, at its own size, has 378 times the parameters and multiplies 1,700 times as often."""
    model = on_meta("residual_masking_slim", num_classes=7)
    assert sum(p.numel() for p in model.parameters()) == 364_839
    assert model.image_input.image_size is None and multiplications(model) == 12_728_896


@pytest.mark.parametrize(
    ("options", "sentence"),
    [
        ({"head": "dropout5"}, "head 'dropout5', expected one of linear, dropout1, dropout2, dropout3, dropout4"),
        ({"mask_activation": "relu"}, "mask_activation 'relu', expected one of softmax, sigmoid"),
        ({"mask_mode": "1-m"}, "mask_mode '1-m', expected one of 1\\+m, m, off"),
        ({"mask_depths": (4, 3, 2)}, r"mask_depths is \(4, 3, 2\), expected four whole numbers from 1 to 4"),
        ({"mask_depths": (4, 3, 2, 0)}, r"mask_depths is \(4, 3, 2, 0\), expected four whole numbers from 1 to 4"),
        ({"mask_depths": [4.0, 3, 2, 1]}, r"mask_depths is \[4.0, 3, 2, 1\], expected four whole numbers"),
        ({"mask_depths": 4}, "mask_depths is 4, expected four whole numbers"),
    ],
)
@pytest.mark.parametrize("name", ["residual_masking", "residual_masking_slim"])
def test_bad_options_are_told(name, options, sentence):
    with torch.device("meta"), pytest.raises(InputError, match=sentence):
        create_model(name, num_classes=7, **options)
    if "mask_mode" not in options:  # where no mask is built, too
        with torch.device("meta"), pytest.raises(InputError, match=sentence):
            create_model(name, num_classes=7, mask_mode="off", **options)


@pytest.mark.parametrize(
    ("options", "sentence"),
    [
        ({"image_size": 0}, "image_size is 0"),
        ({"normalize": "unit"}, "normalize 'unit'"),
        ({"weights": "imagnet"}, "weights 'imagnet', expected None or imagenet"),
    ],
)
def test_bad_options_of_the_published_network_are_told(options, sentence):
    with torch.device("meta"), pytest.raises(InputError, match=sentence):
        create_model("residual_masking", num_classes=7, **options)
