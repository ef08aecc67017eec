"""A finished run gives its networks back."""

import shutil

import numpy as np
import pytest
import torch

from fer_lib.artifacts.runs import load_run
from fer_lib.errors import InputError
from fer_lib.training import cross_validate, fit_complete
from fer_lib.training.batches import Batches
from fer_lib.training.loop import predict_logits
from fer_lib.training.trained import trained_network, untrained_network


@pytest.fixture
def run(make_experiment, config):
    experiment = make_experiment(48, guidance=None)
    cross_validate([experiment], config(epochs=1), workers=1)
    return experiment


def test_it_answers_as_its_predictions_say(run):
    predictions = load_run(run.folder).test
    fold = run.fold_ids[1]
    own = predictions[predictions["fold"] == fold].set_index("sample_id")
    rows = np.flatnonzero(run.folds == fold)
    data = Batches(run.images, None, run.labels, len(run.classes), torch.device("cpu"))
    found = predict_logits(trained_network(run.folder, fold), data, rows).softmax(1).numpy()
    stored = own.loc[run.sample_ids[rows], [f"p_{k}" for k in range(len(run.classes))]].to_numpy()
    np.testing.assert_allclose(found, stored, atol=1e-3)


def test_a_network_trained_on_everything_needs_no_fold(make_experiment, config):
    experiment = make_experiment(30, guidance=None)
    (folder,) = fit_complete([experiment], config(epochs=1), "training_accuracy", workers=1)
    assert not trained_network(folder).training


def test_imagenet_weights_are_not_read_again():
    """They are on no machine of these tests, and would be an error."""
    parameters = {"model": "resnet18", "classes": ["a", "b"], "model_options": {"weights": "imagenet"}}
    with torch.device("meta"):
        assert untrained_network(parameters).network.fc.out_features == 2


def test_what_is_not_there_is_named(run, tmp_path):
    with pytest.raises(InputError, match=r"weights of \d folds \(has fold0.safetensors, .*expected the number of one"):
        trained_network(run.folder)
    with pytest.raises(InputError, match="no weights of fold 9"):
        trained_network(run.folder, 9)
    with pytest.raises(InputError, match="train it first"):
        trained_network(tmp_path / "nowhere")
    shutil.rmtree(run.folder / "weights")
    with pytest.raises(InputError, match="fold0.safetensors"):
        trained_network(run.folder, 0)
