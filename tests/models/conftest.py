"""Inputs for any registered model."""

import pytest
import torch


@pytest.fixture(autouse=True, scope="session")
def one_thread():
    """Small networks on several threads wait for each other, beside other test workers all the more."""
    torch.set_num_threads(1)


@pytest.fixture
def inputs_for():
    """``inputs_for(model, n)``: images in [-1, 1], and guidance where the model looks at some."""

    def make(model, n=4, seed=0):
        generator = torch.Generator().manual_seed(seed)
        count = 2 if model.takes_guidance else 1
        return tuple(torch.rand(n, 1, 48, 48, generator=generator) * 2 - 1 for _ in range(count))

    return make
