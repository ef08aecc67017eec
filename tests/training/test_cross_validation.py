"""Runs on disk: complete or absent, made once, resumed where they broke off, the same bits on any worker."""

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
import torch

from fer_lib.artifacts import file_sha256, read_card
from fer_lib.errors import InputError
from fer_lib.models import create_model
from fer_lib.training import cross_validate
from fer_lib.training import fold as fold_module
from fer_lib.training.batches import Batches
from fer_lib.training.checkpoints import load_weights
from fer_lib.training.fold_files import fold_folder, weights_path
from fer_lib.training.loop import predict_logits

COLUMNS = ["sample_id", "fold", "split", "label", "predicted", "p_0", "p_1", "p_2"]


def files_of(folder):
    return {path: path.stat().st_mtime_ns for path in folder.rglob("*") if path.is_file()}


@pytest.fixture
def fits(monkeypatch):
    """Seeds of the folds that were really trained."""
    seeds, real = [], fold_module.fit
    monkeypatch.setattr(fold_module, "fit", lambda *a, seed, **k: seeds.append(seed) or real(*a, seed=seed, **k))
    return seeds


@pytest.fixture
def fold_1_fails(monkeypatch):
    real = fold_module.train_fold

    def train(experiment, config, fold, tell, engine):
        if fold == 1:
            raise RuntimeError("power cut")
        real(experiment, config, fold, tell, engine)

    with monkeypatch.context() as patch:
        patch.setattr(fold_module, "train_fold", train)
        yield patch


def test_a_run_keeps_its_contract_on_disk(make_experiment, config):
    experiment = make_experiment()
    (run,) = cross_validate([experiment], config(), workers=1)
    folder = experiment.folder
    assert {path.name for path in folder.iterdir()} == {
        "config.json",
        "history.parquet",
        "predictions.parquet",
        "theta.parquet",
        "weights",
        "tensorboard",
        "card.json",
    }
    assert sorted(path.name for path in (folder / "weights").iterdir()) == ["fold0.safetensors", "fold1.safetensors"]
    assert list(folder.glob("tensorboard/fold1/events.out.tfevents.*"))

    assert list(run.predictions) == COLUMNS
    probabilities = run.predictions.filter(like="p_")
    assert (probabilities.dtypes == np.float16).all()
    assert np.abs(probabilities.astype(float).sum(axis=1) - 1).max() < 2e-3
    assert set(run.predictions["split"]) == {"test", "validation"}

    assert sorted(run.test["sample_id"]) == sorted(experiment.sample_ids)
    truth = dict(zip(experiment.sample_ids, zip(experiment.labels, experiment.folds, strict=True), strict=True))
    assert all(truth[row.sample_id] == (row.label, row.fold) for row in run.test.itertuples())
    selecting = run.predictions[run.predictions["split"] == "validation"]
    assert all(truth[row.sample_id][1] != row.fold for row in selecting.itertuples())

    assert run.history.groupby("fold")["epoch"].apply(list).to_dict() == {0: [1, 2], 1: [1, 2]}
    assert sorted(run.theta["sample_id"]) == sorted(experiment.sample_ids)


def test_the_card_tells_how_the_run_was_made(make_experiment, config):
    experiment = make_experiment()
    (run,) = cross_validate([experiment], config(), workers=1)
    card = run.card
    assert card["kind"] == "run" and card["parameters"] == experiment.parameters(config())
    assert (card["selected_on"], card["reported_on"]) == ("inner validation", "outer fold")
    assert card["samples"] == 120 and card["seeds"] == [2020, 2021]
    assert card["parameters_in_model"] == 66_673
    assert card["precision"] == ["float32"] and card["device"][0].startswith("cpu")
    assert card["weights"] == {
        f"fold{fold}.safetensors": file_sha256(weights_path(experiment.folder, fold)) for fold in (0, 1)
    }
    for fold, facts in enumerate(card["folds"]):
        assert facts["fold"] == fold and facts["epochs_run"] == 2 and facts["best_epoch"] in (1, 2)
        assert facts["samples"]["train"] + facts["samples"]["select"] + facts["samples"]["test"] == 120


def test_reference_protocol_says_that_the_reported_fold_selected(make_experiment, config):
    (run,) = cross_validate([make_experiment(model="simple_cnn")], config(protocol="reference"), workers=1)
    assert run.card["selected_on"] == "reported fold"
    assert len(run.predictions) == len(run.test) == 120


def test_a_model_without_transformer_has_no_theta(make_experiment, config):
    (run,) = cross_validate([make_experiment(model="simple_cnn")], config(epochs=1), workers=1)
    assert len(run.theta) == 0
    assert list(run.theta) == ["sample_id", "fold", *(f"theta_{i}" for i in range(6))]


def test_saved_weights_reproduce_the_stored_predictions(make_experiment, config):
    experiment = make_experiment()
    (run,) = cross_validate([experiment], config(), workers=1)
    data = Batches(experiment.images, experiment.guidance, experiment.labels, 3, torch.device("cpu"))
    for fold in (0, 1):
        model = create_model("guided_stn", num_classes=3)
        load_weights(model, weights_path(experiment.folder, fold))
        logits = predict_logits(model, data, np.flatnonzero(experiment.folds == fold))
        stored = run.test[run.test["fold"] == fold]
        assert np.array_equal(logits.argmax(1).numpy(), stored["predicted"])
        assert np.abs(logits.softmax(1).numpy() - stored.filter(like="p_").to_numpy(float)).max() < 1e-3


def test_a_second_call_does_nothing(make_experiment, config, fits):
    experiment = make_experiment()
    (first,) = cross_validate([experiment], config(), workers=1)
    before = files_of(experiment.folder)
    (second,) = cross_validate([experiment], config(), workers=1)
    assert fits == [2020, 2021]
    assert files_of(experiment.folder) == before
    pd.testing.assert_frame_equal(first.predictions, second.predictions)


def test_complete_run_is_not_overwritten_by_other_parameters(make_experiment, config):
    experiment = make_experiment(model="simple_cnn")
    (first,) = cross_validate([experiment], config(), workers=1)
    with pytest.raises(InputError, match="holds a complete run made with other data or parameters"):
        cross_validate([experiment], config(learning_rate=0.01), workers=1)
    assert cross_validate([experiment], config(), workers=1)[0].card == first.card


@pytest.mark.parametrize("changed", ["images", "labels", "folds"])
def test_complete_run_is_not_taken_for_one_on_other_data(make_experiment, config, changed):
    experiment = make_experiment(model="simple_cnn")
    cross_validate([experiment], config(), workers=1)
    other = replace(experiment, **{changed: np.ascontiguousarray(getattr(experiment, changed)[::-1])})
    with pytest.raises(InputError, match="made with other data"):
        cross_validate([other], config(), workers=1)


def test_a_broken_run_has_no_card_and_goes_on_where_it_broke(make_experiment, config, fits, fold_1_fails):
    experiment = make_experiment(model="simple_cnn")
    with pytest.raises(RuntimeError, match="power cut"):
        cross_validate([experiment], config(), workers=1)
    assert read_card(experiment.folder) is None
    assert read_card(fold_folder(experiment.folder, 0)) is not None
    weights = weights_path(experiment.folder, 0).stat().st_mtime_ns

    fold_1_fails.undo()
    (run,) = cross_validate([experiment], config(), workers=1)
    assert fits == [2020, 2021]  # fold 0 once, fold 1 once
    assert weights_path(experiment.folder, 0).stat().st_mtime_ns == weights
    assert len(run.test) == 120


def test_a_resumed_run_equals_an_uninterrupted_one(make_experiment, config, tmp_path, fold_1_fails):
    experiment = make_experiment(model="simple_cnn")
    with pytest.raises(RuntimeError, match="power cut"):
        cross_validate([experiment], config(), workers=1)
    fold_1_fails.undo()
    whole = make_experiment(model="simple_cnn", folder=tmp_path / "whole")
    resumed, straight = cross_validate([experiment, whole], config(), workers=1)
    pd.testing.assert_frame_equal(resumed.predictions, straight.predictions)


def test_the_result_does_not_depend_on_the_number_of_workers(make_experiment, config, tmp_path):
    runs = []
    for workers in (1, 2):
        experiment = make_experiment(folder=tmp_path / str(workers))
        runs += cross_validate([experiment], config(), workers=workers)
    pd.testing.assert_frame_equal(runs[0].predictions, runs[1].predictions)
    pd.testing.assert_frame_equal(runs[0].theta, runs[1].theta)
    assert runs[0].card["weights"] == runs[1].card["weights"]


def test_an_error_in_a_worker_process_keeps_its_sentence(make_experiment, config):
    """Class 2 exists in fold 0 alone, so training for fold 0 has none of it."""
    folds = np.where(np.arange(120) % 3 == 2, 0, np.arange(120) % 2)
    experiment = make_experiment(model="simple_cnn", folds=folds)
    with pytest.raises(InputError, match="class 2 has no training sample"):
        cross_validate([experiment], config(epochs=1), workers=2)
    assert read_card(experiment.folder) is None


def test_threads_are_given_back(make_experiment, config):
    torch.set_num_threads(2)
    try:
        cross_validate([make_experiment(model="simple_cnn")], config(epochs=1), workers=1)
        assert torch.get_num_threads() == 2
    finally:
        torch.set_num_threads(1)


def test_several_experiments_come_back_in_order(make_experiment, config, tmp_path):
    experiments = [make_experiment(60, model="simple_cnn", folder=tmp_path / name) for name in "ba"]
    runs = cross_validate(experiments, config(epochs=1), workers=1)
    assert [run.folder.name for run in runs] == ["b", "a"]


def test_two_experiments_in_one_folder_are_refused(make_experiment, config):
    with pytest.raises(InputError, match="two experiments share a folder"):
        cross_validate([make_experiment(), make_experiment(model="simple_cnn")], config(), workers=1)


@pytest.mark.skipif(torch.cuda.is_available(), reason="here CUDA is not absent")
def test_an_absent_device_is_told_before_any_file_is_written(make_experiment, config):
    experiment = make_experiment()
    with pytest.raises(InputError, match="device 'cuda' cannot be used here"):
        cross_validate([experiment], config(device="cuda"), workers=1)
    assert not experiment.folder.exists()


def test_a_split_with_a_part_of_its_own_that_selects(make_experiment, config):
    folds, selecting = np.repeat([-1, 0], [90, 30]), np.isin(np.arange(120), range(70, 90))
    experiment = make_experiment(folds=folds, selecting=selecting)
    (run,) = cross_validate([experiment], config())
    scored = run.predictions.groupby("split")["sample_id"].agg(list)
    assert sorted(scored["test"]) == list(experiment.sample_ids[90:])
    assert sorted(scored["validation"]) == list(experiment.sample_ids[70:90])
    assert run.card["selected_on"] == "validation part of the split"
    assert run.card["samples"] == 30 and run.card["folds"][0]["samples"] == {"train": 70, "select": 20, "test": 30}
