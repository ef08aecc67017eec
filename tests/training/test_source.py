"""What a training may start from, and what is said where it does not fit."""

from dataclasses import replace

import pytest
import torch

from fer_lib.artifacts import file_sha256
from fer_lib.errors import InputError
from fer_lib.training import cross_validate, fit_complete
from fer_lib.training.checkpoints import load_weights, read_weights, save_tensors
from fer_lib.training.source import read_source


@pytest.fixture
def source(make_experiment, config, tmp_path):
    """A network trained for an epoch on 30 bars."""
    identity = {"dataset": {"dataset": "bars"}, "label_space": "polarity", "variant": "none"}
    experiment = make_experiment(30, folder=tmp_path / "source", guidance=None, identity=identity)
    (folder,) = fit_complete([experiment], config(epochs=1, seed=5), "training_accuracy", workers=1)
    return read_source(folder)


def renamed(source, tensors):
    """The same card, other weights."""
    path = source.weights.with_name("other.safetensors")
    save_tensors(path, tensors)
    return replace(source, weights=path)


def test_the_card_says_what_it_was_trained_on(source):
    assert source.trained_on == {
        "dataset": {"dataset": "bars"}, "label_space": "polarity", "variant": "none", "seed": 5,
    }  # fmt: skip
    assert (source.model, source.classes) == ("guided_stn", ("neutral", "positive", "negative"))
    assert source.record()["sha256"] == file_sha256(source.weights)


def test_every_tensor_of_every_fold_is_the_sources(make_experiment, source):
    """Head, batch-norm statistics and localization network too."""
    model = make_experiment(initial=source).build_model()
    stored = read_weights(source.weights)
    assert stored.keys() == model.state_dict().keys()
    assert all(torch.equal(value, stored[key]) for key, value in model.state_dict().items())


def test_without_the_head_other_classes_are_no_obstacle(make_experiment, source):
    headless, classes = replace(source, with_head=False), ("a", "b", "c", "d")
    torch.manual_seed(0)
    model = make_experiment(initial=headless, classes=classes).build_model()
    torch.manual_seed(0)
    fresh = make_experiment(classes=classes).build_model()
    stored = read_weights(source.weights)
    for key, value in model.state_dict().items():
        expected = fresh.state_dict() if key.startswith("classifier.fc2.") else stored
        assert torch.equal(value, expected[key]), key


def test_it_is_recorded_only_where_there_is_one(make_experiment, config, source):
    """Runs made before transfer existed have no such key, and stay valid."""
    plain, started = (make_experiment(initial=start).parameters(config()) for start in (None, source))
    assert "initial" not in plain and started["initial"] == source.record()
    headless = make_experiment(initial=replace(source, with_head=False)).parameters(config())
    assert headless["initial"] != started["initial"]


@pytest.mark.parametrize(
    ("fields", "sentence"),
    [
        ({"classes": ("positive", "neutral", "negative")}, "classes positive, .* knows neutral, .*in the same order"),
        ({"classes": ("neutral", "positive", "negative", "x")}, "classes neutral, positive, negative, x, but"),
        ({"model": "simple_cnn"}, "model 'simple_cnn', but .* has 'guided_stn'"),
        ({"model_options": {"padding_mode": "border"}}, "options of the model .*border.* has {}"),
    ],
)
def test_what_does_not_match_is_told_before_any_training(make_experiment, source, fields, sentence):
    with pytest.raises(InputError, match=f"run: {sentence}"):
        make_experiment(initial=source, **fields)


def test_every_tensor_that_does_not_fit_is_listed(make_experiment, source):
    state = read_weights(source.weights)
    state["more"] = state.pop("fc_loc.0.bias")
    state["classifier.conv1.bias"] = torch.zeros(11)
    with pytest.raises(InputError) as told:
        make_experiment(initial=renamed(source, state))
    for part in ("missing fc_loc.0.bias", "left over more", "classifier.conv1.bias is (11,), expected (10,)"):
        assert part in str(told.value)


def test_checking_draws_no_random_number(make_experiment, source):
    torch.manual_seed(1)
    make_experiment(initial=source)
    drawn = torch.rand(3)
    torch.manual_seed(1)
    assert torch.equal(drawn, torch.rand(3))


def test_left_out_modules_keep_what_they_have(source, make_experiment):
    model = make_experiment().build_model()
    before = model.classifier.fc2.weight.clone()
    load_weights(model, source.weights, leave_out=("classifier.fc2",))
    assert torch.equal(model.classifier.fc2.weight, before)
    assert torch.equal(model.classifier.fc1.weight, read_weights(source.weights)["classifier.fc1.weight"])


def test_a_run_of_folds_is_no_source(make_experiment, config):
    experiment = make_experiment(30, model="simple_cnn")
    (run,) = cross_validate([experiment], config(epochs=1), workers=1)
    with pytest.raises(InputError, match="kind 'run', expected 'complete'"):
        read_source(run.folder)


def test_exchanged_or_missing_weights_are_told(source):
    folder = source.weights.parents[1]
    save_tensors(source.weights, {"a": torch.zeros(1)})
    with pytest.raises(InputError, match="other weights than its card names, expected SHA-256"):
        read_source(folder)
    source.weights.unlink()
    with pytest.raises(InputError, match="no such weights file"):
        read_source(folder)
