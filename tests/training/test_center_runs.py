"""Trainings with centre loss on disk: complete, not done twice, and what they hold."""

from dataclasses import replace

import numpy as np
import pytest
import torch

from fer_lib.errors import InputError
from fer_lib.training import center_runs
from fer_lib.training.batches import Batches
from fer_lib.training.center_loss import CenterConfig
from fer_lib.training.center_runs import load_center_run, train_center_loss
from fer_lib.training.trained import trained_network

PLAIN = CenterConfig(weight=0.0, start_epoch=1, snapshot_every=2)
PULLED = replace(PLAIN, weight=0.5)
OPTIONS = {"activation": "none"}


@pytest.fixture
def pair(make_experiment, tmp_path):
    """Two experiments that differ in nothing but their folder."""
    one = make_experiment(60, folds=3, model="center_slim", model_options=OPTIONS)
    return [replace(one, folder=tmp_path / name) for name in ("without", "with")]


def test_both_are_trained_stored_and_not_done_again(pair, config, monkeypatch):
    settings = config(epochs=3, keep="last", validation_share=0.2)
    plain, pulled = train_center_loss(pair, settings, [PLAIN, PULLED], 1, workers=1)
    for run, experiment in ((plain, pair[0]), (pulled, pair[1])):
        train, select, test = experiment.split(1, settings)
        assert run.card["samples"] == {"train": len(train), "select": len(select), "test": len(test)}
        assert run.best_epoch == 3 and len(run.history) == 3
        tested = run.predictions.query("split == 'test'")
        assert set(tested["sample_id"]) == set(experiment.sample_ids[test])
        assert sorted(run.features["epoch"].unique()) == [2, 3]
        for _, rows in run.features.groupby("epoch"):
            by_split = rows.groupby("split")["sample_id"].apply(set)
            assert by_split["train"] == set(experiment.sample_ids[train])
            assert by_split["validation"] == set(experiment.sample_ids[select])
            assert by_split["test"] == set(experiment.sample_ids[test])
            assert len(rows) == 60
    assert len(plain.centers) == 0 and len(pulled.centers) == 2 * 3
    assert list(pulled.centers.columns) == ["x_0", "x_1", "label", "epoch"]
    assert "center_loss" not in plain.history and pulled.history["center_loss"].notna().sum() == 2

    # the network gives back the features and the answers that were stored
    model = trained_network(pulled.folder)
    data = Batches(pair[1].images, None, pair[1].labels, 3, torch.device("cpu"))
    with torch.no_grad():
        inputs, labels = data[torch.arange(60)]
        features, answers = model.features(*inputs), model(*inputs).argmax(1)
    kept = pulled.features.query("epoch == 3").set_index("sample_id").loc[pair[1].sample_ids]
    assert np.allclose(kept[["x_0", "x_1"]], features.numpy(), atol=1e-4)
    assert np.array_equal(kept["label"], labels)
    own = pulled.predictions.set_index("sample_id")["predicted"]
    assert np.array_equal(own, answers[[list(pair[1].sample_ids).index(name) for name in own.index]])

    monkeypatch.setattr(center_runs, "fit_center_loss", None)
    again = train_center_loss(pair, settings, [PLAIN, PULLED], 1, workers=1)
    assert all(one.features.equals(other.features) for one, other in zip((plain, pulled), again, strict=True))
    with pytest.raises(InputError, match="holds a complete run made with other data or parameters"):
        train_center_loss(pair, settings, [PLAIN, replace(PULLED, weight=0.1)], 1, workers=1)


def test_an_interrupted_training_leaves_nothing_that_counts(pair, config, monkeypatch):
    monkeypatch.setattr(center_runs, "write_card", lambda *_, **__: 1 / 0)
    with pytest.raises(ZeroDivisionError):
        train_center_loss(pair[1:], config(epochs=2), [PULLED], 0, workers=1)
    with pytest.raises(InputError, match="nothing complete is there; train it first"):
        load_center_run(pair[1].folder)


def test_what_cannot_be_is_told(pair, config):
    with pytest.raises(InputError, match="no fold 7 \\(has 0, 1, 2\\)"):
        train_center_loss(pair, config(), [PLAIN, PULLED], 7)
    with pytest.raises(InputError, match="two experiments share a folder"):
        train_center_loss([pair[0], pair[0]], config(), [PLAIN, PULLED], 0)
    with pytest.raises(InputError, match="epochs = 2, expected more than start_epoch = 4"):
        train_center_loss(pair, config(), [PLAIN, replace(PULLED, start_epoch=4)], 0)
    with pytest.raises(InputError, match="SimpleCNN has no feature layer, expected a network made for centre loss"):
        train_center_loss([replace(pair[0], model="simple_cnn", model_options={})], config(), [PULLED], 0)
    assert not pair[0].folder.exists() and not pair[1].folder.exists()
