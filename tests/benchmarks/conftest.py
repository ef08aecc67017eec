"""The scripts of ``benchmarks/`` as modules, with settings that take seconds."""

from pathlib import Path

import numpy as np
import pytest
import torch

SCRIPTS = Path(__file__).resolve().parents[2] / "benchmarks"
SMALL = 8  # images in a batch


@pytest.fixture(autouse=True)
def scripts(monkeypatch):
    """They import each other by name, as they do when run."""
    monkeypatch.syspath_prepend(str(SCRIPTS))
    monkeypatch.setenv("FER_CORES", "1")  # no further processes


@pytest.fixture(autouse=True)
def one_thread():
    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(threads)


@pytest.fixture
def small_batches(monkeypatch):
    """Eight images in a batch, and few bytes copied to measure the memory."""
    import device_limits
    import engine_loops
    import plain_loop
    import stacked_training
    import step_cost

    for module in (engine_loops, plain_loop, stacked_training, step_cost):
        monkeypatch.setattr(module, "BATCH", SMALL)
    monkeypatch.setattr(device_limits, "SIZE", {"cpu": 1 << 20, "cuda": 1 << 20})


@pytest.fixture
def noise_faces():
    """``noise_faces(n)``: images, masks and labels in which every class occurs."""

    def make(n):
        images = np.random.default_rng(0).integers(0, 256, (2, n, 48, 48), dtype=np.uint8)
        return images[0], images[1], np.arange(n) // 2 % 3

    return make


@pytest.fixture
def the_report(tmp_path):
    """``the_report()``: the text of the one report that was written to tmp_path / "out"."""

    def read() -> str:
        (path,) = (tmp_path / "out").iterdir()
        return path.read_text()

    return read
