"""Grad-CAM against a loop, against captum, and where the answer is known by design."""

import numpy as np
import pytest
import torch
import torch.nn.functional as F
from torch import nn

from fer_lib.errors import InputError
from fer_lib.evaluation.explain.activations import scaled
from fer_lib.evaluation.explain.concentration import area_of, mass_on
from fer_lib.evaluation.explain.grad_cam import GuidedReLUs, computes_relus, grad_cam, guided_grad_cam, guided_gradients
from fer_lib.models import create_model


@pytest.fixture(scope="module", autouse=True)
def one_thread():
    torch.set_num_threads(1)


class Small(nn.Module):
    """Three logits of an 8 × 8 picture; half of what it computes does not reach them."""

    takes_guidance = False
    taps = {"last": "body", "idle": "idle", "vector": "head", "never": "never"}

    def __init__(self, channels=1):
        super().__init__()
        torch.manual_seed(3)
        self.body = nn.Sequential(nn.Conv2d(channels, 4, 3, padding=1), nn.ReLU(inplace=True), nn.AvgPool2d(2))
        self.idle, self.never = nn.Conv2d(4, 4, 1), nn.Conv2d(4, 4, 1)
        self.head = nn.Linear(4 * 4 * 4, 3)
        self.guide = nn.Linear(64, 3)

    def forward(self, image, guidance=None):
        x = self.body(image)
        self.idle(x)
        logits = self.head(F.relu(x.flatten(1) - 0.1, inplace=True))
        return logits if guidance is None else logits * (1 + self.guide(guidance.flatten(1)).sigmoid())


def pictures(n=4, side=8, seed=0, colours=()):
    return np.random.default_rng(seed).integers(0, 256, (n, side, side, *colours), dtype=np.uint8)


def as_input(picture):
    return torch.from_numpy(picture.astype(np.float32) / 127.5 - 1)[None, None]


def slim():
    """Small as it is, with batch norm statistics and second scales that are not those of an untrained network."""
    torch.manual_seed(0)
    model = create_model("residual_masking_slim", num_classes=3)
    for module in model.modules():
        if isinstance(module, nn.BatchNorm2d):
            nn.init.uniform_(module.weight, 0.5, 1.5)
            nn.init.normal_(module.bias, std=0.1)
    return model.eval()


def slowly(model, picture, label):
    """Grad-CAM as the paper's equations 1 and 2 have it: gradients by differences, sums and up-sampling by loops."""
    model.double()
    maps = model.body(as_input(picture).double())[0].detach().numpy()

    def logit(values):
        return model.head(F.relu(torch.from_numpy(values).flatten()[None] - 0.1))[0, label].item()

    channels, height, width = maps.shape
    summed = np.zeros((height, width))
    for k in range(channels):
        weight = 0.0
        for y in range(height):
            for x in range(width):
                up, down = maps.copy(), maps.copy()
                up[k, y, x] += 1e-6
                down[k, y, x] -= 1e-6
                weight += (logit(up) - logit(down)) / 2e-6 / (height * width)
        summed += weight * maps[k]
    summed = np.maximum(summed, 0)
    model.float()
    drawn = np.zeros((8, 8))
    for y in range(8):
        for x in range(8):
            # centres of the 4 × 4 positions lie at 0.5, 2.5, … in the image
            v, u = (np.clip((place - 0.5) / 2, 0, 3) for place in (y, x))
            top, left = min(int(v), 2), min(int(u), 2)
            for dy, wy in ((0, 1 - (v - top)), (1, v - top)):
                for dx, wx in ((0, 1 - (u - left)), (1, u - left)):
                    drawn[y, x] += wy * wx * summed[top + dy, left + dx]
    return drawn


def test_agrees_with_a_loop():
    model, images = Small(), pictures()
    found = grad_cam(model, images, np.array([0, 1, 2, 0]), taps=["last"], batch_size=3)["last"]
    assert found.shape == (4, 8, 8) and found.dtype == np.float32 and found.max() > 0
    for i, label in enumerate([0, 1, 2, 0]):
        np.testing.assert_allclose(found[i], slowly(model, images[i], label), atol=1e-5)


def test_agrees_with_captum_at_every_tap():
    from captum.attr import LayerGradCam

    model, images = slim(), pictures(3, 48)
    classes = np.array([2, 0, 1])
    found = grad_cam(model, images, classes)
    inputs = torch.cat([as_input(picture) for picture in images])
    assert list(found) == list(model.taps)
    for tap, maps in found.items():
        layer = LayerGradCam(model, model.get_submodule(model.taps[tap]))
        maps_of_captum = layer.attribute(inputs, torch.from_numpy(classes), relu_attributions=True)
        expected = F.interpolate(maps_of_captum, (48, 48), mode="bilinear")[:, 0].detach().numpy()
        np.testing.assert_allclose(maps, expected, atol=1e-5 * max(1, expected.max()), err_msg=tap)
        assert maps.max() > 0, tap


def test_guided_gradients_agree_with_captum():
    """On a network whose ReLUs are modules, each used once, which is what captum can do."""
    from captum.attr import GuidedBackprop

    model, images = slim(), pictures(2, 48)
    with pytest.warns(UserWarning, match="backward hooks"):
        expected = GuidedBackprop(model).attribute(torch.cat([as_input(p) for p in images]).requires_grad_(), target=1)
    found = guided_gradients(model, images, 1)
    np.testing.assert_allclose(found, expected[:, 0].detach().numpy(), atol=1e-6 + 1e-5 * np.abs(found).max())
    plain = torch.autograd.grad(model(x := as_input(images[0]).requires_grad_())[0, 1], x)[0][0, 0].numpy()
    assert np.abs(found[0] - plain).max() > 1e-2 * np.abs(plain).max()
    cam = grad_cam(model, images, 1, taps=["last"])["last"]
    np.testing.assert_array_equal(guided_grad_cam(cam, found), cam * found)


@pytest.mark.parametrize(
    "relu",
    [F.relu, nn.ReLU(), nn.ReLU(inplace=True), torch.relu, torch.relu_, torch.Tensor.relu]
    + [torch.Tensor.relu_, lambda x: F.relu(x, inplace=True), lambda x: F.relu(input=x)],
)
def test_every_way_to_write_a_relu_is_guided(relu):
    x = torch.tensor([-1.0, 2.0, 3.0], requires_grad=True)
    with GuidedReLUs() as relus:
        y = relu(x * 1)
    y.backward(torch.tensor([5.0, -7.0, 11.0]))
    assert relus.met == 1 and y.tolist() == [0, 2, 3] and x.grad.tolist() == [0, 0, 11]
    assert relu(x.detach() * 1).tolist() == [0, 2, 3]


def test_a_tap_that_does_not_reach_the_class_has_no_map():
    found = grad_cam(Small(), pictures(), taps=["idle", "last"])
    assert not found["idle"].any() and found["last"].any()
    assert not grad_cam(Small(), pictures(), taps=["idle"])["idle"].any()


def test_classes_are_the_answered_or_the_given():
    model, images = slim(), pictures(4, 48)
    with torch.no_grad():
        answered = model(torch.cat([as_input(picture) for picture in images])).argmax(1).numpy()
    own, given, other = (
        grad_cam(model, images, c, taps=["last"])["last"] for c in (None, answered, (answered + 1) % 3)
    )
    np.testing.assert_array_equal(own, given)
    assert np.abs(own - other).max() > 1e-3
    one = grad_cam(model, images, 1, taps=["last"])["last"]
    np.testing.assert_array_equal(one, grad_cam(model, images, np.ones(4, int), taps=["last"])["last"])


def test_an_image_does_not_depend_on_its_company():
    model, images = slim(), pictures(5, 48)
    together = grad_cam(model, images, 0, taps=["mask 3"])["mask 3"]
    alone = grad_cam(model, images[3:4], 0, taps=["mask 3"])["mask 3"]
    in_parts = grad_cam(model, images, 0, taps=["mask 3"], batch_size=2)["mask 3"]
    np.testing.assert_allclose(together[3], alone[0], atol=1e-5)
    np.testing.assert_allclose(together, in_parts, atol=1e-5)
    gradients = guided_gradients(model, images, 0)
    # a product of another batch rounds otherwise, and that turns a few ReLUs
    largest = np.abs(gradients[3]).max()
    np.testing.assert_allclose(gradients[3], guided_gradients(model, images[3:4], 0)[0], atol=0.02 * largest)


def test_guidance_goes_where_the_network_wants_it():
    model, images = Small(), pictures()
    one, other = (grad_cam(model, images, 0, pictures(seed=seed), taps=["last"])["last"] for seed in (1, 2))
    one, other = (maps[one.any((1, 2))] for maps in (one, other))  # the others are 0 in both
    factor = one.sum((1, 2)) / other.sum((1, 2))
    np.testing.assert_allclose(one, other * factor[:, None, None], rtol=1e-3, atol=1e-7)
    assert np.abs(factor - 1).max() > 0.01


def test_colour_images():
    images = pictures(2, colours=(3,))
    found = grad_cam(Small(3), images, taps=["last"])["last"]
    assert found.shape == (2, 8, 8) and found.any() and guided_gradients(Small(3), images).shape == (2, 8, 8)


def test_the_network_is_left_as_it_was():
    model = Small().train()
    model.head.bias.requires_grad_(False)
    with torch.no_grad():  # whatever the caller has set
        grad_cam(model, pictures(), taps=["last"])
        guided_gradients(model, pictures())
    assert not model.training and not any(module._forward_hooks for module in model.modules())
    assert [name for name, p in model.named_parameters() if not p.requires_grad] == ["head.bias"]
    assert all(parameter.grad is None for parameter in model.parameters())


def bars(n, seed):
    """A lying or a standing bar, 3 × 15 pixels, in one half of grey noise; in the other a square that says nothing.

    Returns:
        uint8 (n, 48, 48), the classes, and where bars and squares are, bool (n, 48, 48) each.
    """
    rng = np.random.default_rng(seed)
    images, labels = rng.integers(90, 140, (n, 48, 48)), np.arange(n) % 2
    where = np.zeros((2, n, 48, 48), bool)
    for i, half in enumerate(rng.integers(0, 2, n)):
        for masks, (height, width), side in zip(
            where, (((3, 15), (15, 3))[labels[i]], (7, 7)), (half, 1 - half), strict=True
        ):
            y, x = rng.integers(7, 41 - height), 7 + 18 * side + rng.integers(0, 17 - width)
            masks[i, y : y + height, x : x + width] = True
    return np.where(where.any(0), 230, images).astype(np.uint8), labels, *where


def test_maps_of_a_network_that_has_learned_bars_lie_on_the_bars():
    torch.manual_seed(0)
    model = create_model("simple_cnn", num_classes=2)
    images, labels, *where = bars(64, seed=1)
    # positions of the 9 × 9 maps are 4 pixels apart
    bar, square = (F.max_pool2d(torch.from_numpy(m)[:, None].float(), 9, 1, 4)[:, 0].numpy() > 0 for m in where)

    def share():
        maps = grad_cam(model, images, labels, taps=["last"])["last"]
        return np.nanmean(mass_on(maps, bar & ~square, bar ^ square)), np.nanmean(mass_on(maps, bar | square))

    blind, _ = share()
    train, truth, *_ = bars(512, seed=0)
    inputs, truth = torch.from_numpy(train[:, None].astype(np.float32) / 127.5 - 1), torch.from_numpy(truth)
    optimizer = torch.optim.Adam(model.parameters(), lr=3e-3)
    model.train()
    for _ in range(10):
        for rows in torch.randperm(len(train)).split(32):
            optimizer.zero_grad()
            F.cross_entropy(model(inputs[rows]), truth[rows]).backward()
            optimizer.step()
    with torch.no_grad():
        answered = model.eval()(torch.cat([as_input(picture) for picture in images])).argmax(1).numpy()
    assert (answered == labels).mean() > 0.9
    on_bar, on_either = share()
    assert on_bar > 0.7 and on_bar > blind + 0.1
    assert on_either > 2 * area_of(bar | square).mean()


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"taps": ["lats"]}, r"unknown tap 'lats'; did you mean 'last'\? \(has last, idle, vector, never\)"),
        ({"taps": ["vector"]}, r"tap 'vector' gives \(4, 3\), expected maps \(N, C, h, w\)"),
        ({"taps": ["never"]}, "tap 'never': Small did not call its module"),
        ({"model": nn.Sequential(nn.Flatten(), nn.Linear(64, 3))}, "Sequential names no taps"),
        ({"classes": [0, 1]}, "classes has 2 rows for 4 images"),
        ({"classes": 3}, "class 3 asked of a network with 3 logits, expected 0…2"),
        ({"guidance": pictures(3)}, "guidance has 3 rows for 4 images"),
        ({"images": pictures(0)}, "no images, expected at least one"),
    ],
)
def test_what_does_not_fit_is_refused(changes, sentence):
    with pytest.raises(InputError, match=sentence):
        grad_cam(**{"model": Small(), "images": pictures(), "taps": ["last"], **changes})


def test_guided_backpropagation_needs_relus():
    model = nn.Sequential(nn.Conv2d(1, 2, 3), nn.SiLU(), nn.Flatten(), nn.Linear(72, 3))
    with pytest.raises(InputError, match="a rule for ReLUs, and Sequential computes none"):
        guided_gradients(model, pictures())
    assert not computes_relus(model, pictures()) and computes_relus(Small(), pictures(), pictures())


def test_scaled_maps_span_0_to_1_image_by_image():
    maps = np.random.default_rng(0).random((3, 5, 5)).astype(np.float32)
    maps[1] = 7
    (alone,) = scaled(maps)
    assert alone.dtype == np.float32 and alone[0].min() == alone[2].min() == 0 and alone[0].max() == alone[2].max() == 1
    assert not alone[1].any()
    low, high = scaled(maps, 3 * maps)
    assert low[0].min() == 0 and high[0].max() == 1 and low[0].max() < 0.5
    np.testing.assert_allclose((high[0] - low[0]), 2 * maps[0] / (3 * maps[0].max() - maps[0].min()), rtol=1e-4)
