"""Training, runs and what is made of them."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd

from fer_lib.artifacts import write_card
from fer_lib.artifacts.runs import load_run
from fer_lib.evaluation.comparison import variant_table
from fer_lib.evaluation.selection import selection_optimism
from fer_lib.evaluation.statistics import compare_folds, fold_interval
from fer_lib.training import Experiment, TrainConfig, cross_validate
from fer_lib.training.complete import fit_complete
from fer_lib.training.losses import class_weights

from . import case

QUICK = TrainConfig(epochs=1, batch_size=8, device="cpu", precision="fp32")


def experiment(folder: str = "runs/mine", **changes) -> Experiment:
    """24 random images in three classes and two folds."""
    random = np.random.default_rng(0)
    arrays = {
        "images": random.integers(0, 256, (24, 48, 48), dtype=np.uint8),
        "guidance": None,
        "labels": np.arange(24) % 3,
        "classes": ("neutral", "positive", "negative"),
        "folds": np.arange(24) // 3 % 2,
        "groups": np.arange(24),
        "sample_ids": np.array([f"mine-{i}" for i in range(24)]),
    }
    return Experiment(Path(folder), **{"model": "simple_cnn", **arrays, **changes})


@case("run-other-parameters")
def _(place):
    made = experiment()
    write_card(made.folder, "run", made.parameters(QUICK))
    return lambda: cross_validate([made], replace(QUICK, epochs=2))


@case("run-folder-twice")
def _(place):
    return lambda: cross_validate([experiment(), experiment()], QUICK)


@case("run-stacked-once")
def _(place):
    return lambda: cross_validate([experiment()], replace(QUICK, engine="stacked", seed_mode="once"))


@case("run-configurations")
def _(place):
    return lambda: cross_validate([experiment(), experiment("runs/yours")], [QUICK])


@case("run-incomplete")
def _(place):
    place.write("runs/mine/config.json", "{}")
    return lambda: load_run("runs/mine")


@case("run-class-missing")
def _(place):
    return lambda: class_weights(np.array([0, 1, 1, 0]), 3)


@case("run-labels")
def _(place):
    return lambda: experiment(labels=np.arange(24) % 4)


@case("run-rows")
def _(place):
    return lambda: experiment(folds=np.zeros(23, int))


@case("run-sample-ids")
def _(place):
    return lambda: experiment(sample_ids=np.array(["mine"] * 24))


@case("training-epochs")
def _(place):
    return lambda: TrainConfig(epochs=0)


@case("training-batch")
def _(place):
    return lambda: TrainConfig(batch_size=1)


@case("training-precision")
def _(place):
    return lambda: TrainConfig(precision="half")


def predictions(samples: str, seed: int = 2020) -> pd.DataFrame:
    table = pd.DataFrame({"sample_id": list(samples), "fold": [0, 1] * (len(samples) // 2), "split": "test"})
    return table.assign(seed=seed, label=[0, 0, 1, 1][: len(samples)], predicted=0)


@case("compare-other-samples")
def _(place):
    published = pd.DataFrame(columns=["accuracy", "half_width"])
    return lambda: variant_table({"none": predictions("abcd"), "soft": predictions("abce")}, published)


@case("compare-one-fold")
def _(place):
    return lambda: fold_interval([70.1])


@case("compare-other-folds")
def _(place):
    return lambda: compare_folds([70.1, 71.3], [70.4, 70.9, 71.0], train_share=0.8)


@case("optimism-reference")
def _(place):
    return lambda: selection_optimism(pd.DataFrame({"fold": [0], "epoch": [1], "select_accuracy": [0.7]}))


@case("complete-mode")
def _(place):
    return lambda: fit_complete([], TrainConfig(), "all_epochs")


def switched(name: str, **values):
    """A case with these training switches."""

    @case(name)
    def arrange(place):
        return lambda: TrainConfig(**values)


switched("training-monitor", monitor="f1")
switched("training-seed-mode", seed_mode="per_epoch")
switched("training-localization-rate", localization_lr_factor=0)
switched("training-engine", engine="parallel")
switched("training-penalty", penalty=-0.01)
switched("training-weight-decay", weight_decay=-1)
switched("training-keep", keep="first")
switched("training-plateau-factor", plateau_factor=2)
switched("training-plateau-patience", plateau_patience=0)
switched("training-augmentation", augmentation="mixup")


@case("training-penalised-layers")
def _(place):
    return lambda: cross_validate([experiment()], TrainConfig(penalty=0.01, device="cpu"))
