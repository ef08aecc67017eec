"""What the models of a stack must share is told where it differs."""

from dataclasses import replace

import numpy as np
import pytest
import torch
from torch import nn

from fer_lib.errors import InputError
from fer_lib.training import TrainConfig
from fer_lib.training.batches import Batches
from fer_lib.training.stacked import Member
from fer_lib.training.stacked.member import OWN, require_alike

from .conftest import CPU


def member(layers=None, size=4, classes=3, n=20, dtype=torch.float32, **config):
    batches = Batches(np.zeros((n, size, size), np.uint8), None, np.arange(n) % classes, classes, CPU, dtype)
    layers = layers or (nn.Conv2d(1, 2, 3), nn.Dropout(0.5))
    return Member(nn.Sequential(*layers), batches, np.arange(n), np.arange(2), TrainConfig(**config), 0)


@pytest.mark.parametrize(
    ("size", "expected"),
    [(2, (0, 2)), (7, (0, 7)), (8, (1, 0)), (9, (1, 0)), (10, (1, 2)), (15, (1, 7)), (16, (2, 0)), (17, (2, 0))],
)
def test_batches_of_an_epoch_are_those_of_the_loop(size, expected):
    one = member(n=size, batch_size=8)
    assert one.step_sizes == expected
    seen = np.arange(size - (size % 8 == 1))  # the sequential loop's rule
    assert one.images_per_epoch == len(seen)
    assert [len(part) for part in torch.as_tensor(seen).split(8)] == [8] * expected[0] + [expected[1]] * (
        expected[1] > 0
    )


def test_what_may_differ_may_differ():
    others = {
        "epochs": 3,
        "patience": 4,
        "keep": "last",
        "seed": 5,
        "protocol": "reference",
        "validation_share": 0.2,
        "engine": "stacked",
        "checkpoint_seconds": 5.0,
    }
    assert others.keys() == OWN.keys()
    require_alike([member(), member(**others), replace(member(n=40), seed=9, watch=np.arange(3))])


@pytest.mark.parametrize(
    ("other", "sentence"),
    [
        ({"batch_size": 64}, "batch_size: 128 and 64"),
        ({"learning_rate": 0.1}, "learning_rate: 0.001 and 0.1"),
        ({"monitor": "macro_f1"}, "monitor: accuracy and macro_f1"),
        ({"dropout_eval": True}, "dropout_eval: False and True"),
        ({"layers": (nn.Conv2d(1, 2, 3), nn.Dropout(0.4))}, r"layer 1: Dropout\(p=0.5.*\) and Dropout\(p=0.4.*\)"),
        ({"layers": (nn.Conv2d(1, 2, 3, stride=2), nn.Dropout(0.5))}, "layer 0: Conv2d.* and Conv2d.*stride=.2, 2.*"),
        ({"layers": (nn.Conv2d(1, 2, 3),)}, "layer 1: Dropout.* and None"),
        ({"size": 5}, r"size of an image: \(4, 4\) and \(5, 5\)"),
        ({"classes": 2}, "number of classes: 3 and 2"),
        ({"dtype": torch.float64}, "number format: torch.float32 and torch.float64"),
    ],
)
def test_what_must_not_differ_is_told_in_one_line(other, sentence):
    with pytest.raises(InputError, match=f"^two models of a stack differ in {sentence}$"):
        require_alike([member(), member(**other)])


def test_tensors_that_no_layer_tells_are_compared_too():
    def owner(shape, trained=True):
        one = member()
        one.model.register_parameter("own", nn.Parameter(torch.zeros(shape), requires_grad=trained))
        return one

    with pytest.raises(InputError, match="differ in own: .*2.* and .*3"):
        require_alike([owner(2), owner(3)])
    with pytest.raises(InputError, match="differ in own: .*trained.* and .*fixed"):
        require_alike([owner(2), owner(2, trained=False)])


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        ({"train": np.array([3])}, "1 training samples, expected at least 2"),
        ({"select": np.array([], int)}, "no sample selects the epoch, expected at least 1"),
        ({"config": TrainConfig(seed_mode="once")}, "seed_mode 'once' trains fold after fold and cannot be stacked"),
    ],
)
def test_members_that_cannot_be_trained_are_told(change, sentence):
    with pytest.raises(InputError, match=sentence):
        require_alike([member(), replace(member(), **change)])
