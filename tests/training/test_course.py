"""A training that was interrupted ends with the same bits as one that was not, whatever its parts are."""

import random
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
import torch

from fer_lib.artifacts import read_card
from fer_lib.models import create_model
from fer_lib.training import cross_validate, fit, fit_complete
from fer_lib.training.center_loss import CenterConfig
from fer_lib.training.center_runs import TABLES, train_center_loss
from fer_lib.training.course import lie_like_parameters
from fer_lib.training.optimizer import make_optimizer
from fer_lib.training.randomness import all_generators, set_all_generators
from fer_lib.training.resuming import Checkpoint
from fer_lib.training.source import read_source
from fer_lib.training.state_files import read_state, save_state
from fer_lib.training.transfer import transferred

LABELS = np.arange(60) % 3
PARTS = np.arange(0, 40), np.arange(40, 60)


def without_seconds(table):
    return pd.DataFrame(table).drop(columns="seconds")


@pytest.mark.parametrize("switches", [{}, {"optimizer": "sgd", "plateau_factor": 0.5}, {"image_sizes": (32, 48)}])
def test_a_fit_goes_on_within_an_epoch(make_batches, config, tmp_path, interrupted, switches):
    """Convolutions in channels_last, whose moments come back in another order than they are stored in. Rows are told
    once to each who trains."""
    network = "vgg_compact" if "image_sizes" in switches else "guided_stn"
    settings = config(epochs=3, checkpoint_seconds=0, augmentation="affine", **switches)
    told = {}

    def train(name, checkpoint):
        torch.manual_seed(1)
        model, told[name] = create_model(network, num_classes=3), []
        kept = {"checkpoint": checkpoint} if checkpoint else {}
        return model, fit(model, make_batches(LABELS), *PARTS, settings, seed=3, on_epoch=told[name].append, **kept)

    def checkpoint():
        return Checkpoint(tmp_path / "kept.safetensors", {"model": {}}, settings)

    straight, expected = train("straight", None)
    interrupted(lambda: train("killed", checkpoint()), after=6)  # four in the first epoch, two in the second
    assert len(told["killed"]) == 1
    resumed, found = train("resumed", checkpoint())
    assert all(torch.equal(value, resumed.state_dict()[key]) for key, value in straight.state_dict().items())
    pd.testing.assert_frame_equal(without_seconds(found.history), without_seconds(expected.history))
    assert told["resumed"] == found.history and [row["epoch"] for row in found.history] == [1, 2, 3]
    assert found.best_epoch == expected.best_epoch


def test_fused_optimizers_find_their_moments_where_the_parameters_say(config):
    model = create_model("simple_cnn", num_classes=3).to(memory_format=torch.channels_last)
    optimizer = make_optimizer(model, config(), torch.device("cpu"))
    for parameter in model.parameters():
        parameter.grad = torch.randn_like(parameter)
    optimizer.step()
    state = optimizer.state_dict()
    moments = {i: {name: value.contiguous() for name, value in own.items()} for i, own in state["state"].items()}
    optimizer.load_state_dict({**state, "state": moments})
    lie_like_parameters(optimizer)
    for i, (parameter, own) in enumerate(optimizer.state.items()):
        assert own["exp_avg"].stride() == parameter.stride()
        assert torch.equal(own["exp_avg"], moments[i]["exp_avg"])


def test_every_generator_goes_on(tmp_path):
    own = {"torch": torch.Generator().manual_seed(1), "numpy": np.random.default_rng(1), "none": None}
    cpu = torch.device("cpu")

    def draw():
        mine = torch.rand(3, generator=own["torch"]).tolist() + own["numpy"].normal(size=3).tolist()
        return [random.random(), random.gauss(0, 1), *np.random.normal(size=3), *torch.rand(3).tolist(), *mine]

    draw()
    save_state(tmp_path / "state.safetensors", all_generators(own, cpu))
    expected = draw()
    assert draw() != expected
    set_all_generators(read_state(tmp_path / "state.safetensors"), own, cpu)
    assert draw() == expected


def test_the_complete_network_goes_on(make_experiment, config, interrupted, tmp_path):
    killed, whole = (make_experiment(40, model="simple_cnn", folder=tmp_path / name) for name in ("killed", "whole"))
    settings = config(epochs=3, checkpoint_seconds=0)
    interrupted(lambda: fit_complete([killed], settings, "training_accuracy", workers=1), after=5)
    (one,), (other,) = (fit_complete([e], settings, "training_accuracy", workers=1) for e in (killed, whole))
    assert read_card(one)["weights"] == read_card(other)["weights"]
    assert {path.name for path in one.iterdir()} == {path.name for path in other.iterdir()}


def test_fine_tuning_goes_on(make_experiment, config, interrupted, tmp_path):
    """Gradually: which layers learn depends on the epoch."""
    source = make_experiment(40, model="simple_cnn", folder=tmp_path / "source")
    (folder,) = fit_complete([source], config(epochs=1), "training_accuracy", workers=1)
    cards, settings = [], config(epochs=3, fine_tune="gradual", checkpoint_seconds=0)
    for name in ("killed", "whole"):
        experiment = transferred(source, read_source(folder), tmp_path / name, "fine-tuned")
        if name == "killed":
            interrupted(lambda e=experiment: cross_validate([e], settings, workers=1), after=4)
        cards.append(cross_validate([experiment], settings, workers=1)[0].card)
    assert cards[0]["weights"] == cards[1]["weights"]


@pytest.mark.parametrize("after", [3, 7])
def test_a_training_with_centre_loss_goes_on(make_experiment, config, interrupted, tmp_path, after):
    """Before centre loss sets in, and with a snapshot behind it."""
    options = {"activation": "none"}
    one = make_experiment(60, folds=2, model="center_slim", model_options=options, folder=tmp_path / "killed")
    other = replace(one, folder=tmp_path / "whole")
    center = CenterConfig(weight=0.5, start_epoch=1, snapshot_every=1)
    settings = config(epochs=4, checkpoint_seconds=0, mixup=0.2)
    interrupted(lambda: train_center_loss([one], settings, [center], 0, workers=1), after=after)
    (resumed,), (straight,) = (train_center_loss([e], settings, [center], 0, workers=1) for e in (one, other))
    assert resumed.card["weights"] == straight.card["weights"]
    for table in TABLES:
        tables = [getattr(run, table).drop(columns="seconds", errors="ignore") for run in (resumed, straight)]
        pd.testing.assert_frame_equal(*tables)
    assert not list(one.folder.glob("unfinished*"))
