"""Adam in rows against ``torch.optim.Adam``, one per model."""

import pytest
import torch
from torch import nn

from fer_lib.training.optimizer import make_optimizer
from fer_lib.training.stacked.adam import adam, rates_and_decays

from .conftest import CPU, network

STEPS = 30


@pytest.mark.parametrize("decay", [0.0, 0.1])
@pytest.mark.parametrize(("dtype", "tolerance"), [(torch.float64, 1e-15), (torch.float32, 5e-8)])
def test_steps_equal_those_of_torch(dtype, tolerance, decay):
    """Two models, the second a step behind."""
    generator = torch.Generator().manual_seed(0)
    draws = torch.randn(STEPS, 2, 40, generator=generator, dtype=torch.float64).to(dtype)
    scales = (torch.arange(40) - 35.0).div(4).exp().to(dtype)  # from 1e-4 up: small gradients count the same
    rows = torch.randn(2, 40, generator=generator).to(dtype) / 10
    twins = [nn.Parameter(row.clone()) for row in rows]
    optimizers = [torch.optim.Adam([twin], lr=1e-3, weight_decay=decay, fused=True) for twin in twins]
    average, square, steps = torch.zeros_like(rows), torch.zeros_like(rows), torch.zeros(2, dtype=dtype)
    rates = torch.full((40,), 1e-3, dtype=dtype)
    decays = torch.full((40,), decay, dtype=dtype) if decay else None
    for number, gradient in enumerate(draws * scales):
        for model, (twin, optimizer) in enumerate(zip(twins, optimizers, strict=True)):
            if number or not model:
                twin.grad = gradient[model].clone()
                optimizer.step()
        part = slice(0, 2 if number else 1)
        new = adam(gradient[part], rows[part], average[part], square[part], steps[part], rates, decays)
        for old, fresh in zip((rows, average, square, steps), new, strict=True):
            old[part] = fresh
        assert max((row - twin).abs().max() for row, twin in zip(rows, twins, strict=True)) <= tolerance * (number + 1)
    assert steps.tolist() == [STEPS, STEPS - 1]


def test_the_first_steps_lose_no_digits():
    """In float32, 1 − 0.999 has three digits less than 0.001."""
    row, twin = torch.zeros(1, 5), nn.Parameter(torch.zeros(5))
    optimizer, moments = torch.optim.Adam([twin], lr=1e-3, fused=True), [torch.zeros(1, 5), torch.zeros(1, 5)]
    steps, twin.grad = torch.zeros(1), torch.linspace(0.1, 1, 5)
    for _ in range(3):
        optimizer.step()
        row, *moments, steps = adam(twin.grad[None], row, *moments, steps, torch.full((5,), 1e-3))
        assert torch.allclose(row[0], twin, rtol=2e-6, atol=0)


def test_arguments_are_not_changed():
    arguments = [torch.full((2, 3), 0.5) for _ in range(4)] + [torch.ones(2), torch.full((3,), 1e-3)]
    before = [each.clone() for each in arguments]
    adam(*arguments)
    assert all(torch.equal(*pair) for pair in zip(arguments, before, strict=True))


@pytest.mark.parametrize("factor", [1.0, 0.1])
@pytest.mark.parametrize("name", ["guided_stn", "simple_cnn"])
def test_rates_are_those_of_the_optimizer(config, name, factor):
    model, settings = network(name, 0, 0.5), config(learning_rate=2e-3, localization_lr_factor=factor)
    expected = {}
    for group in make_optimizer(model, settings, CPU).param_groups:
        expected |= {id(value): group["lr"] for value in group["params"]}
    rates, decays = rates_and_decays(model, settings, CPU, torch.float64)
    slowly = [expected[id(value)] for value in model.parameters() for _ in range(value.numel())]
    assert decays is None
    assert rates.tolist() == slowly and len(set(slowly)) == (2 if name == "guided_stn" and factor != 1 else 1)


def test_decays_are_those_of_the_optimizer(config):
    model, settings = network("smooth", 0, 0.5), config(penalty=0.1, weight_decay=0.01, penalty_bias=True)
    expected = {}
    for group in make_optimizer(model, settings, CPU).param_groups:
        expected |= {id(value): group["weight_decay"] for value in group["params"]}
    _, decays = rates_and_decays(model, settings, CPU, torch.float64)
    slowly = [expected[id(value)] for value in model.parameters() for _ in range(value.numel())]
    assert decays.tolist() == slowly and set(slowly) == {0.01, 0.01 + 2 * 0.1}


def test_frozen_parameters_have_no_rate(config):
    model = network("simple_cnn", 0, 0.5)
    model.conv1.requires_grad_(False)
    rates, _ = rates_and_decays(model, config(), CPU, torch.float64)
    assert (rates[:100] == 0).all() and (rates[100:] == 1e-3).all()
