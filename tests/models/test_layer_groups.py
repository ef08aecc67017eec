"""The order in which layers are set free: every tensor in one group, the head first."""

import pytest
from torch import nn

from fer_lib.errors import InputError
from fer_lib.models import list_models
from fer_lib.models.layer_groups import layer_groups, tensors_in

from .on_meta import on_meta

GROUPED = [name for name in list_models() if hasattr(on_meta(name), "layer_groups")]


@pytest.mark.parametrize("name", GROUPED)
def test_every_tensor_is_in_exactly_one_group(name):
    model = on_meta(name)
    prefixes = [tensors_in(group) for group in layer_groups(model)]
    for tensor in model.state_dict():
        assert sum(tensor.startswith(group) for group in prefixes) == 1, tensor


@pytest.mark.parametrize("name", GROUPED)
def test_the_head_alone_depends_on_the_number_of_classes(name):
    three, seven = (on_meta(name, num_classes=count) for count in (3, 7))
    shapes = {key: value.shape for key, value in seven.state_dict().items()}
    differing = {key for key, value in three.state_dict().items() if value.shape != shapes[key]}
    head = tensors_in(layer_groups(three)[0])
    assert differing == {key for key in shapes if key.startswith(head)}


def test_both_networks_of_the_guided_study_have_groups():
    assert {"simple_cnn", "guided_stn"} <= set(GROUPED)
    assert layer_groups(on_meta("guided_stn"))[-1] == ("fc_loc", "localization")


def test_a_network_without_groups_is_told():
    with pytest.raises(InputError, match="Linear names no layer groups.*fine_tune 'full'"):
        layer_groups(nn.Linear(2, 2))
