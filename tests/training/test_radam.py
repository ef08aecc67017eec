"""RAdam against the algorithm of Liu et al. (arXiv 1908.03265, algorithm 2), written out one number at a time.

As the optimizer that residual masking was trained with has it: the decay is decoupled and comes first, ε is added to
the root before the bias is corrected, and while the variance is intractable the momentum alone steps.
"""

from math import sqrt

import numpy as np
import torch
from torch import nn

from fer_lib.training import TrainConfig
from fer_lib.training.optimizer import make_optimizer

RATE, DECAY, BETA1, BETA2, EPSILON, STEPS = 1e-2, 1e-1, 0.9, 0.999, 1e-8, 300
START = [1.5, -0.7, 0.2, 3.0]
NOISE = np.random.default_rng(0).normal(size=(STEPS, len(START)))


def gradient(values, step):
    """Of a valley that is steeper along each next axis, and noisy; the same for lists and tensors."""
    return [2 * (k + 1) * (values[k] - k) + NOISE[step][k] for k in range(len(START))]


def radam_slowly(start, rate, decay):
    """All points on the way."""
    point, path = list(start), []
    mean, square = [0.0] * len(start), [0.0] * len(start)
    longest = 2 / (1 - BETA2) - 1
    for t in range(1, STEPS + 1):
        slope = gradient(point, t - 1)
        length = longest - 2 * t * BETA2**t / (1 - BETA2**t)
        for k, g in enumerate(slope):
            mean[k] = BETA1 * mean[k] + (1 - BETA1) * g
            square[k] = BETA2 * square[k] + (1 - BETA2) * g * g
            point[k] -= rate * decay * point[k]
            step = mean[k] / (1 - BETA1**t)
            if length > 5:
                rectified = sqrt((length - 4) * (length - 2) * longest / ((longest - 4) * (longest - 2) * length))
                step *= rectified * sqrt(1 - BETA2**t) / (sqrt(square[k]) + EPSILON)
            point[k] -= rate * step
        path.append(list(point))
    return np.array(path)


def walked(make):
    """All points of torch's optimizer that `make` gives for a network of four numbers."""
    network = nn.Linear(4, 1, bias=False, dtype=torch.float64)
    network.weight.data = torch.tensor([START], dtype=torch.float64)
    optimizer, path = make(network), []
    for step in range(STEPS):
        network.weight.grad = torch.tensor([gradient(network.weight[0].tolist(), step)], dtype=torch.float64)
        optimizer.step()
        path.append(network.weight[0].tolist())
    return np.array(path)


def of_the_study(network):
    config = TrainConfig(optimizer="radam", learning_rate=RATE, weight_decay=DECAY, device="cpu")
    return make_optimizer(network, config, torch.device("cpu"))


def test_three_hundred_steps_are_those_of_the_algorithm():
    slowly = radam_slowly(START, RATE, DECAY)
    assert np.abs(walked(of_the_study) - slowly).max() < 1e-12
    assert np.abs(slowly[-1] - START).max() > 0.5


def test_with_coupled_decay_they_are_others():
    coupled = walked(lambda network: torch.optim.RAdam(network.parameters(), RATE, weight_decay=DECAY))
    assert np.abs(coupled - radam_slowly(START, RATE, DECAY)).max() > 1e-2


def test_without_decay_both_are_the_algorithm():
    plain = walked(lambda network: torch.optim.RAdam(network.parameters(), RATE))
    assert np.abs(plain - radam_slowly(START, RATE, 0.0)).max() < 1e-12
