"""Learning rates: the values of the specification, corrected and as published."""

import numpy as np
import pytest
import torch

from fer_lib.training.motion.rates import Rates, linear


def published(index: int, constant: int, decay: int) -> float:
    """The public code's multiplier at scheduler index e = 0, 1, … (specification, §7)."""
    return 1 - max(0, index + 2 - constant) / (decay + 1)


def test_the_published_decay_starts_early_and_ends_at_zero():
    found = [linear(epoch, 100, 50, legacy=True) for epoch in range(1, 101)]
    assert found == [published(index, 50, 50) for index in range(100)]
    assert found[48] == 1 and found[49] < 1  # 50 epochs should have had the whole rate
    assert [round(value, 3) for value in found[-3:]] == [0.039, 0.020, 0]
    assert found[-1] == 0


@pytest.mark.parametrize(("epochs", "decay"), [(100, 50), (60, 30), (4, 4), (5, 0), (1, 0), (1, 1)])
def test_the_correct_decay_falls_evenly_from_its_first_epoch_to_a_positive_value(epochs, decay):
    found = [linear(epoch, epochs, decay) for epoch in range(1, epochs + 1)]
    assert found[: epochs - decay] == [1.0] * (epochs - decay)
    expected = [(decay + 1 - k) / (decay + 1) for k in range(1, decay + 1)]
    assert found[epochs - decay :] == pytest.approx(expected)
    assert found[-1] == pytest.approx(1 / (decay + 1)) and min(found) > 0


def make(policy, **changes):
    optimizer = torch.optim.SGD([{"params": [torch.zeros(1)], "lr": 0.1}, {"params": [torch.zeros(1)], "lr": 0.01}])
    return optimizer, Rates(optimizer, policy, **{"epochs": 4, "decay": 2, **changes})


def test_every_group_falls_alike():
    optimizer, rates = make("linear")
    found = []
    for epoch in range(1, 5):
        told = rates.begin(epoch)
        found.append([group["lr"] for group in optimizer.param_groups])
        assert told == found[-1][0]
        rates.end(1.0)
    assert np.allclose(found, [[0.1 * f, 0.01 * f] for f in (1, 1, 2 / 3, 1 / 3)])


def test_a_step_every_fifty_epochs():
    _, rates = make("step", epochs=200)
    assert [rates.begin(epoch) for epoch in (1, 50, 51, 100, 101)] == pytest.approx([0.1, 0.1, 0.01, 0.01, 0.001])


def test_a_plateau_of_the_loss_lowers_the_rate():
    _, rates = make("plateau", epochs=20)
    found = []
    for epoch in range(1, 11):
        found.append(rates.begin(epoch))
        rates.end(1.0 if epoch > 1 else 1.001)  # a thousandth less is no improvement
    # torch allows five epochs without improvement after the best one, the sixth lowers the rate
    assert found == pytest.approx([0.1] * 7 + [0.02] * 3)


def test_a_constant_rate_stays():
    _, rates = make("constant")
    assert {rates.begin(epoch) for epoch in range(1, 9)} == {0.1}
