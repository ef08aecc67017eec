"""A step size of its own for the localization network, and nothing else."""

import pytest
import torch

from fer_lib.models import create_model
from fer_lib.training.optimizer import make_optimizer

CPU = torch.device("cpu")


@pytest.fixture
def first_step(config):
    """``first_step(name, factor)``: how far Adam moves every parameter at first; its gradients are all 1."""

    def run(name, factor):
        torch.manual_seed(0)
        model = create_model(name, num_classes=3)
        before = {key: value.detach().clone() for key, value in model.named_parameters()}
        for parameter in model.parameters():
            parameter.grad = torch.ones_like(parameter)
        make_optimizer(model, config(localization_lr_factor=factor), CPU).step()
        return {key: (before[key] - value.detach()).mean().item() for key, value in model.named_parameters()}

    return run


@pytest.mark.parametrize("factor", [0.1, 1.0, 3.0])
def test_the_factor_scales_the_steps_of_the_localization_network_alone(first_step, factor):
    """Adam's first step is the learning rate, whatever the gradient."""
    moved = first_step("guided_stn", factor)
    for key, distance in moved.items():
        expected = 1e-3 if key.startswith("classifier.") else 1e-3 * factor
        assert distance == pytest.approx(expected, rel=1e-3), key
    assert len(moved) == 8 + 14


def test_a_network_without_localization_is_trained_as_ever(first_step):
    assert first_step("simple_cnn", 0.1) == first_step("simple_cnn", 1.0)


def test_without_the_switch_there_is_one_group(config):
    model = create_model("guided_stn", num_classes=3)
    (group,) = make_optimizer(model, config(), CPU).param_groups
    assert group["lr"] == 1e-3 and len(group["params"]) == len(list(model.parameters()))
