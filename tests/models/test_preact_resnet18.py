"""The pre-activation ResNet-18: counts, a twin written out on a narrow one, and what it does to larger images."""

import numpy as np
import pytest
import torch
import torch.nn.functional as F
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import nn

from fer_lib.errors import InputError
from fer_lib.models import create_model
from fer_lib.models.cost import forward_macs
from fer_lib.models.layer_groups import layer_groups, tensors_in
from fer_lib.models.preact_resnet18 import PreActResNet, pooled

from .on_meta import on_meta


def narrow(**changes):
    """Three channels in the first stage, with batch norms as after training."""
    torch.manual_seed(0)
    model = PreActResNet(7, **{"width": 3, "blocks": (2, 1, 1, 2)} | changes)
    for module in model.modules():
        if isinstance(module, nn.BatchNorm2d):
            for values in (module.weight.data, module.bias.data, module.running_mean):
                values.normal_()
    return model.eval()


@pytest.fixture
def image():
    return torch.rand(2, 1, 64, 64, generator=torch.Generator().manual_seed(1)) * 2 - 1


def count(model):
    return sum(parameter.numel() for parameter in model.parameters())


@pytest.mark.parametrize(
    ("options", "expected"),
    [
        ({"num_classes": 7}, 11_169_607),
        ({"num_classes": 8}, 11_170_120),
        ({"num_classes": 7, "embedding": 64}, 11_169_607 - 513 * 7 + 513 * 64 + 65 * 7),
        ({"num_classes": 7, "final_norm": True}, 11_169_607 + 1024),
    ],
)
def test_it_has_the_published_parameters(options, expected):
    assert count(on_meta("preact_resnet18", **options)) == expected


def test_it_costs_what_it_says():
    for side in (32, 64, 128):
        macs = forward_macs("preact_resnet18", num_classes=7, image_shape=(1, side, side))
        assert macs == pytest.approx(0.56e9, rel=0.01)
    assert count(on_meta("preact_slim", num_classes=7)) == 307_735
    assert forward_macs("preact_slim", num_classes=7, image_shape=(1, 32, 32)) == 16_171_904


def slowly(s, image, blocks=(2, 1, 1, 2)):
    """The specification, step by step; `s` holds the tensors, `image` has 32 × 32 pixels."""

    def activated(x, at):
        x = F.batch_norm(x, *(s[f"{at}.{part}"] for part in ("running_mean", "running_var", "weight", "bias")))
        return x.clamp(min=0)

    x = F.conv2d(torch.cat([image] * 3, 1), s["conv1.weight"], padding=1)
    for stage in range(4):
        for block in range(blocks[stage]):
            at, stride = f"layer{stage + 1}.{block}", 2 if stage and not block else 1
            a = activated(x, f"{at}.bn1")
            shortcut = f"{at}.shortcut.weight"
            x = F.conv2d(a, s[shortcut], stride=stride) if shortcut in s else x
            a = F.conv2d(a, s[f"{at}.conv1.weight"], stride=stride, padding=1)
            x = x + F.conv2d(activated(a, f"{at}.bn2"), s[f"{at}.conv2.weight"], padding=1)
    if "norm.0.weight" in s:
        x = activated(x, "norm.0")
    z = x.flatten(2).mean(2)
    if "embedding.weight" in s:
        z = z @ s["embedding.weight"].T + s["embedding.bias"]
    return z, z @ s["head.weight"].T + s["head.bias"]


@pytest.mark.parametrize("options", [{}, {"embedding": 5}, {"final_norm": True}, {"embedding": 5, "final_norm": True}])
@torch.no_grad()
def test_it_computes_what_its_tensors_say(options, image):
    model, small = narrow(**options), image[..., ::2, ::2]
    z, logits = slowly(model.state_dict(), small)
    assert torch.allclose(model.embed(small), z, rtol=1e-4, atol=1e-4)
    assert torch.allclose(model(small), logits, rtol=1e-4, atol=1e-4)
    assert z.shape == (2, options.get("embedding", 24)) and torch.equal(model(small), model.head(model.embed(small)))


@torch.no_grad()
def test_only_stages_that_change_something_have_a_projection():
    model = narrow()
    assert [key for key in model.state_dict() if "shortcut" in key] == [
        f"layer{stage}.0.shortcut.weight" for stage in (2, 3, 4)
    ]


@torch.no_grad()
def test_a_larger_image_is_seen_as_the_means_of_its_squares(image):
    model = narrow()
    means = torch.from_numpy(image.numpy().reshape(2, 1, 32, 2, 32, 2).mean((3, 5)))
    assert torch.allclose(model(image), model(means), atol=1e-4)
    assert not torch.allclose(narrow(pool_to=None)(image), model(image), atol=1e-2)


@settings(max_examples=25, deadline=None)
@given(st.integers(1, 70), st.integers(1, 70), st.integers(1, 24))
def test_pooling_brings_the_shorter_side_of_larger_images_to_the_size_and_leaves_the_others(height, width, side):
    image = torch.rand(1, 2, height, width, generator=torch.Generator().manual_seed(0))
    seen, shorter = pooled(image, side), min(height, width)
    if shorter <= side:
        assert seen is image
        return
    assert min(seen.shape[-2:]) == side
    assert image.min() - 1e-5 <= seen.min() and seen.max() <= image.max() + 1e-5
    assert pooled(image, None) is image


@pytest.mark.parametrize("factor", [2, 3, 4])
def test_pooling_by_a_whole_factor_averages_squares(factor):
    image = torch.rand(2, 3, 5 * factor, 7 * factor, generator=torch.Generator().manual_seed(0))
    seen = image.new_empty(2, 3, 5, 7)
    for y, x in np.ndindex(5, 7):
        seen[..., y, x] = image[..., y * factor : (y + 1) * factor, x * factor : (x + 1) * factor].mean((-2, -1))
    assert torch.allclose(pooled(image, 5), seen, atol=1e-6)


@pytest.mark.parametrize("options", [{}, {"embedding": 5}, {"final_norm": True}])
def test_every_tensor_is_in_one_group_and_the_head_is_first(options):
    model = narrow(**options)
    groups = [tensors_in(group) for group in layer_groups(model)]
    assert all(sum(key.startswith(group) for group in groups) == 1 for key in model.state_dict())
    assert groups[0] == ("head.",) and (("embedding.",) in groups) is ("embedding" in options)


def test_a_seed_draws_the_same_layers_below_with_and_without_an_embedding():
    def drawn(**options):
        torch.manual_seed(4)
        return create_model("preact_slim", num_classes=3, **options).state_dict()

    plain, other = drawn(), drawn(embedding=5)
    assert all(torch.equal(value, other[key]) for key, value in plain.items() if not key.startswith("head."))


@pytest.mark.parametrize(
    ("options", "sentence"),
    [
        ({"embedding": 0}, "embedding is 0, expected a whole number from 1, or None"),
        ({"embedding": 2.0}, r"embedding is 2\.0, expected a whole number"),
        ({"pool_to": 0}, "pool_to is 0, expected a whole number from 1, or None"),
    ],
)
@pytest.mark.parametrize("name", ["preact_resnet18", "preact_slim"])
def test_bad_options_are_told(name, options, sentence):
    with torch.device("meta"), pytest.raises(InputError, match=sentence):
        create_model(name, num_classes=7, **options)


def test_other_channels_are_told(image):
    with pytest.raises(InputError, match=r"an image of 2 channels, expected 1 \(grey\) or 3 \(colour\)"):
        narrow()(torch.cat([image] * 2, 1))
