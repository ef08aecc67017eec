"""The network trained on every sample: its two ways to end, and that it never passes for a result."""

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
import torch

from fer_lib.artifacts import file_sha256, read_card
from fer_lib.artifacts.runs import load_run
from fer_lib.errors import InputError
from fer_lib.training import complete as complete_module
from fer_lib.training import cross_validate, fit, fit_complete
from fer_lib.training.batches import Batches
from fer_lib.training.checkpoints import load_weights
from fer_lib.training.complete import complete_folder, complete_weights_path, mean_best_epoch

MODES = ("training_accuracy", "epochs_from_cv")


@pytest.fixture
def small(make_experiment):
    return make_experiment(60, model="simple_cnn")


@pytest.fixture
def fits(monkeypatch):
    """Arguments of every training that happens here."""
    calls, real = [], complete_module.fit

    def spy(model, batches, train, select, config, **options):
        calls.append({"train": train, "select": select, "epochs": config.epochs, "keep": config.keep, **options})
        return real(model, batches, train, select, config, **options)

    monkeypatch.setattr(complete_module, "fit", spy)
    return calls


def cross_validated(experiment, config):
    return cross_validate([experiment], config, workers=1)


def with_best_epochs(run, *epochs):
    return replace(run, card={**run.card, "folds": [{"best_epoch": epoch} for epoch in epochs]})


def files_of(folder):
    return {path: path.stat().st_mtime_ns for path in folder.rglob("*") if path.is_file()}


def test_training_accuracy_equals_its_slow_twin(small, config):
    """All samples, the published stop, the weights of the best epoch."""
    settings = config(epochs=6, patience=2)
    (folder,) = fit_complete([small], settings, "training_accuracy", workers=1)
    torch.manual_seed(settings.seed)
    model = small.build_model()
    data = Batches(small.images, None, small.labels, 3, torch.device("cpu"))
    result = fit(model, data, np.arange(60), None, settings, seed=settings.seed)
    stored = small.build_model()
    load_weights(stored, complete_weights_path(folder))
    assert all(torch.equal(value, model.state_dict()[key]) for key, value in stored.state_dict().items())
    history = pd.read_parquet(folder / "history.parquet")
    assert history["train_accuracy"].to_list() == [row["train_accuracy"] for row in result.history]
    assert read_card(folder)["best_epoch"] == history["train_accuracy"].idxmax() + 1


def test_epochs_from_cv_trains_for_the_mean_best_epoch_and_keeps_the_last(small, config, fits):
    settings = config(epochs=9)
    (run,) = cross_validated(small, settings)
    run = with_best_epochs(run, 1, 3, 4)
    (folder,) = fit_complete([small], settings, "epochs_from_cv", [run], workers=1)
    assert [call["epochs"] for call in fits] == [3] and fits[0]["keep"] == "last"
    card = read_card(folder)
    assert card["best_epoch"] == card["epochs_run"] == len(pd.read_parquet(folder / "history.parquet")) == 3
    assert not card["stopped_early"]


@pytest.mark.parametrize(("epochs", "mean"), [((67, 68, 70), 68), ((1, 1), 1), ((100, 101, 101), 101), ((5,), 5)])
def test_the_mean_best_epoch_is_rounded(small, config, epochs, mean):
    (run,) = cross_validated(small, config(epochs=1))
    assert mean_best_epoch(small, config(epochs=1), with_best_epochs(run, *epochs)) == mean


@pytest.mark.parametrize("mode", MODES)
def test_every_sample_is_learnt_and_none_is_held_out(small, config, fits, mode):
    (run,) = cross_validated(small, config(epochs=1))
    fit_complete([small], config(epochs=1), mode, [run], workers=1)
    assert fits[0]["train"].tolist() == list(range(60)) and fits[0]["select"] is None
    assert fits[0].get("watch") is None


def test_a_complete_network_keeps_its_contract_on_disk(small, config):
    settings = config(epochs=2)
    (folder,) = fit_complete([small], settings, "training_accuracy", workers=1)
    assert folder == small.folder.with_name("run-complete-training_accuracy")
    assert {path.name for path in folder.iterdir()} == {
        "config.json",
        "history.parquet",
        "weights",
        "tensorboard",
        "card.json",
    }
    card = read_card(folder)
    assert card["kind"] == "complete" and card["parameters"]["complete"] == "training_accuracy"
    assert card["selected_on"] == "training accuracy of all samples"
    assert card["reported_on"] == "nothing, as no sample was held out"
    assert card["samples"] == 60 and card["seeds"] == [2020] and card["parameters_in_model"] == 43_553
    assert card["weights"] == {"complete.safetensors": file_sha256(complete_weights_path(folder))}
    assert list(folder.glob("tensorboard/complete/events.out.tfevents.*"))


def test_it_never_passes_for_a_result(small, config):
    (folder,) = fit_complete([small], config(epochs=1), "training_accuracy", workers=1)
    assert not list(folder.rglob("predictions*"))
    with pytest.raises(InputError, match=r"run-complete-training_accuracy: a card of kind 'complete', expected 'run'"):
        load_run(folder)


@pytest.mark.parametrize("mode", MODES)
def test_a_second_call_does_nothing(small, config, fits, mode):
    (run,) = cross_validated(small, config())
    (folder,) = fit_complete([small], config(), mode, [run], workers=1)
    before = files_of(folder)
    assert fit_complete([small], config(), mode, [run], workers=1) == [folder]
    assert files_of(folder) == before and len(fits) == 1


def test_it_is_not_overwritten_by_other_parameters_data_or_epochs(small, config):
    fit_complete([small], config(), "training_accuracy", workers=1)
    other = replace(small, images=small.images[::-1].copy())
    for experiment, settings in ((small, config(learning_rate=0.01)), (other, config())):
        with pytest.raises(InputError, match="made with other data or parameters"):
            fit_complete([experiment], settings, "training_accuracy", workers=1)
    (run,) = cross_validated(small, config())
    fit_complete([small], config(), "epochs_from_cv", [with_best_epochs(run, 1, 1)], workers=1)
    with pytest.raises(InputError, match="made with other data or parameters"):
        fit_complete([small], config(), "epochs_from_cv", [with_best_epochs(run, 2, 2)], workers=1)


def test_an_interrupted_training_has_no_card_and_begins_anew(small, config, monkeypatch):
    def killed(*_):
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(complete_module, "save_weights", killed)
        with pytest.raises(KeyboardInterrupt):
            fit_complete([small], config(), "training_accuracy", workers=1)
    folder = complete_folder(small, "training_accuracy")
    assert folder.exists() and read_card(folder) is None
    fit_complete([small], config(), "training_accuracy", workers=1)
    assert read_card(folder) is not None
    assert len(list(folder.glob("tensorboard/complete/*"))) == 1


def test_cross_validation_and_both_networks_stand_beside_each_other(small, config):
    (run,) = cross_validated(small, config(epochs=1))
    before = files_of(small.folder)
    folders = [fit_complete([small], config(epochs=1), mode, [run], workers=1)[0] for mode in MODES]
    assert len({small.folder, *folders}) == 3
    assert files_of(small.folder) == before
    assert load_run(small.folder).card == run.card


def test_the_result_does_not_depend_on_the_number_of_workers(make_experiment, config, tmp_path):
    hashes = {}
    for workers in (1, 2):
        experiments = [
            make_experiment(60, model=name, folder=tmp_path / f"{workers}-{name}")
            for name in ("simple_cnn", "guided_stn")
        ]
        folders = fit_complete(experiments, config(), "training_accuracy", workers=workers)
        hashes[workers] = [read_card(folder)["weights"] for folder in folders]
    assert hashes[1] == hashes[2]


def test_options_of_the_model_are_kept(make_experiment, config):
    experiment = make_experiment(60, model_options={"padding_mode": "border"})
    (folder,) = fit_complete([experiment], config(epochs=1), "training_accuracy", workers=1)
    assert read_card(folder)["parameters"]["model_options"] == {"padding_mode": "border"}


def test_what_is_missing_or_foreign_is_told(small, make_experiment, config, tmp_path):
    with pytest.raises(InputError, match="complete 'best', expected one of training_accuracy, epochs_from_cv"):
        fit_complete([small], config(), "best")
    with pytest.raises(InputError, match="epochs_from_cv needs the cross-validation of every experiment"):
        fit_complete([small], config(), "epochs_from_cv")
    (run,) = cross_validated(small, config(epochs=1))
    with pytest.raises(InputError, match="not the cross-validation of this experiment and these parameters"):
        fit_complete([small], config(epochs=2), "epochs_from_cv", [run])
    with pytest.raises(InputError, match="two experiments share a folder"):
        fit_complete([small, small], config(), "training_accuracy")
    assert not complete_folder(small, "epochs_from_cv").exists()
