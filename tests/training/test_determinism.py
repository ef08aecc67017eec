"""The same seed gives the same bits on a CPU, for every registered network: initial weights, data order, dropout."""

import random
from inspect import signature

import numpy as np
import pytest
import torch

from fer_lib.models import create_model, list_models
from fer_lib.models.registry import MODELS
from fer_lib.training.loop import fit, predict_logits

from ..models.on_meta import HUGE, LARGE
from .conftest import bars

#: Sides in pixels, as small as these networks allow; the others see 48, as the images are.
SIDES = {"fmpn": 75, "inception_v3": 75, "feratt_2018": 64, "feratt_2019": 64, "feratt_slim": 64}
LABELS = np.arange(12) % 3
TRAIN, SELECT = np.arange(8), np.arange(8, 12)


def trained(name, seed, make_batches, config):
    """Weights, history and answers after two steps; networks of all seeds start alike."""
    options = {"image_size": SIDES.get(name, 48)} if "image_size" in signature(MODELS[name]).parameters else {}
    torch.manual_seed(0)
    model = create_model(name, num_classes=3, **options)
    data = make_batches(LABELS, guidance=bars(LABELS, seed=1) if model.takes_guidance else None)
    run = fit(model, data, TRAIN, SELECT, config(epochs=1, batch_size=4, augmentation="affine"), seed=seed)
    history = [{key: value for key, value in row.items() if key != "seconds"} for row in run.history]
    return model.state_dict(), history, predict_logits(model, data, SELECT)


def same_weights(one, other):
    return one.keys() == other.keys() and all(torch.equal(value, other[key]) for key, value in one.items())


def with_marks(name):
    if name in HUGE:
        return pytest.param(name, marks=pytest.mark.skip(reason="7.5 GB of weights; residual_masking is of its parts"))
    return pytest.param(name, marks=pytest.mark.slow) if name in LARGE else name


@pytest.mark.parametrize("name", [with_marks(name) for name in list_models()])
def test_the_same_seed_gives_the_same_bits(name, make_batches, config):
    weights, history, logits = trained(name, 7, make_batches, config)
    for draw in (random.random, np.random.random, lambda: torch.rand(5)):  # what ran before must not matter
        draw()
    again = trained(name, 7, make_batches, config)
    assert same_weights(weights, again[0])
    assert history == again[1] and torch.equal(logits, again[2])
    assert torch.isfinite(logits).all()


@pytest.mark.parametrize("name", [name for name in list_models() if name not in LARGE])
def test_another_seed_gives_other_weights(name, make_batches, config):
    """Of order, augmentation and dropout alone; otherwise the comparison above would see nothing."""
    assert not same_weights(trained(name, 7, make_batches, config)[0], trained(name, 8, make_batches, config)[0])
