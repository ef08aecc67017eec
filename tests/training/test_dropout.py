"""Quirk Q2a: dropout at work where networks are scored, and nothing else changed by it."""

import numpy as np
import pytest
import torch
from torch import nn

from fer_lib.models import create_model
from fer_lib.training.dropout import active_dropout, scoring_seed
from fer_lib.training.loop import predict_logits

CPU = torch.device("cpu")
LABELS = np.arange(30) % 3


@pytest.fixture
def model():
    torch.manual_seed(0)
    return create_model("simple_cnn", num_classes=3).eval()


def test_every_epoch_of_every_seed_has_masks_of_its_own():
    assert len({scoring_seed(seed, epoch) for seed in range(2020, 2025) for epoch in range(1, 501)}) == 2500
    assert scoring_seed(2020, 7) == scoring_seed(2020, 7)


def test_only_dropout_layers_wake_up_and_they_sleep_again(model):
    with active_dropout(model, 1, CPU):
        assert [name for name, module in model.named_modules() if module.training] == ["dropout"]
    assert not any(module.training for module in model.modules())


@pytest.mark.parametrize("layer", [nn.Dropout(0.5), nn.Dropout2d(0.5), nn.AlphaDropout(0.5)])
def test_every_kind_of_dropout_counts(layer):
    network = nn.Sequential(layer).eval()
    with active_dropout(network, 1, CPU):
        assert not torch.equal(network(torch.ones(2, 8, 4, 4)), torch.ones(2, 8, 4, 4))


def test_it_sleeps_again_after_an_error(model):
    with pytest.raises(KeyError), active_dropout(model, 1, CPU):
        raise KeyError
    assert not model.dropout.training


def test_a_seed_fixes_the_masks_and_no_seed_means_no_dropout(model, make_batches):
    batches = make_batches(LABELS)
    one, same, other = (predict_logits(model, batches, np.arange(30), dropout_seed=seed) for seed in (1, 1, 2))
    off = predict_logits(model, batches, np.arange(30))
    assert torch.equal(one, same)
    assert not torch.equal(one, other) and not torch.equal(one, off)
    assert torch.equal(off, predict_logits(model, batches, np.arange(30)))


def test_logits_under_dropout_equal_their_slow_twin(model, make_batches):
    """Half of the 810 activations missing and the others doubled, batch norm as in evaluation."""
    batches = make_batches(LABELS)
    images = batches[torch.arange(30)][0][0]
    features = []
    with torch.no_grad():
        hook = model.dropout.register_forward_pre_hook(lambda module, inputs: features.append(inputs[0]))
        model(images)
        hook.remove()
        torch.manual_seed(4)
        kept = torch.nn.functional.dropout(torch.ones_like(features[0]), 0.5)
        expected = model.fc2(torch.relu(model.fc1((features[0] * kept).flatten(1))))
    assert set(kept.unique().tolist()) == {0.0, 2.0}
    assert torch.allclose(predict_logits(model, batches, np.arange(30), dropout_seed=4), expected, atol=1e-5)


def test_scoring_under_dropout_disturbs_no_draw_and_no_statistic(model, make_batches):
    batches, before = make_batches(LABELS), {key: value.clone() for key, value in model.state_dict().items()}
    state = torch.get_rng_state()
    predict_logits(model, batches, np.arange(30), dropout_seed=1)
    assert torch.equal(torch.get_rng_state(), state)
    assert all(torch.equal(value, before[key]) for key, value in model.state_dict().items())
