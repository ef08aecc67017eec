"""Two processes train one network as one process would."""

import numpy as np
import pandas as pd
import pytest
import torch
from torch import nn

from fer_lib.artifacts import read_card
from fer_lib.errors import InputError
from fer_lib.models import create_model
from fer_lib.training import Experiment, TrainConfig, cross_validate, fit
from fer_lib.training.batches import Batches
from fer_lib.training.fold_files import curves_path
from fer_lib.training.parallel import add_up, is_first, own_seed, process_group, rank, world_size
from fer_lib.training.shares import in_shares, share

from .conftest import CLASSES, bars
from .processes import together

# 39 training images: two batches of 16 and one of 7, and steps of two batches and of one
LABELS = np.repeat([0, 1, 2], [30, 20, 10])[np.random.default_rng(0).permutation(60)]
TRAIN, SELECT = np.arange(39), np.arange(39, 60)
EVERYTHING = {
    "optimizer": "radam", "schedule": "one_cycle", "accumulate": 2, "label_smoothing": 0.1, "cutout": 0.3,
    "mixup": 0.2, "average_decay": 0.5, "augmentation": "rotate",
}  # fmt: skip
#: What is trained: the network, a last batch of as many images, and switches.
TRAININGS = {
    "plain": ("plain", TRAIN, {}),
    "last batch of three": ("plain", TRAIN[:35], {"optimizer": "sgd"}),
    "everything": ("plain", TRAIN, EVERYTHING),
    "batch norm and dropout": ("simple_cnn", TRAIN, {}),
}


class Plain(nn.Module):
    """Without dropout and batch norm."""

    takes_guidance = False

    def __init__(self):
        super().__init__()
        self.conv = nn.Conv2d(1, 4, 5, stride=3)
        self.head = nn.Linear(4 * 5 * 5, 3)

    def forward(self, image):
        return self.head(nn.functional.max_pool2d(self.conv(image), 3).flatten(1))


def trained(name: str):
    kind, rows, switches = TRAININGS[name]
    torch.manual_seed(rank())  # processes that differ at first start alike all the same
    model = Plain() if kind == "plain" else create_model("simple_cnn", num_classes=3)
    batches = Batches(bars(LABELS), None, LABELS, 3, torch.device("cpu"), torch.float64)
    config = TrainConfig(epochs=2, batch_size=16, device="cpu", precision="fp64", learning_rate=1e-2, **switches)
    result = fit(model, batches, rows, SELECT, config, seed=5)
    return {"weights": model.state_dict(), "history": pd.DataFrame(result.history).drop(columns="seconds")}


def experiment(folder):
    labels = np.arange(36) % 3
    ids = np.array([f"face-{i:02d}" for i in range(36)])
    return Experiment(
        folder, "simple_cnn", bars(labels), None, labels, CLASSES, np.arange(36) // 3 % 2, np.arange(36), ids
    )


RUN = TrainConfig(epochs=2, batch_size=8, device="cpu", precision="fp32")


def work(folder):
    """What each of the two processes does."""
    for name in TRAININGS:
        torch.save(trained(name), folder / f"{name} {rank()}.pt")
    torch.save(own_seed(5), folder / f"seed {rank()}.pt")
    one = torch.tensor([float(rank() + 1)])
    assert world_size() == 2 and is_first() == (rank() == 0) and add_up(one).item() == 3
    (run,) = cross_validate([experiment(folder / "run")], RUN)
    torch.save(len(run.test), folder / f"tested {rank()}.pt")


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    path = tmp_path_factory.mktemp("processes")
    together(work, path)
    return path


def of(folder, name, process):
    return torch.load(folder / f"{name} {process}.pt", weights_only=False)


@pytest.mark.parametrize("name", [name for name in TRAININGS if name != "batch norm and dropout"])
def test_two_processes_train_what_one_trains(folder, name):
    alone, shared = trained(name), of(folder, name, 0)
    for key, value in alone["weights"].items():
        assert torch.allclose(value, shared["weights"][key], rtol=0, atol=1e-9), key
    pd.testing.assert_frame_equal(alone["history"], shared["history"], atol=1e-6)
    torch.manual_seed(0)
    start = Plain().head.weight.double()  # from where weights moved by far more than the tolerance
    assert not torch.allclose(alone["weights"]["head.weight"], start, rtol=0, atol=1e-4)


@pytest.mark.parametrize("name", TRAININGS)
def test_both_processes_have_the_same_network_and_history(folder, name):
    one, other = of(folder, name, 0), of(folder, name, 1)
    assert all(torch.equal(value, other["weights"][key]) for key, value in one["weights"].items())
    pd.testing.assert_frame_equal(one["history"], other["history"], check_exact=True)


def test_dropout_of_the_shares_differs(folder):
    assert of(folder, "seed", 0) == 5 == own_seed(5) and of(folder, "seed", 1) != 5


def test_a_run_is_written_once_and_complete(folder):
    card = read_card(folder / "run")
    assert card["engine"] == ["sequential (2 processes train each network together)"]
    assert of(folder, "tested", 0) == of(folder, "tested", 1) == 36
    for fold in (0, 1):
        assert len(list(curves_path(folder / "run", fold).iterdir())) == 1
    assert not (folder / "run" / "folds").exists()


@pytest.mark.parametrize("processes", [1, 2, 3, 8])
@pytest.mark.parametrize("count", [1, 2, 3, 5, 15, 16, 17])
def test_shares_are_the_batch_in_order_and_none_is_a_single_row(processes, count):
    parts = [range(*share(count, process, processes)) for process in range(processes)]
    assert [row for part in parts for row in part] == list(range(count))
    sizes = [len(part) for part in parts if len(part)]
    assert max(sizes) - min(sizes) <= 1 and (count == 1 or min(sizes) >= 2)


def test_alone_nothing_changes(monkeypatch):
    monkeypatch.delenv("WORLD_SIZE", raising=False)
    model = Plain()
    with process_group("cpu") as device:
        assert in_shares(model) is model and world_size() == 1 and rank() == 0 and is_first() and own_seed(7) == 7
        assert device == torch.device("cpu") and add_up(torch.ones(2)).tolist() == [1, 1]


@pytest.mark.parametrize(
    ("variables", "sentence"),
    [
        ({"WORLD_SIZE": "4"}, "WORLD_SIZE = 4 without RANK, LOCAL_RANK, MASTER_ADDR, MASTER_PORT, expected processes"),
        ({"WORLD_SIZE": "two"}, "WORLD_SIZE = 'two', expected a whole number, as torchrun sets it"),
    ],
)
def test_processes_that_were_not_started_together(monkeypatch, variables, sentence):
    for name in ("RANK", "LOCAL_RANK", "MASTER_ADDR", "MASTER_PORT"):
        monkeypatch.delenv(name, raising=False)
    for name, value in variables.items():
        monkeypatch.setenv(name, value)
    with pytest.raises(InputError, match=sentence), process_group("cpu"):
        pass


def seeded_once(folder):
    config = TrainConfig(epochs=1, batch_size=8, device="cpu", precision="fp32", seed_mode="once")
    with pytest.raises(InputError, match="seed_mode 'once' with 2 processes, expected seed_mode 'per_fold'"):
        cross_validate([experiment(folder / "once")], config)
    assert not (folder / "once").exists()


@pytest.mark.slow
def test_folds_that_go_on_from_each_other_are_refused(tmp_path):
    together(seeded_once, tmp_path)
