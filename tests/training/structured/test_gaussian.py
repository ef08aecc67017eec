"""Gaussian-structured loss against the reference's loops written out, and where the two forms learn."""

from math import exp, inf

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from fer_lib.errors import InputError
from fer_lib.training.structured import (
    batch_probabilities,
    class_centres,
    gaussian_structured_loss,
    nearest_centre_accuracy,
)

K = 7


def slow_centres(embedding, labels):
    """Mean of each class that occurs, by class."""
    centres = {}
    for c in sorted(set(labels)):
        own = [z for z, label in zip(embedding, labels, strict=True) if label == c]
        centres[c] = [sum(values) / len(own) for values in zip(*own, strict=True)]
    return centres


def squared(a, b):
    return sum((x - y) ** 2 for x, y in zip(a, b, strict=True))


def slow_probabilities(embedding, labels, num_classes, variance, floor):
    """One sample after the other; `floor` is what the reference adds to the sum before it clamps."""
    centres, rows = slow_centres(embedding, labels), []
    for z in embedding:
        exponents = {c: -squared(z, centre) / (2 * variance) for c, centre in centres.items()}
        top = 0 if floor else max(exponents.values())
        likelihood = [exp(exponents.get(c, -inf) - top) for c in range(num_classes)]
        rows.append([min(p / (sum(likelihood) + floor), 1.0) for p in likelihood])
    return rows


def slow_loss(probabilities, labels):
    errors = [
        sum((p - (c == label)) ** 2 for c, p in enumerate(row))
        for row, label in zip(probabilities, labels, strict=True)
    ]
    return sum(errors) / len(errors)


def batch(seed, count, size, scale=1.0, dtype=torch.float64):
    generator = torch.Generator().manual_seed(seed)
    embedding = scale * torch.randn(count, size, generator=generator, dtype=dtype)
    return embedding, torch.randint(4, (count,), generator=generator)


@settings(max_examples=40, deadline=None)
@given(
    seed=st.integers(0, 2**31),
    count=st.integers(1, 9),
    size=st.integers(1, 5),
    scale=st.sampled_from([1e-4, 1, 30]),
    sigma=st.sampled_from([0.5, 1.0, 3.0]),
    legacy=st.booleans(),
    scaled=st.booleans(),
)
def test_equals_its_slow_twin(seed, count, size, scale, sigma, legacy, scaled):
    """Five classes, of which at most four occur."""
    embedding, labels = batch(seed, count, size, scale)
    variance = sigma**2 * (size if scaled else 1)
    rows = slow_probabilities(embedding.tolist(), labels.tolist(), 5, variance, 1e-15 if legacy else 0)
    found = batch_probabilities(embedding, labels, 5, sigma, legacy, scaled)
    assert torch.allclose(found, torch.tensor(rows, dtype=torch.float64), rtol=1e-9, atol=1e-12)
    loss = gaussian_structured_loss(embedding, labels, 5, sigma, legacy, scaled)
    assert loss.item() == pytest.approx(slow_loss(rows, labels.tolist()), rel=1e-9, abs=1e-12)


@settings(max_examples=30, deadline=None)
@given(seed=st.integers(0, 2**31), count=st.integers(1, 9), size=st.integers(1, 5))
def test_centres_and_the_nearest_equal_their_slow_twins(seed, count, size):
    embedding, labels = batch(seed, count, size)
    expected = slow_centres(embedding.tolist(), labels.tolist())
    centres, present = class_centres(embedding, labels, 5)
    assert {c for c in range(5) if present[c]} == expected.keys()
    for c in range(5):
        assert centres[c].tolist() == pytest.approx(expected.get(c, [0.0] * size), abs=1e-12)
    right = 0
    for z, label in zip(embedding.tolist(), labels.tolist(), strict=True):
        right += min(expected, key=lambda c, z=z: squared(z, expected[c])) == label
    assert nearest_centre_accuracy(embedding, labels, 5).item() == pytest.approx(right / count)


@pytest.mark.parametrize("legacy", [False, True])
@pytest.mark.parametrize(("num_classes", "expected"), [(7, 6 / 7), (8, 7 / 8), (2, 1 / 2)])
def test_equal_embeddings_belong_to_every_class_alike(legacy, num_classes, expected):
    labels = torch.arange(3 * num_classes) % num_classes
    embedding = torch.full((len(labels), 64), 0.3)
    assert gaussian_structured_loss(embedding, labels, num_classes, legacy=legacy).item() == pytest.approx(expected)


@pytest.mark.parametrize("legacy", [False, True])
@settings(max_examples=20, deadline=None)
@given(seed=st.integers(0, 2**31), absent=st.integers(0, K - 1))
def test_a_class_that_does_not_occur_has_probability_zero(legacy, seed, absent):
    embedding, labels = batch(seed, 12, 3, dtype=torch.float32)
    labels = torch.where(labels == absent, (absent + 1) % K, labels)
    found = batch_probabilities(embedding.requires_grad_(), labels, K, legacy=legacy)
    assert not found[:, absent].any()
    assert torch.allclose(found.sum(1), torch.ones(12), atol=1e-5)
    gaussian_structured_loss(embedding, labels, K, legacy=legacy).backward()
    assert embedding.grad.isfinite().all()


def test_well_separated_classes_cost_nothing():
    labels = torch.arange(21) % K
    clusters = 20 * torch.eye(K, 16)[labels]
    embedding = clusters + 0.1 * torch.randn(21, 16, generator=torch.Generator().manual_seed(0))
    assert gaussian_structured_loss(embedding, labels, K).item() < 1e-6
    assert nearest_centre_accuracy(embedding, labels, K) == 1


@pytest.mark.parametrize("options", [{}, {"legacy": True}, {"scale_with_dim": True, "sigma": 0.7}])
def test_gradients_are_those_of_the_value_also_through_the_centres(options):
    embedding, labels = batch(3, 7, 4)

    def loss(z):
        return gaussian_structured_loss(z, labels, 5, **options)

    assert torch.autograd.gradcheck(loss, embedding.requires_grad_())
    (own,) = torch.autograd.grad(loss(embedding), embedding)
    assert own.sum(0).abs().max() < 1e-12  # a shift of all moves the centres along: without their share it would not


def test_a_sigma_that_learns_has_its_gradient():
    embedding, labels = batch(3, 7, 4)
    sigma = torch.tensor(1.3, dtype=torch.float64, requires_grad=True)
    assert torch.autograd.gradcheck(lambda s: gaussian_structured_loss(embedding, labels, 5, s), sigma)
    fixed = gaussian_structured_loss(embedding, labels, 5, 1.3)
    assert torch.equal(gaussian_structured_loss(embedding, labels, 5, sigma), fixed)


def gradient(embedding, labels, **options):
    embedding = embedding.clone().requires_grad_()
    loss = gaussian_structured_loss(embedding, labels, K, **options)
    loss.backward()
    return loss.item(), embedding.grad


def unstructured(scale):
    """float32 (168, 64): 24 samples of each class, all from one cloud."""
    labels = torch.arange(24 * K) % K
    return scale * torch.randn(len(labels), 64, generator=torch.Generator().manual_seed(0)), labels


@pytest.mark.parametrize(
    ("scale", "sigma", "most"), [(1.0, 0.5, 1e-7), (2.0, 1.0, 1e-7), (2.0, 0.5, 0.0), (4.0, 1.0, 0.0)]
)
def test_legacy_exponentials_underflow_and_learn_nothing_where_the_softmax_learns(scale, sigma, most):
    embedding, labels = unstructured(scale)
    loss, dead = gradient(embedding, labels, sigma=sigma, legacy=True)
    assert loss == 1.0
    for scale_with_dim in (False, True):
        stable, alive = gradient(embedding, labels, sigma=sigma, scale_with_dim=scale_with_dim)
        assert stable < 0.9
        assert alive.norm(dim=1).min() > 1e-6  # every sample learns
        assert dead.norm() <= most


def test_a_variance_that_grows_with_the_size_reaches_samples_the_softmax_is_sure_about():
    """One sample sits on the far cluster of another class: its softmax is 0 and 1 to the last digit."""
    labels = torch.tensor([0] * 5 + [1] * 5)
    embedding = 4.0 * labels[:, None].float().expand(-1, 64).clone()
    embedding[0] = embedding[9]
    _, sure = gradient(embedding, labels)
    _, reached = gradient(embedding, labels, scale_with_dim=True)
    assert not sure[0].any()
    assert reached[0].norm() > 1e-4


def test_one_hot_targets_are_labels():
    embedding, labels = batch(5, 8, 3)
    for legacy in (False, True):
        expected = gaussian_structured_loss(embedding, labels, 5, legacy=legacy)
        rows = torch.nn.functional.one_hot(labels, 5)
        assert torch.equal(gaussian_structured_loss(embedding, rows.double(), 5, legacy=legacy), expected)


def test_centres_weigh_shares_and_leave_out_samples_of_no_class():
    embedding, _ = batch(7, 3, 2)
    targets = torch.tensor([[1.0, 0, 0], [0.25, 0.75, 0], [0, 0, 0]], dtype=torch.float64)
    centres, present = class_centres(embedding, targets, 3)
    a, b, _ = embedding
    assert torch.allclose(centres[0], (a + 0.25 * b) / 1.25) and torch.allclose(centres[1], b)
    assert present.tolist() == [True, True, False]
    # the sample of no class counts its probabilities as errors
    found = batch_probabilities(embedding, targets, 3)
    expected = (found - targets).square().sum() / 3
    assert gaussian_structured_loss(embedding, targets, 3).item() == pytest.approx(expected.item())


@pytest.mark.parametrize("dtype", [torch.bfloat16, torch.float16])
def test_half_precision_is_computed_in_float32(dtype):
    embedding, labels = batch(5, 8, 3)
    half = embedding.to(dtype)
    found = gaussian_structured_loss(half, labels, 5)
    assert found.dtype == torch.float32
    assert torch.equal(found, gaussian_structured_loss(half.float(), labels, 5))
    assert torch.equal(nearest_centre_accuracy(half, labels, 5), nearest_centre_accuracy(half.float(), labels, 5))


def test_embeddings_far_from_the_origin_lose_no_digits():
    """Distances as differences of large products would be off by whole units here."""
    embedding, labels = batch(5, 12, 3, dtype=torch.float32)
    embedding = (embedding * 64).round() / 64  # exact in float32 after the shift, too
    near, far = (batch_probabilities(embedding + shift, labels, 5) for shift in (0, 4096))
    assert torch.allclose(near, far, atol=5e-3)


@pytest.mark.parametrize(
    ("shape", "options", "sentence"),
    [
        ((5,), {}, r"labels of shape \(5,\), expected \(4,\) or \(4, 7\)"),
        ((4, 3), {}, r"labels of shape \(4, 3\), expected"),
        ((4,), {"sigma": 0.0}, "sigma = 0.0, expected a positive number"),
        ((4,), {"sigma": -1}, "sigma = -1, expected a positive number"),
    ],
)
def test_what_cannot_be_is_told(shape, options, sentence):
    with pytest.raises(InputError, match=sentence):
        gaussian_structured_loss(torch.zeros(4, 2), torch.zeros(shape, dtype=torch.int64), K, **options)


def test_accuracy_needs_labels():
    with pytest.raises(InputError, match=r"targets of shape \(7, 7\), expected labels of shape \(7,\)"):
        nearest_centre_accuracy(torch.zeros(7, 2), torch.eye(7), K)
