"""Views against scipy and Pillow, one image at a time, and networks that tell what they were shown."""

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image
from scipy import ndimage
from torch import nn

from fer_lib.errors import InputError
from fer_lib.evaluation.tta import (
    Views,
    fixed_views,
    flip_views,
    identity_view,
    reference_views,
    turned,
    view_probabilities,
)
from fer_lib.models import create_model
from fer_lib.training.batches import normalise

GREY, COLOUR = (12, 16), (12, 16, 3)


def images(count=5, shape=GREY, seed=0):
    return np.random.default_rng(seed).integers(0, 256, (count, *shape), dtype=np.uint8)


class Witness(nn.Module):
    """Its logits are what it is shown, pixel by pixel, image and guidance one after the other."""

    def __init__(self):
        super().__init__()
        self.weight = nn.Parameter(torch.ones(()))

    def forward(self, *inputs):
        return self.weight * torch.cat([x.flatten(1) for x in inputs], 1)


def shown(pixels, mirror, degrees):
    """Twin: one image (H, W), float in [0, 255], mirrored, then turned clockwise on a black ground."""
    pixels = np.asarray(pixels, float)
    pixels = pixels[:, ::-1] if mirror else pixels
    return ndimage.rotate(pixels, -degrees, reshape=False, order=1, mode="grid-constant", cval=0)


def logits_of(probabilities, first):
    """Pixels in [-1, 1] as the witness saw them, up to the constant that softmax takes away: `first` is one of them."""
    logs = np.log(probabilities.astype(np.float64))
    return logs - logs[..., :1] + first


def test_fixed_views_are_ten_and_begin_with_the_image_and_its_mirror_image():
    views = fixed_views()
    pairs = list(zip(views.mirror[:, 0].tolist(), views.degrees[:, 0].tolist(), strict=True))
    assert pairs[:2] == [(False, 0), (True, 0)] and len(views) == len(set(pairs)) == 10
    assert {degrees for _, degrees in pairs} == {0, 10, -10, 20, -20}
    assert len(identity_view()) == 1 and len(flip_views()) == 2


@settings(deadline=None, max_examples=20)
@given(st.booleans(), st.floats(-180, 180), st.integers(0, 100))
def test_a_view_equals_its_slow_twin(mirror, degrees, seed):
    pixels = images(2, seed=seed)
    values = normalise(torch.from_numpy(pixels))
    black = torch.full_like(values[:1], -1)
    found = turned(values, np.array([mirror]), np.array([degrees], np.float32), black)
    slow = np.stack([shown(one, mirror, np.float32(degrees)) for one in pixels])
    np.testing.assert_allclose(found[:, 0].numpy() * 127.5 + 127.5, slow, atol=2e-2)


@pytest.mark.parametrize("degrees", [90, -90, 180])
def test_right_angles_equal_pillow(degrees):
    """Pillow turns counter-clockwise; on a square by right angles it moves pixels without interpolation."""
    pixels = images(1, (12, 12))
    values = torch.from_numpy(pixels)[:, None].float()
    found = turned(values, np.array([False]), np.array([degrees], np.float32), torch.zeros(1, 1, 12, 12))
    np.testing.assert_allclose(found[0, 0].numpy(), Image.fromarray(pixels[0]).rotate(-degrees), atol=1e-2)


def test_without_rotation_pixels_are_exchanged_exactly():
    values = torch.rand(3, 2, 5, 7)
    black = torch.zeros(1, 2, 5, 7)
    assert torch.equal(turned(values, np.array([False]), np.zeros(1), black), values)
    assert torch.equal(turned(values, np.array([True]), np.zeros(1), black), values.flip(-1))
    mixed = turned(values, np.array([True, False, True]), np.zeros(3), black)
    assert torch.equal(mixed, torch.stack([values[0].flip(-1), values[1], values[2].flip(-1)]))


def test_what_a_rotation_uncovers_is_black_or_border():
    values = torch.full((1, 1, 20, 20), 0.5)
    black = torch.full((1, 1, 20, 20), -1.0)
    corner = {fill: turned(values, np.array([False]), np.array([45.0]), black, fill)[0, 0, 0, 0].item()
              for fill in ("black", "border")}  # fmt: skip
    assert corner["black"] == -1 and corner["border"] == pytest.approx(0.5)


@pytest.mark.parametrize("shape", [GREY, COLOUR])
def test_every_view_of_every_image_is_asked_about(shape):
    """Batches of three: the order of images survives."""
    pixels, views = images(5, shape), fixed_views((0.0, 15.0))
    found = view_probabilities(Witness(), pixels, views, prepare=normalise, batch=3)
    assert found.shape == (4, 5, np.prod(shape)) and found.dtype == np.float32
    np.testing.assert_allclose(found.sum(-1), 1, rtol=1e-5)
    channels = pixels[..., None] if pixels.ndim == 3 else pixels
    for v, n in np.ndindex(4, 5):
        mirror, degrees = views.mirror[v, 0], views.degrees[v, 0]
        slow = np.stack([shown(channels[n, ..., c], mirror, degrees) for c in range(channels.shape[-1])])
        slow = slow.ravel() / 127.5 - 1
        np.testing.assert_allclose(logits_of(found[v, n], slow[0]), slow, atol=1e-3)


def test_guidance_is_turned_alike():
    pixels, maps = images(3), images(3, seed=1)
    found = view_probabilities(Witness(), pixels, fixed_views((0.0, 20.0)), guidance=maps, prepare=normalise)
    for v, (mirror, degrees) in enumerate([(False, 0), (True, 0), (False, 20), (True, 20)]):
        for n in range(3):
            slow = np.stack([shown(pixels[n], mirror, degrees), shown(maps[n], mirror, degrees)]).ravel() / 127.5 - 1
            np.testing.assert_allclose(logits_of(found[v, n], slow[0]), slow, atol=1e-3)


def test_random_views_are_the_images_own_and_do_not_depend_on_the_batch():
    pixels, views = images(7), reference_views(3, 5, 7)
    whole = view_probabilities(Witness(), pixels, views, prepare=normalise)
    np.testing.assert_allclose(
        view_probabilities(Witness(), pixels, views, prepare=normalise, batch=2), whole, rtol=1e-4
    )
    for v, n in np.ndindex(3, 7):
        slow = shown(pixels[n], views.mirror[v, n], views.degrees[v, n]).ravel() / 127.5 - 1
        np.testing.assert_allclose(logits_of(whole[v, n], slow[0]), slow, atol=1e-3)


def test_random_views_follow_the_reference():
    views = reference_views(40, 0, 500)
    assert views.mirror.mean() == pytest.approx(0.5, abs=0.02)
    assert -30 <= views.degrees.min() < -29.9 and 29.9 < views.degrees.max() <= 30
    assert views.degrees.std() == pytest.approx(60 / np.sqrt(12), rel=0.02)
    assert not (views.degrees == 0).any()  # the image as it is is not among them
    again, other = reference_views(40, 0, 500), reference_views(40, 1, 500)
    assert np.array_equal(again.degrees, views.degrees) and not np.array_equal(other.degrees, views.degrees)


def test_networks_are_asked_in_evaluation_mode_and_the_first_view_is_their_own_answer():
    torch.manual_seed(0)
    model = create_model("simple_cnn", num_classes=3).train()
    pixels = images(4, (48, 48))
    found = view_probabilities(model, pixels, fixed_views(), prepare=normalise)
    assert not model.training
    with torch.inference_mode():
        own = model(normalise(torch.from_numpy(pixels))).softmax(1).numpy()
        flipped = model(normalise(torch.from_numpy(pixels[:, :, ::-1].copy()))).softmax(1).numpy()
    np.testing.assert_allclose(found[0], own, atol=1e-6)
    np.testing.assert_allclose(found[1], flipped, atol=1e-6)


def test_bfloat16_stays_near_and_returns_float32():
    torch.manual_seed(0)
    model = create_model("simple_cnn", num_classes=3)
    pixels = images(4, (48, 48))
    exact, half = (
        view_probabilities(model, pixels, flip_views(), prepare=normalise, dtype=dtype)
        for dtype in (torch.float32, torch.bfloat16)
    )
    assert half.dtype == np.float32 and 0 < np.abs(half - exact).max() < 0.02


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"fill": "blck"}, "unknown fill 'blck'; did you mean 'black'"),
        ({"guidance": images(2)}, "guidance has 2 rows for 5 images"),
        ({"views": reference_views(2, 0, 4)}, "views were drawn for 4 images, but there are 5"),
    ],
)
def test_what_does_not_fit_is_said(changes, sentence):
    asked = {"views": identity_view(), "prepare": normalise, **changes}
    with pytest.raises(InputError, match=sentence):
        view_probabilities(Witness(), images(5), **asked)


def test_no_random_view_is_none():
    with pytest.raises(InputError, match="0 random views, expected at least 1"):
        reference_views(0, 0, 5)
    assert len(Views(np.zeros((2, 1), bool), np.zeros((2, 1)))) == 2
