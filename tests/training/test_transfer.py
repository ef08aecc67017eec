"""From a source network to the folds of a target, by either engine."""

import numpy as np
import pandas as pd
import pytest
import torch

from fer_lib.errors import InputError
from fer_lib.training import cross_validate, fit_complete
from fer_lib.training.batches import normalise
from fer_lib.training.checkpoints import read_weights
from fer_lib.training.fold_files import weights_path
from fer_lib.training.source import read_source
from fer_lib.training.transfer import transferred, untrained_predictions

from .conftest import bars


@pytest.fixture
def source(make_experiment, config, tmp_path):
    experiment = make_experiment(60, model="simple_cnn", folder=tmp_path / "source")
    (folder,) = fit_complete([experiment], config(epochs=4), "training_accuracy", workers=1)
    return read_source(folder)


@pytest.fixture
def target(make_experiment):
    """Other bars than the source's."""
    labels = np.arange(48) % 3
    return make_experiment(48, model="simple_cnn", images=bars(labels, seed=9), identity={"variant": "simple_cnn"})


def test_folds_start_from_the_source(target, source, config, tmp_path):
    """A step size that moves nothing leaves the source's weights."""
    started = transferred(target, source, tmp_path / "transfer", "full")
    cross_validate([started], config(epochs=1, learning_rate=1e-30), workers=1)
    stored = read_weights(source.weights)
    for fold in started.fold_ids:
        kept = read_weights(weights_path(started.folder, fold))
        parameters = [key for key in kept if not key.startswith("norm.running") and "num_batches" not in key]
        assert all(torch.equal(kept[key], stored[key]) for key in parameters)


def test_what_is_done_is_not_done_again_and_another_source_is_another_run(target, source, config, tmp_path):
    started = transferred(target, source, tmp_path / "transfer", "full")
    (run,) = cross_validate([started], config(epochs=1), workers=1)
    written = (run.folder / "card.json").stat().st_mtime_ns
    cross_validate([started], config(epochs=1), workers=1)
    assert (run.folder / "card.json").stat().st_mtime_ns == written
    assert run.card["parameters"]["variant"] == "simple_cnn, full"
    assert run.card["parameters"]["initial"] == source.record()
    with pytest.raises(InputError, match="other data or parameters"):
        cross_validate([transferred(target, source, run.folder, "other")], config(epochs=1))


def test_both_engines_agree(target, source, config, tmp_path):
    """Full fine-tuning in one stack equals each fold by itself."""
    runs = [
        cross_validate(
            [transferred(target, source, tmp_path / engine, "full")],
            config(epochs=2, precision="fp64", engine=engine),
            workers=1,
        )[0]
        for engine in ("sequential", "stacked")
    ]
    assert [run.card["engine"][0].split()[0] for run in runs] == ["sequential", "stacked"]
    columns = ["fold", "epoch", "train_loss", "select_accuracy", "watch_accuracy"]
    one, other = (run.history.sort_values(["fold", "epoch"])[columns].reset_index(drop=True) for run in runs)
    pd.testing.assert_frame_equal(one, other, rtol=1e-6)


def test_without_training_the_sources_own_answers_are_scored(target, source, config, tmp_path):
    started = transferred(target, source, tmp_path / "none", "no training")
    table = untrained_predictions(started, config())
    model = started.build_model().eval()
    with torch.inference_mode():
        slow = np.array([int(model(normalise(torch.from_numpy(image)[None])).argmax()) for image in target.images])
    by_sample = table.set_index("sample_id").loc[target.sample_ids]
    assert (by_sample["predicted"] == slow).all() and (by_sample["label"] == target.labels).all()
    assert (by_sample["fold"] == target.folds).all() and set(table["split"]) == {"test"} and len(table) == 48


def test_asking_without_a_source_is_refused(target, config):
    with pytest.raises(InputError, match="no trained network with its head is named"):
        untrained_predictions(target, config())


def test_asking_leaves_torchs_generator_alone(target, source, config, tmp_path):
    started = transferred(target, source, tmp_path / "none", "no training")
    torch.manual_seed(3)
    untrained_predictions(started, config())
    drawn = torch.rand(2)
    torch.manual_seed(3)
    assert torch.equal(drawn, torch.rand(2))
