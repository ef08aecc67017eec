"""One fold: what the protocol lets it see."""

import numpy as np
import pandas as pd
import pytest
import torch

from fer_lib.artifacts import read_card
from fer_lib.models import create_model
from fer_lib.training import fold as fold_module
from fer_lib.training import fold_files
from fer_lib.training.batches import Batches, normalise
from fer_lib.training.checkpoints import load_weights
from fer_lib.training.fold import train_fold
from fer_lib.training.fold_files import fold_folder, weights_path
from fer_lib.training.loop import predict_logits

from .conftest import bars


def with_other_test_part(make_experiment, folder, fold):
    """Other images and labels in the tested fold; all else equal."""
    one = make_experiment()
    images, labels = one.images.copy(), one.labels.copy()
    test = one.folds == fold
    images[test] = 255 - bars(labels[test], seed=7)
    labels[test] = (labels[test] + 1) % 3
    return make_experiment(images=images, labels=labels, folder=folder)


def test_honest_protocol_never_touches_the_reported_fold(make_experiment, config, tmp_path):
    one, other = make_experiment(), with_other_test_part(make_experiment, tmp_path / "other", fold=0)
    for experiment in (one, other):
        train_fold(experiment, config(epochs=3), 0)
    weights = [weights_path(experiment.folder, 0).read_bytes() for experiment in (one, other)]
    cards = [read_card(fold_folder(experiment.folder, 0)) for experiment in (one, other)]
    assert weights[0] == weights[1]
    assert cards[0]["best_epoch"] == cards[1]["best_epoch"]
    histories = [pd.read_parquet(fold_folder(e.folder, 0) / "history.parquet") for e in (one, other)]
    assert not histories[0]["watch_accuracy"].equals(histories[1]["watch_accuracy"])  # the scramble was real


def test_reference_protocol_selects_on_the_reported_fold(make_experiment, config):
    experiment = make_experiment()
    train_fold(experiment, config(protocol="reference", epochs=3), 1)
    folder = fold_folder(experiment.folder, 1)
    history = pd.read_parquet(folder / "history.parquet")
    predictions = pd.read_parquet(folder / "predictions.parquet")
    assert set(predictions["split"]) == {"test"} and "watch_accuracy" not in history
    reported = (predictions["label"] == predictions["predicted"]).mean()
    assert reported == pytest.approx(history["select_accuracy"].max(), abs=1e-6)


@pytest.mark.parametrize("dropout_eval", [False, True])
def test_honest_history_and_predictions_tell_the_same_story(make_experiment, config, dropout_eval):
    experiment = make_experiment()
    train_fold(experiment, config(epochs=3, dropout_eval=dropout_eval), 0)
    folder = fold_folder(experiment.folder, 0)
    history = pd.read_parquet(folder / "history.parquet").set_index("epoch")
    predictions = pd.read_parquet(folder / "predictions.parquet")
    best = read_card(folder)["best_epoch"]
    right = (predictions["label"] == predictions["predicted"]).groupby(predictions["split"]).mean()
    assert right["validation"] == pytest.approx(history.loc[best, "select_accuracy"], abs=1e-6)
    assert right["test"] == pytest.approx(history.loc[best, "watch_accuracy"], abs=1e-6)


def test_folds_have_seeds_of_their_own(make_experiment, config, monkeypatch):
    seeds = []
    real = fold_module.fit
    monkeypatch.setattr(fold_module, "fit", lambda *a, seed, **k: seeds.append(seed) or real(*a, seed=seed, **k))
    for fold in (0, 1):
        train_fold(make_experiment(), config(epochs=1, seed=2020), fold)
    assert seeds == [2020, 2021]


def test_every_epoch_of_the_budget_is_reported_once(make_experiment, config):
    experiment, settings = make_experiment(model="simple_cnn"), config(epochs=9, patience=1, learning_rate=1e-6)
    told = []
    train_fold(experiment, settings, 0, told.append)
    assert sum(told) == 9
    assert told[:-1] == [1] * (len(told) - 1)
    again = []
    train_fold(experiment, settings, 0, again.append)
    assert again == [9]


def test_an_interrupted_retraining_leaves_no_mixture(make_experiment, config, monkeypatch):
    """Trained with A, retrained with B and killed between the tables and the card: A must train again."""
    experiment = make_experiment(model="simple_cnn")
    a, b = config(seed=1), config(seed=2)
    folder = fold_folder(experiment.folder, 0)
    train_fold(experiment, a, 0)
    of_a = pd.read_parquet(folder / "predictions.parquet")

    def killed(*_):
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(fold_files, "save_weights", killed)
        with pytest.raises(KeyboardInterrupt):
            train_fold(experiment, b, 0)
    assert read_card(folder) is None
    train_fold(experiment, a, 0)
    pd.testing.assert_frame_equal(pd.read_parquet(folder / "predictions.parquet"), of_a)


def test_theta_is_that_of_the_tested_samples(make_experiment, config):
    experiment = make_experiment()
    train_fold(experiment, config(), 0)
    theta = pd.read_parquet(fold_folder(experiment.folder, 0) / "theta.parquet")
    assert list(theta) == ["sample_id", "fold", *(f"theta_{i}" for i in range(6))]
    assert set(theta["sample_id"]) == set(experiment.sample_ids[experiment.folds == 0])
    values = theta.filter(like="theta_").to_numpy()
    assert values.std(0).max() > 0
    model = create_model("guided_stn", num_classes=3)
    load_weights(model, weights_path(experiment.folder, 0))
    guidance = normalise(torch.from_numpy(experiment.guidance[experiment.folds == 0]))
    assert np.abs(model.theta(guidance).detach().flatten(1).numpy() - values).max() < 1e-5


def test_dropout_at_scoring_reaches_the_stored_predictions(make_experiment, config, tmp_path):
    """One epoch, so that both keep the same weights."""
    tables = {}
    for switch in (False, True):
        experiment = make_experiment(folder=tmp_path / str(switch))
        train_fold(experiment, config(epochs=1, dropout_eval=switch), 0)
        tables[switch] = pd.read_parquet(fold_folder(experiment.folder, 0) / "predictions.parquet")
    one, other = (weights_path(tmp_path / str(switch), 0).read_bytes() for switch in (False, True))
    assert one == other
    off, on = (table.filter(like="p_").to_numpy(float) for table in tables.values())
    assert np.abs(off - on).max() > 1e-3


def test_a_stored_network_is_built_again_from_the_record(make_experiment, config):
    """Model, classes and options are in the card; with the default padding the logits would differ."""
    experiment = make_experiment(model_options={"padding_mode": "black"})
    train_fold(experiment, config(epochs=3, learning_rate=0.01), 0)
    folder, index = fold_folder(experiment.folder, 0), np.flatnonzero(experiment.folds == 0)
    recorded = read_card(folder)["parameters"]
    data = Batches(experiment.images, experiment.guidance, experiment.labels, 3, torch.device("cpu"))
    found = []
    for options in (recorded["model_options"], {}):
        model = create_model(recorded["model"], num_classes=len(recorded["classes"]), **options)
        load_weights(model, weights_path(experiment.folder, 0))
        found.append(predict_logits(model, data, index).softmax(1).numpy())
    predictions = pd.read_parquet(folder / "predictions.parquet").query("split == 'test'").filter(like="p_")
    assert np.abs(found[0] - predictions.to_numpy(float)).max() < 1e-3 < np.abs(found[0] - found[1]).max()
