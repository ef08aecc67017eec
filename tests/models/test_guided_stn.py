"""The guided spatial transformer: where guidance goes, and what θ does to the image."""

from math import cos, floor, radians, sin

import numpy as np
import pytest
import torch
import torch.nn.functional as F
from torch.func import vmap

from fer_lib.errors import InputError
from fer_lib.models import create_model
from fer_lib.models.guided_stn import IDENTITY, PADDING_MODES, affine_grid


@pytest.fixture
def model():
    torch.manual_seed(0)
    return create_model("guided_stn", num_classes=3).eval()


@pytest.fixture
def restless(model):
    """A model whose θ depends on what the localization network sees."""
    torch.nn.init.normal_(model.fc_loc[2].weight, std=0.1)
    return model


@pytest.fixture
def image():
    return torch.rand(4, 1, 48, 48, generator=torch.Generator().manual_seed(1)) * 2 - 1


@pytest.fixture
def guidance():
    return torch.rand(4, 1, 48, 48, generator=torch.Generator().manual_seed(2)) * 2 - 1


def test_parameter_count(model):
    localization = [p for key, p in model.named_parameters() if not key.startswith("classifier.")]
    assert sum(p.numel() for p in localization) == 23_120
    assert sum(p.numel() for p in model.parameters()) == 66_673


def test_identity_warp_at_initialisation(model, image, guidance):
    theta = model.theta(guidance)
    assert theta.flatten(1).tolist() == [list(IDENTITY)] * 4
    assert (model.warp(image, theta) - image).abs().max() < 1e-4
    assert (model(image, guidance) - model.classifier(image)).abs().max() < 1e-4


def test_without_guidance_the_image_guides_itself(restless, image, guidance):
    assert torch.equal(restless(image), restless(image, image))
    assert not torch.equal(restless(image), restless(image, guidance))


def test_the_classifier_never_sees_guidance(model, image, guidance):
    """θ is still fixed at the identity: whatever guides, the logits stay."""
    expected = model(image, guidance)
    for other in (-guidance, torch.ones_like(guidance), 100 * guidance):
        assert torch.equal(model(image, other), expected)


def test_the_classifier_sees_the_image_warped_by_theta_of_the_guidance(restless, image, guidance):
    theta = restless.theta(guidance)
    assert theta.std(0).max() > 1e-3
    assert torch.equal(restless(image, guidance), restless.classifier(restless.warp(image, theta)))


def warp_slowly(image, theta, padding_mode="zeros"):
    """Pixel by pixel: output (y, x) reads the input where θ sends its centre; outside is 0."""
    if padding_mode == "black":  # in [0, 1], normalised afterwards
        return warp_slowly((image + 1) / 2, theta) * 2 - 1
    height, width = image.shape
    out = np.zeros((height, width))
    for row in range(height):
        for column in range(width):
            at = np.array([(2 * column + 1) / width - 1, (2 * row + 1) / height - 1, 1.0])
            x, y = ((theta @ at + 1) * (width, height) - 1) / 2
            if padding_mode == "border":
                x, y = np.clip(x, 0, width - 1), np.clip(y, 0, height - 1)
            for near_y in (floor(y), floor(y) + 1):
                for near_x in (floor(x), floor(x) + 1):
                    if 0 <= near_y < height and 0 <= near_x < width:
                        out[row, column] += image[near_y, near_x] * (1 - abs(y - near_y)) * (1 - abs(x - near_x))
    return out


TURN = radians(20)
THETAS = {
    "shift by whole pixels": [1, 0, 2 * 5 / 48, 0, 1, -2 * 3 / 48],
    "zoom ×2": [0.5, 0, 0, 0, 0.5, 0],
    "zoom ×½": [2, 0, 0, 0, 2, 0],
    "turn by 20°": [cos(TURN), -sin(TURN), 0, sin(TURN), cos(TURN), 0],
    "anything": [0.8, 0.3, -0.1, -0.2, 1.1, 0.25],
}


@pytest.mark.parametrize("padding_mode", PADDING_MODES)
@pytest.mark.parametrize("name", THETAS)
def test_warp_equals_its_slow_twin(image, name, padding_mode):
    model = create_model("guided_stn", num_classes=3, padding_mode=padding_mode)
    theta = torch.tensor(THETAS[name]).view(1, 2, 3)
    warped = model.warp(image[:1], theta)[0, 0].numpy()
    expected = warp_slowly(image[0, 0].double().numpy(), theta[0].double().numpy(), padding_mode)
    assert np.abs(warped - expected).max() < 1e-4


@pytest.mark.parametrize(("padding_mode", "value"), [(None, 0), ("zeros", 0), ("border", 0.5), ("black", -1)])
def test_what_lies_outside(padding_mode, value):
    """Zoomed out from an even picture of 0.5: grey by default, its border, or black."""
    options = {"padding_mode": padding_mode} if padding_mode else {}
    model = create_model("guided_stn", num_classes=3, **options)
    warped = model.warp(torch.full((1, 1, 48, 48), 0.5), torch.tensor(THETAS["zoom ×½"]).view(1, 2, 3))
    assert torch.allclose(warped[..., :11, :], torch.tensor(float(value)), atol=1e-6)
    assert torch.allclose(warped[..., 13:35, 13:35], torch.tensor(0.5), atol=1e-6)


@pytest.mark.parametrize("padding_mode", PADDING_MODES)
def test_identity_stays_identity_and_weights_fit_under_every_padding(model, image, guidance, padding_mode):
    other = create_model("guided_stn", num_classes=3, padding_mode=padding_mode).eval()
    other.load_state_dict(model.state_dict(), strict=True)
    assert (other.warp(image, other.theta(guidance)) - image).abs().max() < 1e-4


def test_an_unknown_padding_is_told():
    with pytest.raises(InputError, match="padding_mode 'reflection', expected one of zeros, border, black"):
        create_model("guided_stn", num_classes=3, padding_mode="reflection")


def test_warp_by_whole_pixels_moves_pixels_and_fills_with_grey(model, image):
    """θ maps output to input: +5 px in x shows what lies 5 px to the right."""
    warped = model.warp(image, torch.tensor([[1, 0, 2 * 5 / 48, 0, 1, 0]]).view(1, 2, 3).expand(4, -1, -1))
    assert torch.allclose(warped[..., :43], image[..., 5:], atol=1e-4)
    assert warped[..., 43:].abs().max() < 1e-4


def test_theta_and_warp_stay_in_float32_under_autocast(model, image, guidance):
    """In bfloat16 θ = 1.001 would be 1.0, and sampling coordinates off by a sixth of a pixel."""
    with torch.no_grad():
        model.fc_loc[2].bias += 0.001
    theta = torch.tensor(THETAS["anything"]).view(1, 2, 3).expand(4, -1, -1)
    expected = model.warp(image, theta)
    with torch.autocast("cpu", torch.bfloat16):
        assert torch.equal(model.warp(image, theta), expected)
        found = model.theta(guidance)
        assert model(image, guidance).dtype == torch.bfloat16  # the classifier does use it
    assert found.dtype == torch.float32
    assert torch.equal(found[0].flatten(), model.fc_loc[2].bias)


@pytest.mark.filterwarnings("ignore:Since version 1.3.0, affine_grid")  # of one row with corners aligned
@pytest.mark.parametrize("align_corners", [False, True])
@pytest.mark.parametrize(("height", "width"), [(48, 48), (5, 9), (1, 4)])
@pytest.mark.parametrize(("dtype", "tolerance"), [(torch.float32, 1e-6), (torch.float64, 1e-15)])
def test_the_grid_is_torchs(height, width, dtype, tolerance, align_corners):
    theta = torch.randn(6, 2, 3, generator=torch.Generator().manual_seed(0)).to(dtype)
    grid = affine_grid(theta, height, width, align_corners=align_corners)
    expected = F.affine_grid(theta, [6, 1, height, width], align_corners=align_corners)
    assert grid.shape == (6, height, width, 2) and grid.dtype == dtype
    assert (grid - expected).abs().max() <= 4 * tolerance


@pytest.mark.parametrize("align_corners", [False, True])
def test_gradients_of_the_grid_are_torchs(align_corners):
    theta = torch.randn(3, 2, 3, generator=torch.Generator().manual_seed(0), dtype=torch.float64, requires_grad=True)
    wanted = torch.randn(3, 7, 6, 2, generator=torch.Generator().manual_seed(1), dtype=torch.float64)
    (found,) = torch.autograd.grad((affine_grid(theta, 7, 6, align_corners=align_corners) * wanted).sum(), theta)
    expected = F.affine_grid(theta, [3, 1, 7, 6], align_corners=align_corners)
    (expected,) = torch.autograd.grad((expected * wanted).sum(), theta)
    assert (found - expected).abs().max() < 1e-12


@pytest.mark.parametrize("align_corners", [False, True])
def test_the_grid_can_be_batched_over_models(align_corners):
    def grid(each):
        return affine_grid(each, 6, 5, align_corners=align_corners)

    theta = torch.randn(4, 3, 2, 3, generator=torch.Generator().manual_seed(0))
    assert torch.allclose(vmap(grid)(theta), torch.stack([grid(each) for each in theta]), atol=1e-6)
