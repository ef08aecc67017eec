"""Random changes of training images: geometry against SciPy, bounds, and who gets them."""

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from scipy import ndimage

from fer_lib.models import create_model
from fer_lib.training import augmentation, cross_validate, fit
from fer_lib.training.augmentation import augmentation_generator, augmented, draw_transforms, transforms
from fer_lib.training.batches import Batches

from .conftest import bars

LABELS = np.arange(60) % 3
TRAIN, SELECT, WATCH = np.arange(40), np.arange(40, 50), np.arange(50, 60)


def smooth(count, channels, height, width):
    noise = np.random.default_rng(0).normal(size=(count, channels, height, width))
    return ndimage.gaussian_filter(noise, (0, 0, 2, 2)).astype(np.float32) * 5


def warped_slowly(image, mirror, degrees, zoom, shift):
    """(H, W): every pixel of the result looked up where it comes from, in pixels from the centre."""
    height, width = image.shape
    centre = np.array([(height - 1) / 2, (width - 1) / 2])
    angle = np.deg2rad(degrees)
    forward = np.array([[np.cos(angle), np.sin(angle)], [-np.sin(angle), np.cos(angle)]])  # (y, x), clockwise
    forward = zoom * forward @ np.diag([1, mirror])
    back = np.linalg.inv(forward)
    moved = centre + np.array([shift[1] * height, shift[0] * width])
    return ndimage.affine_transform(image, back, centre - back @ moved, order=1, mode="nearest")


@pytest.mark.parametrize("size", [(48, 48), (20, 31)])
def test_known_changes_equal_their_slow_twin(size):
    mirror = torch.tensor([1.0, -1.0, 1.0, -1.0, 1.0, -1.0])
    degrees = torch.tensor([0.0, 0.0, 10.0, -7.0, 0.0, 5.0])
    zoom = torch.tensor([1.0, 1.0, 1.0, 1.1, 0.9, 0.93])
    shift = torch.tensor([[0.1, 0.0], [0.0, -0.1], [0.0, 0.0], [0.05, 0.08], [0.0, 0.0], [-0.1, 0.03]])
    images = smooth(6, 2, *size)
    found = augmented("affine", torch.from_numpy(images), transforms(mirror, degrees, zoom, shift, size)).numpy()
    for i in range(6):
        for c in range(2):
            slowly = warped_slowly(
                images[i, c], *(float(v[i]) for v in (mirror, degrees, zoom)), shift[i].double().numpy()
            )
            assert np.abs(found[i, c] - slowly).max() < 2e-4
    assert np.abs(found - images).max() > 0.1


def test_a_bar_turns_clockwise_and_moves_right_and_down():
    """What the signs mean, seen by eye."""
    image = torch.zeros(1, 1, 48, 48)
    image[..., 22:26, :] = 1
    one, none = torch.ones(1), torch.zeros(1)
    turned = augmented("affine", image, transforms(one, torch.tensor([10.0]), one, torch.zeros(1, 2), (48, 48)))
    left, right = (turned[0, 0, :, x].argmax().item() for x in (4, 43))
    assert left < 22 < right  # the right end has sunk
    moved = augmented("affine", image, transforms(one, none, one, torch.tensor([[0.0, 0.125]]), (48, 48)))
    assert torch.allclose(moved[0, 0, 28:32], torch.ones(4, 48), atol=1e-4)
    column = image.mT
    moved = augmented("affine", column, transforms(one, none, one, torch.tensor([[0.125, 0.0]]), (48, 48)))
    assert torch.allclose(moved[0, 0, :, 28:32], torch.ones(48, 4), atol=1e-4)


def test_a_flip_exchanges_pixels_exactly():
    images = torch.rand(64, 3, 11, 14)
    theta = draw_transforms("flip", 64, (11, 14), torch.Generator().manual_seed(0))
    found = augmented("flip", images, theta)
    flipped = [bool(torch.equal(one, image.flip(-1))) for one, image in zip(found, images, strict=True)]
    kept = [bool(torch.equal(one, image)) for one, image in zip(found, images, strict=True)]
    assert all(a != b for a, b in zip(flipped, kept, strict=True)) and 20 < sum(flipped) < 44


def test_a_flip_by_resampling_is_the_flip():
    images = torch.rand(4, 1, 48, 48)
    one, none = torch.ones(4), torch.zeros(4)
    theta = transforms(-one, none, one, torch.zeros(4, 2), (48, 48))
    assert (augmented("affine", images, theta) - images.flip(-1)).abs().max() < 1e-4


@given(seed=st.integers(0, 2**31), count=st.integers(1, 300))
def test_draws_stay_in_their_bounds(seed, count):
    theta = draw_transforms("affine", count, (48, 48), augmentation_generator(seed)).double()
    zoom = 1 / theta[:, :, :2].det().abs().sqrt()
    assert (zoom - 1).abs().max() <= augmentation.ZOOM + 1e-6
    back = theta[:, :, :2].clone()
    back[:, 0] *= theta[:, :, :2].det().sign()[:, None]  # the mirror taken off
    degrees = torch.rad2deg(torch.atan2(back[:, 0, 1], back[:, 0, 0]))
    assert degrees.abs().max() <= augmentation.ROTATION + 1e-4
    shift = -torch.linalg.solve(theta[:, :, :2], theta[:, :, 2:]) / 2
    assert shift.abs().max() <= augmentation.SHIFT + 1e-6


def test_draws_are_uniform_and_independent():
    n = 40_000
    theta = draw_transforms("affine", n, (48, 48), augmentation_generator(1)).double()
    sign = theta[:, :, :2].det().sign()
    degrees = torch.rad2deg(torch.atan2(theta[:, 0, 1] * sign, theta[:, 0, 0] * sign))
    shift = -torch.linalg.solve(theta[:, :, :2], theta[:, :, 2:])[:, :, 0] / 2
    zoom = 1 / theta[:, :, :2].det().abs().sqrt() - 1
    found = torch.stack([sign, degrees / 10, zoom / 0.1, *(shift / 0.1).T])
    assert found.mean(1).abs().max() < 0.02
    assert torch.allclose(found[1:].std(1), torch.full((4,), 3**-0.5, dtype=torch.float64), atol=0.01)
    assert (torch.corrcoef(found) - torch.eye(5)).abs().max() < 0.02


def test_none_draws_nothing_and_costs_nothing():
    state = torch.get_rng_state()
    assert draw_transforms("none", 10, (48, 48), None) is None
    assert torch.equal(torch.get_rng_state(), state)


def test_draws_repeat_with_their_seed_and_go_on_within_it():
    def two(seed):
        generator = augmentation_generator(seed)
        return [draw_transforms("affine", 9, (48, 48), generator) for _ in range(2)]

    (first, second), (again, _), (other, _) = two(5), two(5), two(6)
    assert torch.equal(first, again) and not torch.equal(first, second) and not torch.equal(first, other)
    order = torch.Generator().manual_seed(5)
    assert augmentation_generator(5).initial_seed() != order.initial_seed()


# in the training loop


@pytest.fixture
def seen(make_batches, config):
    """``seen(augmentation, …)``: what a network is given, (training, scoring) by epoch, and the trained network."""

    def run(augmentation, seed=1, guidance=None, learning_rate=1e-3, **changes):
        torch.manual_seed(0)
        model = create_model("guided_stn" if guidance is not None else "simple_cnn", num_classes=3)
        given = {True: [], False: []}
        hook = model.register_forward_pre_hook(
            lambda module, inputs: given[module.training].append(tuple(i.clone() for i in inputs))
        )
        batches = make_batches(LABELS, guidance=guidance)
        settings = config(augmentation=augmentation, learning_rate=learning_rate, **changes)
        result = fit(model, batches, TRAIN, SELECT, settings, seed=seed, watch=WATCH)
        hook.remove()
        return given[True], given[False], model, result

    return run


def all_of(calls, which=0):
    return torch.cat([inputs[which] for inputs in calls])


@pytest.mark.parametrize("kind", ["flip", "affine"])
def test_training_images_alone_are_changed(seen, kind):
    plain, scored, *_ = seen("none")
    changed, scored_too, *_ = seen(kind)
    assert torch.equal(all_of(scored), all_of(scored_too))
    different = (all_of(plain) != all_of(changed)).flatten(1).any(1).float().mean()
    assert different > (0.9 if kind == "affine" else 0.3)
    if kind == "flip":  # in the same order as without
        same, mirrored = all_of(plain), all_of(plain).flip(-1)
        found = all_of(changed)
        assert all(torch.equal(f, a) or torch.equal(f, b) for f, a, b in zip(found, same, mirrored, strict=True))


def test_every_epoch_has_changes_of_its_own(seen, make_batches):
    given, *_ = seen("affine", epochs=2)
    order = torch.Generator().manual_seed(1)
    first, second = (torch.randperm(40, generator=order).argsort() for _ in range(2))
    one, two = all_of(given[:3])[first], all_of(given[3:])[second]
    assert ((one - two).abs().flatten(1).amax(1) > 0.05).all()


@pytest.mark.parametrize("kind", ["flip", "affine"])
def test_guidance_is_changed_as_its_image(seen, kind):
    """Guidance that equals the images stays equal to them."""
    given, *_ = seen(kind, guidance=bars(LABELS))
    assert torch.equal(all_of(given), all_of(given, 1)) and not torch.equal(all_of(given), all_of(seen("none")[0]))


def test_the_same_seed_gives_the_same_bits(seen):
    one, other, third = seen("affine", seed=1), seen("affine", seed=1), seen("affine", seed=2)
    weights = [torch.cat([value.flatten() for value in model.parameters()]) for _, _, model, _ in (one, other, third)]
    assert torch.equal(weights[0], weights[1]) and not torch.equal(weights[0], weights[2])


def test_data_order_and_dropout_do_not_notice(seen):
    """The changes come from a generator of their own: without a step, images come in the same order."""
    assert torch.equal(all_of(seen("none")[1]), all_of(seen("affine")[1]))
    torch.manual_seed(3)
    seen("none")
    state = torch.get_rng_state()
    seen("affine")
    assert torch.equal(state, torch.get_rng_state())


def test_none_never_resamples(seen, monkeypatch):
    monkeypatch.setattr(augmentation, "resample", None)
    seen("none")


def test_without_a_seed_changes_come_from_torchs_generator(seen):
    def first(start):
        torch.manual_seed(start)
        return all_of(seen("affine", seed=None, epochs=1)[0])

    assert torch.equal(first(1), first(1))


@pytest.mark.parametrize("workers", [1, 2])
def test_runs_do_not_depend_on_the_workers(make_experiment, config, workers, tmp_path):
    experiment = make_experiment(48, model="simple_cnn", folder=tmp_path / "a")
    (run,) = cross_validate([experiment], config(augmentation="affine", epochs=1), workers=workers)
    data, settings = make_experiment(48, model="simple_cnn"), config(augmentation="affine", epochs=1)
    train, select, _ = data.split(0, settings)
    torch.manual_seed(settings.seed)
    model = data.build_model()
    batches = Batches(data.images, None, data.labels, 3, torch.device("cpu"))
    result = fit(model, batches, train, select, settings, seed=settings.seed)
    assert run.history.query("fold == 0")["train_loss"].tolist() == [result.history[0]["train_loss"]]


def test_rotate_turns_about_the_centre_with_black_around():
    """As SciPy does, which takes what lies outside for black, −1."""
    images = smooth(3, 1, 30, 30).clip(-1, 1)
    degrees, mirror = torch.tensor([30.0, -12.0, 0.0]), torch.tensor([1.0, -1.0, -1.0])
    theta = transforms(mirror, degrees, torch.ones(3), torch.zeros(3, 2), (30, 30))
    found = augmented("rotate", torch.from_numpy(images), theta).numpy()
    for i in range(3):
        angle = np.deg2rad(float(degrees[i]))
        back = np.linalg.inv(
            np.array([[np.cos(angle), np.sin(angle)], [-np.sin(angle), np.cos(angle)]]) @ np.diag([1, mirror[i]])
        )
        centre = np.array([14.5, 14.5])
        slowly = ndimage.affine_transform(
            images[i, 0], back, centre - back @ centre, order=1, mode="grid-constant", cval=-1
        )
        assert np.abs(found[i, 0] - slowly).max() < 2e-4
    assert (found[0, 0, [0, 0, -1, -1], [0, -1, 0, -1]] == -1).all()


def test_rotate_draws_thirty_degrees_and_nothing_else():
    theta = draw_transforms("rotate", 4000, (48, 48), torch.Generator().manual_seed(0))
    degrees = torch.rad2deg(torch.atan2(theta[:, 1, 0], theta[:, 1, 1]))
    assert -30 <= degrees.min() < -29 and 29 < degrees.max() <= 30
    assert (theta[:, :, 2] == 0).all() and torch.allclose(theta[:, 1, :2].norm(dim=1), torch.ones(4000))
    assert 0.45 < (theta[:, 0, 0] < 0).float().mean() < 0.55


@pytest.mark.parametrize("augmentation", ["none", "flip", "affine", "rotate"])
def test_another_size_is_made_in_the_same_step(augmentation):
    images = torch.from_numpy(smooth(4, 1, 48, 48))
    theta = draw_transforms(augmentation, 4, (48, 48), torch.Generator().manual_seed(1))
    same = augmented(augmentation, images, theta, 48)
    torch.testing.assert_close(same, augmented(augmentation, images, theta))
    small = augmented(augmentation, images, theta, 24)
    inner = (slice(None), slice(None), slice(6, 18), slice(6, 18))
    pooled = torch.nn.functional.avg_pool2d(same, 2)  # a bilinear value between four pixels is their mean
    assert small.shape == (4, 1, 24, 24)
    tolerance = 2e-4 if augmentation in ("none", "flip") else 0.3
    assert (small[inner] - pooled[inner]).abs().max() < tolerance
