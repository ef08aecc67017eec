"""What cannot be is refused, and what decides is recorded."""

import json

import pytest

from fer_lib.errors import InputError
from fer_lib.training import TrainConfig
from fer_lib.training.composed import NOISE, ComposedConfig
from fer_lib.training.compositions import PRESETS


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"epoch_length": 1}, "epoch_length = 1, expected a whole number from 2"),
        ({"test_per_face": 0}, "test_per_face = 0, expected a whole number from 1"),
        ({"attention_weight": -1}, "attention_weight = -1, expected a number from 0"),
        ({"sigma": 0}, "sigma = 0, expected a positive number"),
        ({"attention": "mae"}, "attention 'mae', expected one of mse, tanh"),
        ({"mixing": "labels"}, "mixing 'labels', expected one of none, onehot, legacy"),
        ({"appearance": "2020"}, "appearance '2020', expected one of none, 2018, 2019"),
        ({"noise": [0.1, 0.1]}, r"noise = \[0.1, 0.1\], expected different standard deviations"),
        ({"noise": [2]}, r"noise = \[2\], expected different standard deviations above 0 and up to 1"),
    ],
)
def test_values(changes, message):
    with pytest.raises(InputError, match=message):
        ComposedConfig(**changes)


@pytest.mark.parametrize(
    ("training", "own", "message"),
    [
        ({"mixup": 0.2}, {}, "mixup = 0.2 has no effect on compositions, expected 0.0"),
        ({"augmentation": "flip"}, {}, "augmentation 'flip'|augmentation = 'flip' has no effect"),
        ({"class_weighted": True}, {}, "class_weighted has no effect, as batches have all classes; expected False"),
        ({"engine": "stacked"}, {}, "engine 'stacked' has no effect on compositions"),
        ({"schedule": "one_cycle"}, {"decay_every": 5}, "decay_every = 5 with schedule 'one_cycle'"),
    ],
)
def test_recipes_that_do_not_go_together(training, own, message):
    config = TrainConfig(**{"class_weighted": False, **training})
    with pytest.raises(InputError, match=message):
        ComposedConfig(**own).require_possible(config)


def test_identity_is_json_and_complete():
    config = ComposedConfig(tested_recipe=PRESETS["2019_wide"])
    known = config.identity()
    assert json.loads(json.dumps(known)) == known and known["noise"] == list(NOISE)
    assert known["tested_recipe"]["rotation"] == 45.0 and config.tested is PRESETS["2019_wide"]
    assert ComposedConfig().tested is ComposedConfig().recipe
