"""The recipe: its defaults are those published, and what cannot be is told."""

import pytest

from fer_lib.errors import InputError
from fer_lib.training import TrainConfig
from fer_lib.training.motion import MotionConfig


def test_the_defaults_are_those_of_the_public_code():
    assert MotionConfig().identity() == {
        "mask_epochs": 100,
        "mask_decay": 50,
        "mask_batch_size": 16,
        "mask_learning_rate": 1e-4,
        "decay": 50,
        "generator_learning_rate": 1e-5,
        "loss_preset": "code",
        "policy": "linear",
        "legacy_lr_lambda": False,
        "augmentation": "crops",
    }


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"mask_epochs": 0}, "mask_epochs = 0, expected at least 1"),
        ({"mask_epochs": 3, "mask_decay": 4}, "mask_decay = 4, expected 0 … mask_epochs = 3"),
        ({"decay": -1}, "decay = -1, expected a number of epochs from 0"),
        ({"mask_batch_size": 1}, "mask_batch_size = 1, expected at least 2 (batch norm needs two)"),
        ({"generator_learning_rate": 0}, "generator_learning_rate = 0, expected a positive number"),
        ({"mask_learning_rate": -1}, "mask_learning_rate = -1, expected a positive number"),
        ({"loss_preset": "notes"}, "loss_preset 'notes', expected one of code, paper"),
        ({"policy": "cosine"}, "policy 'cosine', expected one of linear, step, plateau, constant"),
        ({"augmentation": "flip"}, "augmentation 'flip', expected one of crops, none"),
        ({"policy": "step", "legacy_lr_lambda": True}, "legacy_lr_lambda with policy 'step', expected 'linear'"),
    ],
)
def test_what_cannot_be_is_told(changes, sentence):
    with pytest.raises(InputError) as told:
        MotionConfig(**changes)
    assert str(told.value) == sentence


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"epochs": 20}, "decay = 50, expected 0 … epochs = 20"),
        ({"augmentation": "flip"}, "augmentation = 'flip' has no effect with motion priors, expected 'none'"),
        ({"mixup": 0.2}, "mixup = 0.2 has no effect with motion priors, expected 0.0"),
        ({"weight_decay": 0.1}, "weight_decay = 0.1 has no effect with motion priors, expected 0.0"),
        ({"seed_mode": "once"}, "seed_mode = 'once' has no effect with motion priors, expected 'per_fold'"),
        ({"fine_tune": "head"}, "fine_tune = 'head' has no effect with motion priors, expected 'full'"),
        ({"engine": "stacked"}, "engine 'stacked' has no effect with motion priors, expected 'auto' or 'sequential'"),
    ],
)
def test_switches_of_the_other_training_are_refused_by_name(changes, sentence):
    with pytest.raises(InputError) as told:
        MotionConfig().require_possible(TrainConfig(**changes))
    assert str(told.value) == sentence


def test_without_linear_decay_its_epochs_do_not_matter():
    MotionConfig(policy="constant").require_possible(TrainConfig(epochs=2, keep="last", protocol="reference"))
