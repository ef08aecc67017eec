"""What taps give, what masks do, and where a map's pixels lie in the image."""

import numpy as np
import pytest
import torch
import torch.nn.functional as F
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import nn

from fer_lib.errors import InputError
from fer_lib.evaluation.explain.activations import (
    in_the_image,
    inverse,
    masking_maps,
    masks_of,
    pooled_activations,
    tapped,
)
from fer_lib.evaluation.explain.grad_cam import grad_cam
from fer_lib.models import create_model


@pytest.fixture(scope="module", autouse=True)
def one_thread():
    torch.set_num_threads(1)


def pictures(n=3, side=48, seed=0):
    return np.random.default_rng(seed).integers(0, 256, (n, side, side), dtype=np.uint8)


def as_input(images):
    return torch.from_numpy(images.astype(np.float32) / 127.5 - 1)[:, None]


def slim(**options):
    torch.manual_seed(0)
    model = create_model("residual_masking_slim", num_classes=3, **options)
    for module in model.modules():
        if isinstance(module, nn.BatchNorm2d):
            nn.init.uniform_(module.weight, 0.5, 1.5)
    return model.eval()


def enlarged(maps):
    """Bilinear up-sampling to 48 × 48 position by position; maps (h, w), centres of positions in equal cells."""
    height, width = maps.shape
    y, x = (np.clip((np.arange(48) + 0.5) * n / 48 - 0.5, 0, n - 1) for n in (height, width))
    rows = np.stack([np.interp(y, np.arange(height), maps[:, column]) for column in range(width)], axis=1)
    return np.stack([np.interp(x, np.arange(width), rows[row]) for row in range(48)])


@pytest.mark.parametrize("mode", ["1+m", "m"])
def test_masking_maps_are_the_stage_before_and_after_its_mask(mode):
    """Twin: the network called stage by stage."""
    model, images = slim(mask_mode=mode), pictures()
    found = masking_maps(model, images, mask=2, batch_size=2)
    with torch.no_grad():
        x = model.relu(model.bn1(model.conv1(model.image_input(as_input(images)))))
        x = model.layer1(x)
        x = model.layer2(x * (1 + model.mask1(x)) if mode == "1+m" else x * model.mask1(x))
        mask = model.mask2(x)
    after = x * (1 + mask) if mode == "1+m" else x * mask
    for i in range(3):
        np.testing.assert_allclose(found.before[i], enlarged(x[i].mean(0).numpy()), atol=1e-5)
        np.testing.assert_allclose(found.after[i], enlarged(after[i].mean(0).numpy()), atol=1e-5)
        np.testing.assert_allclose(found.mask[i], enlarged(mask[i].amax(0).numpy()), atol=1e-5)
    # which is why the mask is not shown as the mean of its channels
    torch.testing.assert_close(mask.mean(1), torch.full_like(mask[:, 0], 1 / 16))


def test_activations_are_pooled_over_channels():
    model, images = slim(), pictures()
    mean, largest = (pooled_activations(model, images, taps=["before mask 1"], pool=pool) for pool in ("mean", "max"))
    with torch.no_grad():
        x = model.layer1(model.relu(model.bn1(model.conv1(model.image_input(as_input(images))))))
    np.testing.assert_allclose(mean["before mask 1"][1], enlarged(x[1].mean(0).numpy()), atol=1e-5)
    np.testing.assert_allclose(largest["before mask 1"][1], enlarged(x[1].amax(0).numpy()), atol=1e-5)
    assert list(pooled_activations(model, images)) == list(model.taps)


@pytest.mark.parametrize(
    ("model", "mask", "sentence"),
    [
        (lambda: slim(), 5, "mask 5 asked of ResidualMaskingSlim, which has masks 1, 2, 3, 4"),
        (lambda: slim(mask_mode="off"), 3, "mask 3 asked of ResidualMaskingSlim, which has no masks"),
        (lambda: create_model("simple_cnn", num_classes=3), 3, "mask 3 asked of SimpleCNN, which has no masks"),
    ],
)
def test_a_mask_that_is_not_there_is_said(model, mask, sentence):
    with pytest.raises(InputError, match=sentence):
        masking_maps(model(), pictures(), mask=mask)


def test_an_unknown_pool_is_said():
    with pytest.raises(InputError, match="unknown pool 'maximum'; did you mean 'max'"):
        pooled_activations(slim(), pictures(), pool="maximum")


def test_masks_are_counted_by_their_taps():
    assert masks_of(slim()) == [1, 2, 3, 4] and masks_of(slim(mask_mode="off")) == masks_of(nn.Linear(1, 1)) == []


def test_hooks_leave_a_layer_that_works_in_place_alone():
    model = nn.Sequential(nn.Conv2d(1, 2, 3), nn.ReLU(inplace=True))
    model.taps = {"linear": "0"}
    image = torch.randn(1, 1, 8, 8)
    with tapped(model) as found:
        values = model(image)
    assert torch.equal(found["linear"], model[0](image)) and (found["linear"] < 0).any() and (values >= 0).all()
    assert not model[0]._forward_hooks


@pytest.mark.parametrize("name", ["simple_cnn", "deep_emotion"])
def test_no_map_is_centred_on_the_margin(name):
    """What the first and the last position of the tap can see lies evenly around the centre of their cells."""
    torch.manual_seed(0)
    model = create_model(name, num_classes=3).eval()
    image = as_input(pictures(40)).requires_grad_()
    with tapped(model) as found:
        model(image)
    maps = found["last"]
    cell = (48 - 2 * model.tap_margin) / maps.shape[-1]
    for position in (0, maps.shape[-1] - 1):
        (seen,) = torch.autograd.grad(maps[:, :, position, position].sum(), image, retain_graph=True)
        rows = torch.nonzero(seen.abs().amax((0, 1, 3)))[:, 0]
        centre = model.tap_margin + (position + 0.5) * cell - 0.5
        assert (rows[0] + rows[-1]) / 2 == pytest.approx(centre)


@given(st.integers(0, 10**6))
@settings(max_examples=20, deadline=None)
def test_an_inverse_undoes_theta(seed):
    torch.manual_seed(seed)
    theta = torch.eye(2, 3) + 0.3 * torch.rand(4, 2, 3)
    points = torch.randn(4, 5, 2)

    def move(values, by):
        return values @ by[:, :, :2].transpose(1, 2) + by[:, None, :, 2]

    torch.testing.assert_close(move(move(points, theta), inverse(theta)), points, atol=1e-4, rtol=1e-4)


def test_maps_of_a_warped_image_are_moved_back():
    """A transformer that shows the top left quarter alone: what its classifier looks at lies there."""
    torch.manual_seed(0)
    model = create_model("guided_stn", num_classes=3).eval()
    model.fc_loc[2].bias.data = torch.tensor([0.5, 0, -0.5, 0, 0.5, -0.5])
    maps = torch.zeros(1, 9, 9)
    maps[0, 6, 2] = 1  # at (6 + 6.5 · 4, 6 + 2.5 · 4) = (32, 16) of the quarter's 48 pixels
    drawn = in_the_image(model, maps, (as_input(pictures(1)),))[0].numpy()
    y, x = np.average(np.mgrid[:48, :48].reshape(2, -1), axis=1, weights=drawn.ravel())
    assert (y + 0.5, x + 0.5) == (pytest.approx(16, abs=0.1), pytest.approx(8, abs=0.1))
    assert not drawn[24:].any() and not drawn[:, 24:].any()
    images = pictures(2)
    outside = images.copy()
    outside[:, 26:], outside[:, :, 26:] = 0, 255
    one, other = (grad_cam(model, shown, 0)["last"] for shown in (images, outside))
    np.testing.assert_allclose(one, other, atol=1e-6)
    warped = model.warp(as_input(images), model.theta(as_input(images))).detach()
    alone = grad_cam(model.classifier, ((warped[:, 0] + 1) * 127.5).round().byte().numpy(), 0)["last"]
    quarter = F.interpolate(torch.from_numpy(alone)[:, None], (24, 24), mode="area")[:, 0].numpy()
    assert np.corrcoef(one[:, :24, :24].ravel(), quarter.ravel())[0, 1] > 0.98
