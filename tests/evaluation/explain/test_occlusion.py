"""Occlusion maps against a loop over pixels, against captum, and where the answer is known by design."""

import time

import numpy as np
import pytest
import torch
from torch import nn

from fer_lib.errors import InputError
from fer_lib.evaluation.explain import occlusion
from fer_lib.evaluation.explain.occlusion import occlusion_maps, squares
from fer_lib.models import create_model


class Small(nn.Module):
    """Three logits of a grey picture of any size, and of guidance where it is given."""

    def __init__(self, side=11, channels=1):
        super().__init__()
        torch.manual_seed(3)
        self.body = nn.Sequential(nn.Conv2d(channels, 4, 3), nn.Tanh(), nn.Flatten(), nn.Linear(4 * (side - 2) ** 2, 3))
        self.guide = nn.Linear(side * side, 3)

    def forward(self, image, guidance=None):
        logits = 8 * self.body(image)
        return logits if guidance is None else logits + 4 * self.guide(guidance.flatten(1))


def pictures(n=5, side=11, seed=0, **kind):
    return np.random.default_rng(seed).integers(0, 256, (n, side, side), dtype=np.uint8, **kind)


def probabilities(model, picture, guidance=None):
    inputs = [
        torch.from_numpy(p.astype(np.float32) / 127.5 - 1)[None, None] for p in (picture, guidance) if p is not None
    ]
    with torch.no_grad():
        return model(*inputs).softmax(1)[0].numpy()


def slowly(model, picture, label, size, stride, grey, guidance=None, cover_guidance=False):
    """What the method says, pixel by pixel."""
    side = len(picture)
    whole = probabilities(model, picture, guidance)
    flips, drop, covers = np.zeros((3, side, side))
    top = 0
    while True:
        left = 0
        while True:
            covered, seen = picture.copy(), None if guidance is None else guidance.copy()
            pixels = [(y, x) for y in range(top, min(top + size, side)) for x in range(left, min(left + size, side))]
            for y, x in pixels:
                covered[y, x] = grey
                if cover_guidance:
                    seen[y, x] = grey
            now = probabilities(model, covered, seen)
            for y, x in pixels:
                covers[y, x] += 1
                flips[y, x] += now.argmax() != label
                drop[y, x] += whole[label] - now[label]
            if left + size >= side:
                break
            left += stride
        if top + size >= side:
            break
        top += stride
    return (flips / covers if whole.argmax() == label else np.full_like(flips, np.nan)), drop / covers


def answers(model, images):
    return np.array([probabilities(model, image).argmax() for image in images])


@pytest.mark.parametrize(("size", "stride", "fill"), [(4, 2, "mean"), (4, 3, "zero"), (3, 3, "mean"), (11, 1, "zero")])
def test_agrees_with_a_loop_over_pixels(size, stride, fill):
    model, images = Small(), pictures()
    labels = answers(model, images)
    labels[0] = (labels[0] + 1) % 3  # one wrong answer
    found = occlusion_maps(model, images, labels, size=size, stride=stride, fill=fill, mean_grey=90.2)
    for i in range(len(images)):
        flips, drop = slowly(model, images[i], labels[i], size, stride, 0 if fill == "zero" else 90)
        np.testing.assert_allclose(found.flips[i], flips, atol=1e-5)
        np.testing.assert_allclose(found.drop[i], drop, atol=1e-5)
    assert found.right.tolist() == [False, True, True, True, True]
    assert np.nanmax(found.flips) > 0


@pytest.mark.parametrize("cover", [False, True])
def test_guidance_is_kept_unless_it_is_to_be_covered(cover):
    model, images, guidance = Small(), pictures(2), pictures(2, seed=1)
    found = occlusion_maps(model, images, [0, 1], guidance, size=4, stride=2, mean_grey=77, cover_guidance=cover)
    for i in range(2):
        _, drop = slowly(model, images[i], i, 4, 2, 77, guidance[i], cover)
        np.testing.assert_allclose(found.drop[i], drop, atol=1e-5)


def test_the_baseline_stn_sees_the_covered_image_in_all_its_parts():
    """Kept, its θ would be that of the whole image."""
    torch.manual_seed(0)
    model = create_model("guided_stn", num_classes=3).eval()
    nn.init.normal_(model.fc_loc[2].weight, std=0.3)
    images = pictures(1, 48)
    alone = occlusion_maps(model, images, [0], size=24, stride=24).drop
    kept = occlusion_maps(model, images, [0], images, size=24, stride=24).drop
    both = occlusion_maps(model, images, [0], images, size=24, stride=24, cover_guidance=True).drop
    np.testing.assert_allclose(alone, both, atol=1e-5)
    assert np.abs(alone - kept).max() > 1e-4


def test_agrees_with_captum():
    from captum.attr import Occlusion

    torch.manual_seed(1)
    model, images = create_model("simple_cnn", num_classes=3).eval(), pictures(2, 48)
    labels = answers(model, images)
    found = occlusion_maps(model, images, labels, size=12, stride=6, fill="zero")
    inputs, target = torch.from_numpy(images[:, None].astype(np.float32) / 127.5 - 1), torch.from_numpy(labels)
    windows = {"sliding_window_shapes": (1, 12, 12), "strides": (1, 6, 6), "baselines": -1.0}

    def is_wrong(x):
        return (model(x).argmax(1) != target.repeat(len(x) // len(target))).float()

    with torch.no_grad():
        drop = Occlusion(lambda x: model(x).softmax(1)).attribute(
            inputs, target=target, perturbations_per_eval=49, **windows
        )
        # captum takes what the covered image gives from what the whole one gives, and that is 0 here
        flips = -Occlusion(is_wrong).attribute(inputs, perturbations_per_eval=49, **windows)
    np.testing.assert_allclose(found.drop, drop[:, 0], atol=1e-5)
    np.testing.assert_allclose(found.flips, flips[:, 0], atol=1e-5)


def test_shape_and_range():
    model, images = create_model("simple_cnn", num_classes=7), pictures(3, 48)
    found = occlusion_maps(model, images, [0, 1, 2], size=16, stride=8)
    assert found.flips.shape == found.drop.shape == (3, 48, 48) and found.drop.dtype == np.float32
    assert np.isnan(found.flips[~found.right]).all() and not np.isnan(found.flips[found.right]).any()
    assert (np.nan_to_num(found.flips) >= 0).all() and (np.nan_to_num(found.flips) <= 1).all()
    assert np.abs(found.drop).max() <= 1 and not model.training
    assert ((found.probability >= 0) & (found.probability <= 1)).all()


def test_default_squares_are_the_441_of_the_specification():
    masks = squares(48, 48, 8, 2)
    assert masks.shape == (441, 48, 48) and (masks.sum((1, 2)) == 64).all() and masks.any(0).all()


def test_every_pixel_is_covered_where_steps_do_not_fit():
    masks = squares(11, 9, 4, 3)
    assert masks.shape == (4 * 3, 11, 9) and masks.any(0).all()
    assert masks[-1, 9:, 6:].all() and masks[-1].sum() == 2 * 3


def test_an_image_does_not_depend_on_its_company(monkeypatch):
    model, images = Small(), pictures(6)
    together = occlusion_maps(model, images, np.zeros(6, int), size=4, stride=2, mean_grey=100)
    alone = occlusion_maps(model, images[4:5], [0], size=4, stride=2, mean_grey=100)
    monkeypatch.setattr(occlusion, "PICTURES", 7)  # ends in the middle of an image
    in_parts = occlusion_maps(model, images, np.zeros(6, int), size=4, stride=2, mean_grey=100)
    np.testing.assert_allclose(together.drop[4], alone.drop[0], atol=1e-6)
    np.testing.assert_allclose(together.drop, in_parts.drop, atol=1e-6)
    np.testing.assert_array_equal(together.flips, in_parts.flips)


def test_memory_does_not_grow_with_the_number_of_images():
    model, seen = Small(), []
    model.register_forward_hook(lambda module, inputs, output: seen.append(len(inputs[0])))
    occlusion_maps(model, pictures(40), np.zeros(40, int), size=2, stride=1)
    assert sum(seen) == 40 + 40 * 100 and max(seen) <= occlusion.PICTURES < sum(seen)


def test_fill_is_the_mean_of_the_images_where_no_other_is_named():
    model, images = Small(), pictures()
    labels = np.zeros(5, int)
    mean = occlusion_maps(model, images, labels, size=4, stride=2)
    named = occlusion_maps(model, images, labels, size=4, stride=2, mean_grey=float(images.mean()))
    black = occlusion_maps(model, images, labels, size=4, stride=2, fill="zero")
    np.testing.assert_array_equal(mean.drop, named.drop)
    assert np.abs(mean.drop - black.drop).max() > 0.01
    # a picture that has the fill already loses nothing
    still = occlusion_maps(model, np.zeros((1, 11, 11), np.uint8), [0], size=4, stride=2, fill="zero")
    assert np.abs(still.drop).max() < 1e-6


def test_colour_images():
    model, grey = Small(channels=3), pictures(2)
    images = np.repeat(grey[..., None], 3, axis=3)
    found = occlusion_maps(model, images, [0, 1], size=4, stride=2, mean_grey=50)
    summed = Small()
    summed.load_state_dict({**model.state_dict(), "body.0.weight": model.body[0].weight.sum(1, keepdim=True)})
    expected = occlusion_maps(summed, grey, [0, 1], size=4, stride=2, mean_grey=50)
    np.testing.assert_allclose(found.drop, expected.drop, atol=1e-5)


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"fill": "maen"}, "unknown occlusion fill 'maen'; did you mean 'mean'"),
        ({"size": 12}, "occlusion size 12, expected 1…11 pixels"),
        ({"size": 2, "stride": 3}, "occlusion stride 3, expected 1…2"),
        ({"labels": [0, 1]}, "labels has 2 rows for 5 images"),
        ({"guidance": pictures(4)}, "guidance has 4 rows for 5 images"),
    ],
)
def test_what_does_not_fit_is_refused(changes, sentence):
    with pytest.raises(InputError, match=sentence):
        occlusion_maps(Small(), **{"images": pictures(), "labels": np.zeros(5, int), **changes})


def test_both_maps_of_an_image_take_a_fraction_of_a_second():
    """About 0.1 s an image on two free cores; the bound leaves room for busy ones."""
    model, images = create_model("simple_cnn", num_classes=7), pictures(4, 48)
    occlusion_maps(model, images[:1], [0])
    started = time.process_time()
    occlusion_maps(model, images, np.zeros(4, int))
    assert (time.process_time() - started) / 4 < 1.5
