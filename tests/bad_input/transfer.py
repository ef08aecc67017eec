"""Networks that others start from, and notebook 08."""

from dataclasses import replace
from pathlib import Path

import torch

from fer_lib.artifacts import file_sha256, read_card, write_card
from fer_lib.datasets import load_dataset
from fer_lib.models import create_model
from fer_lib.studies.transfer import prepare_targets
from fer_lib.studies.transfer_parameters import TransferStudy
from fer_lib.training import TrainConfig, cross_validate
from fer_lib.training.checkpoints import save_weights
from fer_lib.training.engine import choose_engine
from fer_lib.training.fold import FoldJob
from fer_lib.training.source import read_source

from . import case
from .runs import QUICK, experiment, switched

switched("training-fine-tune", fine_tune="partly")
switched("training-unfreeze", unfreeze_every=0)

TINY = {"images": 40, "subjects": 5}
TARGET = {"dataset": "synthetic", "options": TINY, "folds": 2}


def source(kind: str = "complete", classes=("neutral", "positive", "negative")) -> Path:
    """A network in ``runs/source`` that was never trained."""
    folder = Path("runs/source")
    weights = folder / "weights" / "complete.safetensors"
    save_weights(weights, create_model("simple_cnn", num_classes=len(classes)))
    made = {"model": "simple_cnn", "classes": list(classes), "training": QUICK.identity()}
    write_card(folder, kind, made, weights={weights.name: file_sha256(weights)})
    return folder


def notebook(name: str, **values):
    """A case in which notebook 08 is given these parameters."""

    @case(name)
    def arrange(place):
        return lambda: TransferStudy.check({"targets": [TARGET], **values})


notebook("transfer-target-key", targets=[{"dataset": "ckplus", "fold": 10}])
notebook("transfer-target-dataset", targets=[{"folds": 10}])
notebook("transfer-modes-twice", modes=["full", "full"])


@case("transfer-nothing-learned")
def _(place):
    return lambda: cross_validate([experiment()], TrainConfig(fine_tune="head", device="cpu"))


@case("transfer-stacked")
def _(place):
    job = FoldJob(experiment(), TrainConfig(fine_tune="head", engine="stacked", device="cpu"), 0)
    return lambda: choose_engine([job], torch.device("cpu"), 1)


@case("transfer-source-missing")
def _(place):
    return lambda: read_source("runs/source")


@case("transfer-source-folds")
def _(place):
    folder = source(kind="run")
    return lambda: read_source(folder)


@case("transfer-source-exchanged")
def _(place):
    folder = source()
    place.write("runs/source/weights/complete.safetensors", "other")
    write_card(folder, "complete", read_card(folder)["parameters"], weights={"complete.safetensors": "0123abcd"})
    return lambda: read_source(folder)


@case("transfer-classes")
def _(place):
    start = read_source(source(classes=("negative", "neutral", "positive")))
    return lambda: experiment(initial=start)


@case("transfer-model")
def _(place):
    start = read_source(source())
    return lambda: replace(experiment(), model="guided_stn", initial=start)


@case("transfer-source-runs")
def _(place):
    study = TransferStudy.check({"targets": [TARGET], "source_runs": {"nne": "runs/source"}})
    return study.source_paths


@case("transfer-gradcam")
def _(place):
    return lambda: TransferStudy.check({"targets": [TARGET], "variants": ["none", "saliency_gradcam"]})


@case("transfer-shared-images")
def _(place):
    study = TransferStudy.check({"targets": [TARGET], "label_space": "native"})
    faces = load_dataset("synthetic", study.data, **TINY)
    return lambda: prepare_targets(study, faces)
