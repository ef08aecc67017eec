"""A tiny trained run, drawn faces, and detectors that cost nothing."""

import subprocess
import sys

import numpy as np
import pytest
import torch

from fer_lib.datasets import load_dataset
from fer_lib.training import Experiment, TrainConfig, cross_validate

from ..training.conftest import CLASSES, bars


@pytest.fixture(autouse=True, scope="session")
def one_thread():
    """As for the trainings of small networks."""
    torch.set_num_threads(1)


@pytest.fixture(scope="session")
def train(tmp_path_factory):
    """``train(seed=…, model=…, classes=…)``: the folder of a finished run of bars; two folds, an epoch each."""

    def make(seed=2020, **fields):
        labels = np.arange(36) % 3
        defaults = {
            "folder": tmp_path_factory.mktemp("runs") / "run",
            "model": "simple_cnn",
            "images": bars(labels),
            "guidance": None,
            "labels": labels,
            "classes": CLASSES,
            "folds": np.random.default_rng(3).permutation(np.arange(36) % 2),
            "groups": np.arange(36),
            "sample_ids": np.array([f"face-{i:04d}" for i in range(36)]),
            "identity": {"dataset": {"dataset": "bars"}, "variant": "simple_cnn"},
        }
        experiment = Experiment(**{**defaults, **fields})
        # a step so large that networks differ after an epoch
        config = TrainConfig(epochs=1, learning_rate=0.01, seed=seed, device="cpu", precision="fp32")
        cross_validate([experiment], config, workers=1)
        return experiment.folder

    return make


@pytest.fixture(scope="session")
def run(train):
    """The folder of a finished run of two folds."""
    return train()


@pytest.fixture(scope="session")
def drawn_set(tmp_path_factory):
    """A FaceSet of 40 drawn faces, RGB, with the landmarks they were drawn from."""
    return load_dataset(
        "synthetic", tmp_path_factory.mktemp("portraits"), images=40, subjects=5, size=128, channels="rgb",
        style="studio",
    )  # fmt: skip


@pytest.fixture(scope="session")
def portraits(drawn_set):
    """uint8 (40, 128, 128, 3) BGR: drawn faces; dlib finds every one."""
    return np.ascontiguousarray(drawn_set.images[..., ::-1])


@pytest.fixture
def fixed():
    """``fixed((0, 0, 40, 40), …)``: a detector that finds these boxes in every frame."""
    return lambda *boxes: lambda frame: boxes


@pytest.fixture(scope="session")
def london(real_data, tmp_path_factory):
    """Paths of the 204 photographs of the London set."""
    if not (real_data / "london_faces.zip").is_file() or not (real_data / "expand.py").is_file():
        pytest.skip("real data: london_faces.zip and expand.py are not in FER_TEST_DATA")
    out = tmp_path_factory.mktemp("london")
    subprocess.run([sys.executable, real_data / "expand.py", "london", out], check=True, stdout=subprocess.DEVNULL)
    return sorted(out.rglob("*.jpg"))
