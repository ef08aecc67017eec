import itertools

import pytest
import torch

CPU = torch.device("cpu")


@pytest.fixture
def seconds(monkeypatch):
    """Work takes 4, 2, 4, 2 … seconds."""
    import device_limits

    steps = itertools.accumulate(itertools.cycle([0, 4, 0, 2]))
    monkeypatch.setattr(device_limits, "now", lambda device: next(steps))


def test_bandwidth_counts_reading_and_writing(seconds, small_batches):
    from device_limits import copy_bandwidth

    assert copy_bandwidth(CPU) == 2 * 2**20 / 2


def test_launch_is_per_operator(seconds):
    from device_limits import LAUNCHES, launch_seconds

    assert launch_seconds(CPU) == 2 / LAUNCHES
