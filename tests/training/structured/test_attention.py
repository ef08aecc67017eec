"""Errors of the reconstruction pixel by pixel, the tanh identity, and the units of the two presets."""

from math import tanh

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from fer_lib.errors import InputError
from fer_lib.training.structured import attention_loss, reconstruction_target


def slowly(reconstruction, target, preset):
    pairs = list(zip(reconstruction.flatten().tolist(), target.flatten().tolist(), strict=True))
    if preset == "2018":
        return 2 * min(sum((a - b) ** 2 for a, b in pairs) / len(pairs), 30)
    return 5 * sum(tanh(3 * abs(a - b)) for a, b in pairs) / len(pairs)


def pair(seed, scale=1.0):
    generator = torch.Generator().manual_seed(seed)
    return [scale * torch.rand(2, 3, 3, 2, generator=generator, dtype=torch.float64) for _ in range(2)]


@settings(max_examples=30, deadline=None)
@given(
    seed=st.integers(0, 2**31), scale=st.sampled_from([1e-3, 1.0, 5.0, 100.0]), preset=st.sampled_from(["2018", "2019"])
)
def test_equals_its_slow_twin(seed, scale, preset):
    reconstruction, target = pair(seed, scale)
    expected = slowly(reconstruction, target, preset)
    assert attention_loss(reconstruction, target, preset).item() == pytest.approx(expected, rel=1e-9)


@given(st.floats(0, 40))
def test_the_reference_writes_tanh_by_exponentials(distance):
    """(e^{6d} − 1) / (e^{6d} + 1) = tanh(3d)."""
    d = torch.tensor(distance, dtype=torch.float64)
    written = torch.expm1(6 * d) / (torch.exp(6 * d) + 1)
    found = attention_loss(d.expand(1, 3, 1, 1), torch.zeros(1, 3, 1, 1, dtype=torch.float64), "2019")
    assert found.item() == pytest.approx(5 * written.item(), rel=1e-12)


def test_the_exponentials_overflow_where_tanh_does_not():
    d = torch.tensor(20.0)
    assert ((torch.exp(6 * d) - 1) / (torch.exp(6 * d) + 1)).isnan()
    assert attention_loss(d.expand(1, 3, 1, 1), torch.zeros(1, 3, 1, 1), "2019") == 5


def test_squared_errors_are_clamped_and_then_pull_no_more():
    target = torch.zeros(1, 3, 2, 2)
    for distance, expected, pulls in ((5.0, 50.0, True), (6.0, 60.0, False)):
        reconstruction = torch.full((1, 3, 2, 2), distance, requires_grad=True)
        loss = attention_loss(reconstruction, target, "2018")
        loss.backward()
        assert loss.item() == pytest.approx(expected)
        assert bool(reconstruction.grad.any()) == pulls


@pytest.mark.parametrize("preset", ["2018", "2019"])
def test_gradients_are_those_of_the_value(preset):
    reconstruction, target = pair(1)
    assert torch.autograd.gradcheck(lambda r: attention_loss(r, target, preset), reconstruction.requires_grad_())
    assert attention_loss(target, target, preset) == 0


def test_half_precision_is_compared_in_the_targets():
    reconstruction = torch.rand(1, 3, 4, 4).bfloat16()
    assert attention_loss(reconstruction, torch.rand(1, 3, 4, 4), "2019").dtype == torch.float32


def test_the_target_of_2018_is_in_the_units_of_cifar10_and_empty_outside_the_face():
    face, mask = torch.rand(2, 1, 4, 4), torch.zeros(2, 1, 4, 4)
    mask[:, :, 1:3, :2] = 1
    target = reconstruction_target(face, mask, "2018")
    assert target.shape == (2, 3, 4, 4)
    for channel, (mean, deviation) in enumerate(zip((0.4914, 0.4822, 0.4465), (0.2023, 0.1994, 0.2010), strict=True)):
        inside = (face[:, 0, 1:3, :2] - mean) / deviation
        assert torch.allclose(target[:, channel, 1:3, :2], inside, atol=1e-6)
    assert not target[(mask == 0).expand_as(target)].any()


@pytest.mark.parametrize("channels", [1, 3])
def test_the_target_of_2019_is_the_face_on_black(channels):
    face = torch.rand(2, channels, 4, 4)
    target = reconstruction_target(face, torch.ones(2, 1, 4, 4), "2019")
    assert target.shape == (2, 3, 4, 4)
    assert all(torch.equal(target[:, c], face[:, c % channels]) for c in range(3))


def test_what_cannot_be_is_told():
    image = torch.zeros(2, 3, 4, 4)
    with pytest.raises(InputError, match="preset '2020', expected one of 2018, 2019"):
        attention_loss(image, image, "2020")
    with pytest.raises(InputError, match="preset 'b', expected one of 2018, 2019"):
        reconstruction_target(image, image[:, :1], "b")
    with pytest.raises(InputError, match=r"shape \(2, 3, 4, 4\), expected that of its target, \(2, 1, 4, 4\)"):
        attention_loss(image, image[:, :1], "2019")
