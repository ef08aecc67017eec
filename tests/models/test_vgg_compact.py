"""The compact VGG: its counts, its stages, its sizes."""

import pytest
import torch

from fer_lib.errors import InputError
from fer_lib.models import create_model
from fer_lib.models.cost import forward_macs
from fer_lib.models.vgg_compact import STAGES


def count(**options):
    with torch.device("meta"):
        model = create_model("vgg_compact", num_classes=7, **options)
    return sum(p.numel() for p in model.parameters())


def test_it_has_the_parameters_that_its_layers_say():
    flat, channels, slowly = [width for widths in STAGES for width in widths], 1, 0
    for width in flat:
        slowly += 9 * channels * width + 2 * width  # no bias, and two numbers a channel of batch norm
        channels = width
    assert count() == slowly + channels * 7 + 7 == 2_628_039 < 5_000_000
    assert forward_macs("vgg_compact", num_classes=7, image_shape=(1, 48, 48)) == 117_451_392


@pytest.mark.parametrize("side", [16, 31, 48, 64])
def test_any_size_from_16_pixels(side):
    model = create_model("vgg_compact", num_classes=4, width=1 / 8).eval()
    assert model(torch.rand(2, 1, side, side + 3)).shape == (2, 4)
    with pytest.raises(InputError, match="an image side of 15 pixels, expected at least 16"):
        model(torch.rand(2, 1, 15, 48))


def test_with_three_channels_grey_is_repeated_and_nothing_else_changes():
    assert count(channels=3) == count() + 9 * 2 * STAGES[0][0]
    model, grey = create_model("vgg_compact", num_classes=4, width=1 / 8, channels=3).eval(), torch.rand(2, 1, 16, 16)
    assert torch.allclose(model(grey), model(torch.cat([grey] * 3, 1)), atol=1e-6)
    assert not torch.allclose(model(grey), model(torch.cat([grey, grey, -grey], 1)), atol=1e-3)


def test_taps_are_the_stages_and_halve_the_side():
    model, seen = create_model("vgg_compact", num_classes=3, width=1 / 8).eval(), {}
    for name, module in model.taps.items():
        model.get_submodule(module).register_forward_hook(lambda *a, name=name: seen.update({name: a[2].shape}))
    model(torch.rand(1, 1, 48, 48))
    assert [seen[f"stage {k}"][-1] for k in range(1, 6)] == [48, 24, 12, 6, 3]
    assert seen["last"] == seen["stage 5"]


@pytest.mark.parametrize("options", [{"width": 0.0}, {"width": float("nan")}, {"dropout": 1.0}, {"channels": 2}])
def test_bad_options_are_told(options):
    (name,) = options
    with pytest.raises(InputError, match=f"{name} is .*expected"):
        create_model("vgg_compact", num_classes=3, **options)
