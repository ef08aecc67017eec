"""Quirk Q5: seeds set once, so that every fold depends on those before it; and how such a run goes on."""

import json

import numpy as np
import pandas as pd
import pytest
import torch

from fer_lib.artifacts import read_card
from fer_lib.errors import InputError
from fer_lib.training import cross_validate, fit
from fer_lib.training import fold as fold_module
from fer_lib.training.batches import Batches
from fer_lib.training.checkpoints import read_weights
from fer_lib.training.fold import train_fold
from fer_lib.training.fold_files import fold_folder, weights_path


@pytest.fixture
def three(make_experiment, tmp_path):
    """``three(name, …)``: an experiment of three folds in a folder of its own."""

    def make(name="run", **fields):
        return make_experiment(90, 3, **{"model": "simple_cnn", "folder": tmp_path / name, **fields})

    return make


def weights(experiment, fold):
    return read_weights(weights_path(experiment.folder, fold))


def same(one, other):
    return all(torch.equal(value, other[key]) for key, value in one.items())


def killed_before(monkeypatch, fold, experiment, config):
    """Cross-validate until `fold` is to begin."""
    real = fold_module.train_fold

    def train(experiment, config, k, tell, engine):
        if k == fold:
            raise RuntimeError("power cut")
        real(experiment, config, k, tell, engine)

    with monkeypatch.context() as patch:
        patch.setattr(fold_module, "train_fold", train)
        with pytest.raises(RuntimeError, match="power cut"):
            cross_validate([experiment], config, workers=1)


def test_folds_seeded_once_equal_their_slow_twin(three, config):
    """One seed, then fold after fold, all draws from torch's own generator."""
    experiment, settings = three(), config(seed_mode="once")
    (run,) = cross_validate([experiment], settings, workers=1)
    data = Batches(experiment.images, None, experiment.labels, 3, torch.device("cpu"))
    torch.manual_seed(settings.seed)
    for fold in (0, 1, 2):
        model = experiment.build_model()
        train, select, _ = experiment.split(fold, settings)
        fit(model, data, train, select, settings, seed=None)
        assert same(model.state_dict(), weights(experiment, fold)), fold
    assert run.card["seeds"] == [settings.seed]


@pytest.mark.parametrize(("mode", "depends"), [("per_fold", False), ("once", True)])
def test_a_fold_depends_on_those_before_it_only_when_seeded_once(three, config, mode, depends):
    """Fold 0 trains for one epoch more: does fold 1 change? No epoch of fold 1 itself is different."""
    one, other = three("one"), three("other")
    real, longer = fold_module.fit, config(epochs=3)
    settings = config(seed_mode=mode, protocol="reference", patience=9)
    for fold in (0, 1):
        train_fold(one, settings, fold)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(fold_module, "fit", lambda m, d, t, s, c, **k: real(m, d, t, s, longer, **k))
        train_fold(other, settings, 0)
    train_fold(other, settings, 1)
    assert same(weights(one, 1), weights(other, 1)) is not depends


def test_other_draws_between_folds_do_not_matter(three, config):
    one, other, settings = three("one"), three("other"), config(seed_mode="once")
    for experiment in (one, other):
        for fold in (0, 1):
            train_fold(experiment, settings, fold)
            if experiment is other:
                torch.manual_seed(99)
    assert same(weights(one, 1), weights(other, 1))


@pytest.mark.parametrize("fold", [1, 2])
def test_an_interrupted_run_goes_on_exactly(three, config, monkeypatch, fold):
    broken, whole, settings = three("broken"), three("whole"), config(seed_mode="once", dropout_eval=True)
    killed_before(monkeypatch, fold, broken, settings)
    assert read_card(fold_folder(broken.folder, fold - 1)) is not None
    kept = weights_path(broken.folder, fold - 1).stat().st_mtime_ns
    resumed, straight = cross_validate([broken, whole], settings, workers=1)
    assert weights_path(broken.folder, fold - 1).stat().st_mtime_ns == kept  # not trained again
    pd.testing.assert_frame_equal(resumed.predictions, straight.predictions)
    assert resumed.card["weights"] == straight.card["weights"]


def test_the_result_does_not_depend_on_the_number_of_workers(three, config):
    settings = config(seed_mode="once", epochs=1)
    cards = {}
    for workers in (1, 2):
        experiments = [three(f"{workers}-a"), three(f"{workers}-b", model="guided_stn")]
        cards[workers] = [run.card["weights"] for run in cross_validate(experiments, settings, workers=workers)]
    assert cards[1] == cards[2]


def test_a_fold_without_the_one_before_it_is_refused(three, config):
    experiment = three()
    with pytest.raises(InputError, match="fold 1 goes on from fold 0, which is not complete; train that first"):
        train_fold(experiment, config(seed_mode="once"), 1)
    train_fold(experiment, config(), 1)  # with a seed of its own it needs nobody


def test_a_fold_trained_again_takes_the_later_ones_with_it(three, config):
    experiment, settings = three(), config(seed_mode="once")
    for fold in (0, 1, 2):
        train_fold(experiment, settings, fold)
    (fold_folder(experiment.folder, 1) / "card.json").unlink()
    train_fold(experiment, settings, 1)
    assert read_card(fold_folder(experiment.folder, 0)) and read_card(fold_folder(experiment.folder, 1))
    assert read_card(fold_folder(experiment.folder, 2)) is None


def test_on_another_type_of_device_it_begins_anew(three, config, monkeypatch):
    """The generators of a GPU cannot be set on a CPU: as if fold 0 had been trained on one."""
    experiment, settings = three(), config(seed_mode="once", epochs=1)
    killed_before(monkeypatch, 1, experiment, settings)
    card = fold_folder(experiment.folder, 0) / "card.json"
    content = json.loads(card.read_text())
    assert content["parameters"]["device"] == "cpu"
    content["parameters"]["device"] = "cuda"
    card.write_text(json.dumps(content))
    kept = weights_path(experiment.folder, 0).stat().st_mtime_ns
    (run,) = cross_validate([experiment], settings, workers=1)
    assert weights_path(experiment.folder, 0).stat().st_mtime_ns > kept
    assert "device" not in run.card["parameters"]  # of the finished run it is no condition


def test_a_finished_run_keeps_no_generators(three, config):
    experiment = three()
    cross_validate([experiment], config(seed_mode="once", epochs=1), workers=1)
    assert not list(experiment.folder.rglob("generators*"))
    train_fold(three("default"), config(epochs=1), 0)
    assert not list(three("default").folder.rglob("generators*"))


def test_the_inner_split_is_the_same_in_both_modes(three, config):
    experiment = three()
    for fold in (0, 1, 2):
        splits = [experiment.split(fold, config(seed_mode=mode)) for mode in ("per_fold", "once")]
        assert all(np.array_equal(one, other) for one, other in zip(*splits, strict=True))
