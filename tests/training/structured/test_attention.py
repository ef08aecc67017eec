"""Errors of the reconstruction pixel by pixel, the tanh identity, and the weights of the two states."""

from math import tanh

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from fer_lib.errors import InputError
from fer_lib.training.structured import ATTENTION, attention_error


def slowly(reconstruction, target, form):
    pairs = list(zip(reconstruction.flatten().tolist(), target.flatten().tolist(), strict=True))
    if form == "mse":
        return min(sum((a - b) ** 2 for a, b in pairs) / len(pairs), 30)
    return sum(tanh(3 * abs(a - b)) for a, b in pairs) / len(pairs)


def pair(seed, scale=1.0):
    generator = torch.Generator().manual_seed(seed)
    return [scale * torch.rand(2, 3, 3, 2, generator=generator, dtype=torch.float64) for _ in range(2)]


@settings(max_examples=30, deadline=None)
@given(
    seed=st.integers(0, 2**31), scale=st.sampled_from([1e-3, 1.0, 5.0, 100.0]), form=st.sampled_from(["mse", "tanh"])
)
def test_equals_its_slow_twin(seed, scale, form):
    reconstruction, target = pair(seed, scale)
    expected = slowly(reconstruction, target, form)
    assert attention_error(reconstruction, target, form).item() == pytest.approx(expected, rel=1e-9)


@given(st.floats(0, 40))
def test_the_reference_writes_tanh_by_exponentials(distance):
    """(e^{6d} − 1) / (e^{6d} + 1) = tanh(3d)."""
    d = torch.tensor(distance, dtype=torch.float64)
    written = torch.expm1(6 * d) / (torch.exp(6 * d) + 1)
    found = attention_error(d.expand(1, 3, 1, 1), torch.zeros(1, 3, 1, 1, dtype=torch.float64), "tanh")
    assert found.item() == pytest.approx(written.item(), rel=1e-12)


def test_the_exponentials_overflow_where_tanh_does_not():
    d = torch.tensor(20.0)
    assert ((torch.exp(6 * d) - 1) / (torch.exp(6 * d) + 1)).isnan()
    assert attention_error(d.expand(1, 3, 1, 1), torch.zeros(1, 3, 1, 1), "tanh") == 1


def test_squared_errors_are_clamped_and_then_pull_no_more():
    target = torch.zeros(1, 3, 2, 2)
    for distance, expected, pulls in ((5.0, 25.0, True), (6.0, 30.0, False)):
        reconstruction = torch.full((1, 3, 2, 2), distance, requires_grad=True)
        loss = attention_error(reconstruction, target, "mse")
        loss.backward()
        assert loss.item() == pytest.approx(expected)
        assert bool(reconstruction.grad.any()) == pulls


@pytest.mark.parametrize("form", ["mse", "tanh"])
def test_gradients_are_those_of_the_value(form):
    reconstruction, target = pair(1)
    assert torch.autograd.gradcheck(lambda r: attention_error(r, target, form), reconstruction.requires_grad_())
    assert attention_error(target, target, form) == 0


def test_half_precision_is_compared_in_the_targets():
    reconstruction = torch.rand(1, 3, 4, 4).bfloat16()
    assert attention_error(reconstruction, torch.rand(1, 3, 4, 4), "tanh").dtype == torch.float32


def test_the_two_states_have_the_published_forms_and_weights():
    """The public code's own lines, of December 2018 and of 2019."""
    reconstruction, target = pair(4)
    d = (reconstruction - target).abs()
    written = {"2018": 2 * (d**2).mean(), "2019": 5 * ((torch.exp(6 * d) - 1) / (torch.exp(6 * d) + 1)).mean()}
    for state, (form, weight) in ATTENTION.items():
        found = weight * attention_error(reconstruction, target, form)
        assert found.item() == pytest.approx(written.pop(state).item(), rel=1e-12)
    assert not written


def test_what_cannot_be_is_told():
    image = torch.zeros(2, 3, 4, 4)
    with pytest.raises(InputError, match="form 'l1' of the attention error, expected one of mse, tanh"):
        attention_error(image, image, "l1")
    with pytest.raises(InputError, match=r"shape \(2, 3, 4, 4\), expected that of its target, \(2, 1, 4, 4\)"):
        attention_error(image, image[:, :1], "tanh")
