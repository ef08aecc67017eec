"""Tiny data sets that a network can learn in a second or two."""

import numpy as np
import pytest
import torch

from fer_lib.training import Experiment, TrainConfig
from fer_lib.training.batches import Batches
from fer_lib.training.resuming import Checkpoint

CLASSES = ("neutral", "positive", "negative")


@pytest.fixture(autouse=True, scope="session")
def one_thread():
    """Small networks on several threads wait for each other, beside other test workers all the more."""
    torch.set_num_threads(1)


def bars(labels, seed=0):
    """uint8 (N, 48, 48): noise, and a bright bar whose height tells the class."""
    rng = np.random.default_rng(seed)
    images = rng.integers(0, 120, (len(labels), 48, 48), dtype=np.uint8)
    for image, label in zip(images, labels, strict=True):
        image[8 + 12 * label : 14 + 12 * label, 8:40] += 100
    return images


@pytest.fixture
def config():
    """``config(epochs=2, …)``: CPU and float32, so that equal means equal."""

    def make(**changes):
        return TrainConfig(**{"epochs": 2, "batch_size": 16, "device": "cpu", "precision": "fp32", **changes})

    return make


@pytest.fixture
def make_batches():
    """``make_batches(labels, …)``: Batches of bars on the CPU."""

    def make(labels, guidance=None, images=None, num_classes=3):
        images = bars(labels) if images is None else images
        return Batches(images, guidance, labels, num_classes, torch.device("cpu"))

    return make


@pytest.fixture
def make_experiment(tmp_path):
    """``make_experiment(n=120, folds=2, …)``: one run of bars; fields can be replaced by name."""

    def make(n=120, folds=2, **fields):
        labels = np.arange(n) % 3
        guided = fields.get("model", "guided_stn") == "guided_stn"
        defaults = {
            "folder": tmp_path / "run",
            "model": "guided_stn",
            "images": bars(labels),
            "guidance": bars(labels, seed=1) if guided else None,
            "labels": labels,
            "classes": CLASSES,
            "folds": folds if np.ndim(folds) else np.random.default_rng(3).permutation(np.arange(n) % folds),
            "groups": np.arange(n),
            "sample_ids": np.array([f"face-{i:04d}" for i in range(n)]),
            "identity": {"dataset": "bars"},
        }
        return Experiment(**{**defaults, **fields})

    return make


@pytest.fixture
def interrupted(monkeypatch):
    """``interrupted(work, after=3)``: `work` ends right after its third checkpoint."""

    def run(work, after):
        real, written = Checkpoint.save, []

        def save(self, *arguments):
            real(self, *arguments)
            written.append(self.path)
            if len(written) == after:
                raise KeyboardInterrupt

        with monkeypatch.context() as patch:
            patch.setattr(Checkpoint, "save", save)
            with pytest.raises(KeyboardInterrupt):
                work()

    return run
