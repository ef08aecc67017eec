"""Public checkpoints of the reference: the same tensors under other names."""

import pytest
import torch

from fer_lib.models import create_model
from fer_lib.models.reference_names import from_reference, is_reference_state

LAYERS = ("conv1", "conv2", "conv3", "conv4", "norm", "fc1", "fc2", "localization", "fc_loc")


def reference_state(seed=0):
    """A checkpoint as the reference writes it: the classifier's tensors at top level."""
    torch.manual_seed(seed)
    model = create_model("guided_stn", num_classes=3)
    torch.nn.init.normal_(model.fc_loc[2].weight, std=0.05)
    return model, {key.removeprefix("classifier."): value for key, value in model.state_dict().items()}


def test_the_reference_has_nine_names_at_top_level():
    assert {key.split(".")[0] for key in reference_state()[1]} == set(LAYERS)


@pytest.mark.parametrize("prefix", ["", "module."])
def test_reference_state_loads_strictly_and_gives_the_same_logits(prefix):
    source, state = reference_state()
    model = create_model("guided_stn", num_classes=3)
    model.load_state_dict(from_reference({prefix + key: value for key, value in state.items()}), strict=True)
    image, guidance = torch.randn(2, 4, 1, 48, 48)
    assert torch.equal(model.eval()(image, guidance), source.eval()(image, guidance))


@pytest.mark.parametrize("name", ["simple_cnn", "guided_stn", "deep_emotion", "deep_emotion_port"])
def test_states_with_names_of_this_package_stay_as_they_are(name):
    state = create_model(name, num_classes=3).state_dict()
    assert not is_reference_state(state)
    assert list(from_reference(state)) == list(state)


def test_reference_state_is_recognised():
    assert is_reference_state(reference_state()[1])
