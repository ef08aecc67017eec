"""A network in MSI-Net's place that is small and says what it sees."""

import numpy as np
import pytest
import torch
from safetensors.torch import save_file
from torch import nn

from fer_lib.guidance.msinet import kind
from fer_lib.models.msinet_units import min_max


class Brightness(nn.Module):
    """The map is the picture's mean over its channels, scaled; `seen` holds the shapes that it was given."""

    def __init__(self):
        super().__init__()
        self.factor = nn.Parameter(torch.ones(1))
        self.seen = []

    def forward(self, pictures):
        self.seen.append(tuple(pictures.shape))
        return min_max(pictures.mean(1, keepdim=True) * self.factor)


@pytest.fixture
def network():
    return Brightness()


@pytest.fixture
def weights(tmp_path, monkeypatch, network):
    """A file whose network is `network`."""
    monkeypatch.setattr(kind, "load_msinet", lambda path: network)
    path = tmp_path / "w.safetensors"
    save_file({"x": torch.zeros(1)}, path, metadata={"licence": "of a test"})
    return path


@pytest.fixture
def pictures():
    return np.random.default_rng(0).integers(0, 256, (5, 48, 48), dtype=np.uint8)
