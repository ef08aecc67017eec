"""Grad-CAM of every registered network at every tap."""

import zlib
from inspect import signature

import numpy as np
import pytest
import torch
from torch import nn

from fer_lib.errors import InputError
from fer_lib.evaluation.explain.grad_cam import grad_cam, guided_gradients
from fer_lib.models import create_model, list_models
from fer_lib.models.registry import MODELS

from ...models.on_meta import HUGE, LARGE

#: The smallest sides at which all pools and stages of the large networks still have something to look at.
SIDES = {"inception_v3": 75, "fmpn": 107, "residual_masking": 64, "feratt_2018": 64, "feratt_2019": 64}
WITHOUT_RELU = {"efficientnet_b2b"}
CLASSES = 3


@pytest.fixture(scope="module", autouse=True)
def one_thread():
    torch.set_num_threads(1)


def filled(name: str) -> nn.Module:
    """A network with random values that are cheap to draw: 140 million take a second."""
    options = {"image_size": None} if "image_size" in signature(MODELS[name]).parameters else {}
    with torch.device("meta"):
        model = create_model(name, num_classes=CLASSES, **options)
    model = model.to_empty(device="cpu").eval()
    some = torch.randn(1 << 16, generator=torch.Generator().manual_seed(zlib.crc32(name.encode())))
    for module in model.modules():
        if isinstance(module, nn.modules.batchnorm._BatchNorm):
            module.reset_parameters()
        else:
            for parameter in module.parameters(recurse=False):
                flat, inputs = parameter.detach().flatten(), parameter[0].numel()
                values = some.repeat(-(-len(flat) // len(some)))[: len(flat)]
                flat.copy_(values * (2 / inputs) ** 0.5 if parameter.ndim > 1 else values * 0.01)
                assert flat.data_ptr() == parameter.data_ptr()
            for buffer in module.buffers(recurse=False):  # memory is uninitialised, and all zeros on some days
                buffer.fill_(0.5)
    return model


@pytest.mark.parametrize("name", [name for name in list_models() if name not in HUGE])
def test_every_network_at_every_tap(name):
    torch.manual_seed(0)
    model = create_model(name, num_classes=CLASSES).eval() if name not in LARGE else filled(name)
    side = SIDES.get(name, 48)
    images = np.random.default_rng(0).integers(0, 256, (2, side, side), dtype=np.uint8)
    guidance = images[::-1] if model.takes_guidance else None
    by_class = [grad_cam(model, images, number, guidance) for number in range(CLASSES)]
    assert "last" in by_class[0]
    for tap in by_class[0]:
        maps = np.stack([found[tap] for found in by_class])
        assert maps.shape == (CLASSES, 2, side, side) and maps.dtype == np.float32
        assert np.isfinite(maps).all() and (maps >= 0).all(), tap
        assert maps.any() and (maps != maps[0]).any(), tap
    if name in WITHOUT_RELU:
        with pytest.raises(InputError, match="a rule for ReLUs, and Backbone computes none"):
            guided_gradients(model, images)
    else:
        gradients = guided_gradients(model, images, 1, guidance)
        assert gradients.shape == images.shape and np.isfinite(gradients).all() and gradients.any()
