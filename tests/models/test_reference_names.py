"""Public checkpoints of the references: the same tensors under other names, or under two."""

import re

import pytest
import torch

from fer_lib.errors import InputError
from fer_lib.models import create_model
from fer_lib.models.reference_names import from_reference, is_reference_state

from .on_meta import on_meta
from .test_residual_masking import narrow

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


@pytest.mark.parametrize(
    "name", ["simple_cnn", "guided_stn", "deep_emotion", "deep_emotion_port", "residual_masking_slim"]
)
def test_states_with_names_of_this_package_stay_as_they_are(name):
    state = create_model(name, num_classes=3).state_dict()
    assert not is_reference_state(state)
    assert list(from_reference(state)) == list(state)


def test_reference_state_is_recognised():
    assert is_reference_state(reference_state()[1])


def masking_state(seed=0):
    """A narrow residual masking network, and its tensors as the reference stores them: projections of masks twice."""
    model, state = narrow(seed), {}
    for key, value in model.state_dict().items():
        if match := re.fullmatch(r"(mask\d)\.conv(\d)\.downsample\.(.+)", key):
            state[f"{match[1]}.downsample{match[2]}.{match[3]}"] = value
        state[key] = value
    return model, state


@pytest.mark.parametrize("prefix", ["", "module."])
def test_second_copies_of_residual_masking_are_dropped(prefix):
    source, state = masking_state()
    copies = 6 * (8 + 6 + 4 + 2)
    assert len(state) == len(source.state_dict()) + copies
    found = from_reference({prefix + key: value for key, value in state.items()})
    model = narrow(seed=1)
    model.load_state_dict(found, strict=True)
    image = torch.rand(2, 1, 32, 32)
    with torch.no_grad():
        assert torch.equal(model(image), source(image))


def test_the_published_network_has_the_references_740_names():
    """Dropping their second copies leaves exactly the tensors of this package."""
    state = on_meta("residual_masking", num_classes=7).state_dict()
    names = [re.sub(r"(mask\d\.)conv(\d)\.downsample", r"\1downsample\2", key) for key in state]
    assert len({*names, *state}) == 740
    assert {"mask1.downsample8.1.running_var", "mask4.downsample1.0.weight", "mask2.up_pool5.0.bias"} <= set(names)


def test_a_second_copy_that_differs_is_told():
    _, state = masking_state()
    state["mask2.downsample5.0.weight"] = state["mask2.downsample5.0.weight"] + 1
    with pytest.raises(
        InputError, match=r"mask2\.downsample5\.0\.weight differs from mask2\.conv5\.downsample\.0\.weight"
    ):
        from_reference(state)


def test_a_second_copy_without_a_first_stays():
    _, state = masking_state()
    del state["mask2.conv5.downsample.0.weight"]
    assert "mask2.downsample5.0.weight" in from_reference(state)
