"""Small studies in processes of their own, killed at a chosen step and started again."""

import multiprocessing
import os
import signal
import time
from itertools import count
from pathlib import Path

import numpy as np
import pandas as pd
import torch
import torch._dynamo  # optimizers import it when they are made
from torch.utils import tensorboard  # noqa: F401

from fer_lib.artifacts import cards, fingerprint, read_card
from fer_lib.training import Experiment, TrainConfig, course, cross_validate
from fer_lib.training.resuming import Checkpoint
from fer_lib.training.stacked import snapshot

from .conftest import CLASSES, bars

#: What a checkpoint has to carry is different in each.
STUDIES = {
    "switches": {
        **{"augmentation": "affine", "mixup": 0.2, "cutout": 0.3, "average_decay": 0.8, "accumulate": 2},
        **{"plateau_factor": 0.5, "plateau_patience": 1, "monitor": "macro_f1", "optimizer": "radam"},
    },
    "stacked": {
        **{"engine": "stacked", "augmentation": "affine", "dropout_eval": True},
        **{"plateau_factor": 0.5, "plateau_patience": 1},
    },
    "one_cycle": {"schedule": "one_cycle", "optimizer": "sgd", "keep": "last", "label_smoothing": 0.1},
    "seeded_once": {"seed_mode": "once", "augmentation": "rotate", "dropout_eval": True},
    "stops_early": {"patience": 1, "learning_rate": 0.01},
}


def run(folder: Path, name: str, steps, seconds: float = 0.0, without_generators: bool = False, dies=None) -> None:
    """Cross-validate the study `name`; `steps` is sent a byte whenever a checkpoint might be written.

    Args:
        dies: (name of a function that writes files, number): killed instead of its call of that number.
    """
    torch.set_num_threads(1)
    common = {"batch_size": 8, "device": "cpu", "precision": "fp32", "checkpoint_seconds": seconds, **STUDIES[name]}
    # models of a stack stop one after another
    configs = [TrainConfig(epochs=epochs, **common) for epochs in ((2, 4) if name == "stacked" else (4,))]
    due = Checkpoint.due

    def told(checkpoint):
        steps.send_bytes(b".")
        return due(checkpoint)

    Checkpoint.due = told
    cards.provenance = dict  # asks for the versions of packages again and again
    if without_generators:
        course.set_all_generators = snapshot.set_all_generators = lambda *_: None
    if dies is not None:
        kill_in(*dies)
    cross_validate([experiment(folder / str(i), seed=i) for i in range(len(configs))], configs, workers=1)


def kill_in(name: str, number: int) -> None:
    owner = Path if name == "write_bytes" else os
    real, calls = getattr(owner, name), count(1)

    def call(*arguments, **options):
        if next(calls) == number:
            if name == "write_bytes":
                real(arguments[0], arguments[1][: len(arguments[1]) // 2])
            os.kill(os.getpid(), signal.SIGKILL)
        return real(*arguments, **options)

    setattr(owner, name, call)


def experiment(folder: Path, seed: int) -> Experiment:
    """Two folds."""
    labels = np.arange(42) % 3
    return Experiment(
        folder, "simple_cnn", bars(labels, seed), None, labels, CLASSES,
        folds=np.arange(42) // 3 % 2, groups=np.arange(42), sample_ids=np.arange(42).astype(str),
    )  # fmt: skip


def results(folder: Path) -> dict[str, str]:
    """Hashes of the weights, history (without times) and predictions of all runs."""
    found = {}
    for run in sorted(folder.iterdir()):
        found |= {f"{run.name}/{name}": sha256 for name, sha256 in read_card(run)["weights"].items()}
        for table in ("history", "predictions"):
            content = pd.read_parquet(run / f"{table}.parquet").drop(columns="seconds", errors="ignore")
            found[f"{run.name}/{table}"] = fingerprint(content.to_dict("list"), 32)
    return found


def checkpoints(folder: Path) -> list[Path]:
    """Complete ones."""
    return [*folder.glob("*/folds/*/unfinished.safetensors"), *folder.glob(".stack-*.safetensors")]


class Processes:
    """Starts studies; what they import is imported once."""

    def __init__(self):
        self._context = multiprocessing.get_context("forkserver")
        self._context.set_forkserver_preload([__name__])

    def whole(self, folder: Path, name: str, **options) -> int:
        """Run to the end; how often a checkpoint might have been written."""
        steps, status = self._run(folder, name, None, 0.0, options)
        assert status == 0
        return steps

    def died(self, folder: Path, name: str, dies: tuple[str, int]) -> bool:
        """The same, killed where `dies` says."""
        return self._run(folder, name, None, 0.0, {"dies": dies})[1] == -signal.SIGKILL

    def killed(self, folder: Path, name: str, after: int, later: float = 0.0) -> bool:
        """The same, killed `later` seconds after the step `after`. Whether it was not over by then."""
        return self._run(folder, name, after, later, {})[1] == -signal.SIGKILL

    def _run(self, folder: Path, name: str, after: int | None, later: float, options: dict) -> tuple[int, int]:
        here, there = self._context.Pipe(duplex=False)
        process = self._context.Process(target=run, args=(folder, name, there), kwargs=options)
        process.start()
        there.close()
        steps = 0
        try:
            while after is None or steps < after:
                here.recv_bytes()
                steps += 1
            time.sleep(later)
            process.kill()
        except EOFError:  # the study is over
            pass
        process.join()
        return steps, process.exitcode
