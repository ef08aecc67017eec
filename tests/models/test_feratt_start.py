"""What FERAtt starts with."""

from dataclasses import replace

import pytest
import torch
import torch.nn.functional as F
from torch import nn

from fer_lib.errors import InputError
from fer_lib.models import create_model
from fer_lib.models.feratt import FERAtt
from fer_lib.models.feratt_layout import LAYOUT_2018, LAYOUT_2019, LAYOUT_SLIM
from fer_lib.models.feratt_start import HEAD_SCALE, OPEN

from .on_meta import on_meta

#: As narrow as a gate can be.
NARROW = replace(
    LAYOUT_2018, widths=(3, 4, 5, 6), blocks=(1, 1, 1, 1), filters=2, features=3, feature_blocks=2, hidden=6, width=3,
    stage_blocks=(1, 1, 1, 1),
)  # fmt: skip


def network(layout, seed=0, mode="cls", out_act="hardshrink", normalize="cifar10", start="gate"):
    torch.manual_seed(seed)
    return FERAtt(7, layout, mode, 5, out_act, False, normalize, False, None, start).eval()


def decoder(model):
    return [layer for layer in model.attention.modules() if isinstance(layer, nn.Conv2d | nn.ConvTranspose2d)]


@pytest.mark.parametrize("colours", [1, 3])
@pytest.mark.parametrize("layout", [LAYOUT_2018, LAYOUT_SLIM, NARROW], ids=["2018", "slim", "narrow"])
@torch.no_grad()
def test_the_reconstruction_starts_as_the_image_under_the_gate(layout, colours):
    image = torch.rand(2, colours, 32, 64, generator=torch.Generator().manual_seed(1)) * 2 - 1
    model = network(layout)
    model.attention.head[-1].bias.normal_(generator=torch.Generator().manual_seed(2))
    parts = model.parts(image)
    expected = F.hardshrink(model.units(image) / (1 + torch.exp(-parts.attention)), 0.01)
    assert torch.allclose(parts.reconstruction, expected, rtol=0, atol=1e-6)
    assert 0 < (parts.reconstruction == 0).float().mean() < 0.2 and parts.attention.std((2, 3)).min() > 1e-3


@torch.no_grad()
def test_every_output_is_put_on_top():
    model = network(NARROW, out_act="sigmoid", normalize="none")
    image = torch.rand(1, 1, 32, 32) * 2 - 1
    parts = model.parts(image)
    expected = torch.sigmoid(torch.sigmoid(parts.attention) * (image + 1) / 2).expand(-1, 3, -1, -1)
    assert torch.allclose(parts.reconstruction, expected, rtol=0, atol=1e-6)


def test_registered_networks_start_as_they_say():
    def silent(name, **options):
        return not create_model(name, num_classes=7, **options).features.last.weight.any()

    assert silent("feratt_slim") and not silent("feratt_slim", start="reference")
    with torch.random.fork_rng():
        torch.manual_seed(5)
        plain = create_model("feratt_2018", num_classes=2).state_dict()
        torch.manual_seed(5)
        named = create_model("feratt_2018", num_classes=2, start="reference").state_dict()
    assert plain["features.last.weight"].any() and all(torch.equal(plain[key], named[key]) for key in plain)


@pytest.mark.parametrize("name", ["feratt_2018", "feratt_slim"])
def test_starts_differ_in_no_tensors_shape(name):
    shapes = [
        {key: value.shape for key, value in on_meta(name, 7, start=start).state_dict().items()}
        for start in ("reference", "gate")
    ]
    assert shapes[0] == shapes[1]


def test_the_decoder_is_drawn_after_he_and_its_last_layer_a_tenth_of_that():
    *layers, last = decoder(network(LAYOUT_2018))
    assert len(layers) == 4 + 2 * 5 + 1 and not any(layer.bias.any() for layer in layers)
    assert torch.sigmoid(last.bias).item() == pytest.approx(OPEN)
    for layer in layers:
        seen = layer.in_channels * (4 if isinstance(layer, nn.ConvTranspose2d) else 9)  # 4 × 4 with a stride of 2
        assert layer.weight.std().item() == pytest.approx((2 / seen) ** 0.5, rel=0.05)
    assert last.weight.std().item() == pytest.approx(HEAD_SCALE * (2 / 32) ** 0.5, rel=0.5) and HEAD_SCALE == 0.1


def test_modes_share_all_but_the_head_and_seeds_nothing_that_is_drawn():
    one, other = (network(NARROW, mode=mode).state_dict() for mode in ("cls", "rep_cls"))
    shared = [key for key in one if not key.startswith("representation.head")]
    assert len(shared) == len(one) - 2 and all(torch.equal(one[key], other[key]) for key in shared)
    another = decoder(network(NARROW, seed=1))
    assert not any(torch.equal(a.weight, b.weight) for a, b in zip(decoder(network(NARROW)), another, strict=True))


@pytest.mark.parametrize(
    ("layout", "start", "sentence"),
    [
        (NARROW, "gated", "start 'gated', expected one of reference, gate"),
        (
            replace(NARROW, features=2),
            "gate",
            "start 'gate' with 2 features and 6 hidden channels, expected at least 3 and 6",
        ),
        (replace(NARROW, hidden=5), "gate", "start 'gate' with 3 features and 5 hidden channels, expected at least"),
        (
            LAYOUT_2019,
            "gate",
            "a reconstruction that sees image and attention map beside the features, expected 'reference'",
        ),
    ],
)
def test_what_cannot_start_so_is_told(layout, start, sentence):
    with torch.device("meta"), pytest.raises(InputError, match=sentence):
        network(layout, start=start)
