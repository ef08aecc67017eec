"""From a TensorFlow file to a map: a frozen graph and a SavedModel give the maps of the slow network."""

from pathlib import Path

import numpy as np
import pytest
import torch

from fer_lib.models.msinet_loading import load_msinet
from fer_lib.models.msinet_weights import LAYERS, convert, store
from fer_lib.models.tensorflow_constants import constants as read_constants

from . import msinet_slowly as slowly
from .tensorflow_writer import constant, graph, tensor, wrapped

FILES = Path(__file__).parent / "tensorflow_files"
PICTURES = slowly.picture(16, 24, 2)


@pytest.fixture(scope="module")
def state():
    return slowly.weights()


@pytest.fixture(scope="module")
def constants(state):
    """NodeDefs in the authors' names, kernels as (height, width, in, out)."""
    found = []
    for scope, module in LAYERS.items():
        kernel = np.moveaxis(state[f"{module}.weight"], (2, 3, 1, 0), (0, 1, 2, 3))
        found.append(constant(f"{scope}/kernel", tensor(kernel)))
        found.append(constant(f"{scope}/bias", tensor(state[f"{module}.bias"])))
    return found


@pytest.fixture(scope="module")
def expected(state):
    return slowly.msinet_slowly(state, PICTURES)


@pytest.mark.parametrize("written", [graph, wrapped])
def test_converted_weights_give_the_slow_maps(written, constants, state, expected, tmp_path):
    (tmp_path / "model.pb").write_bytes(written(constants))
    store(convert(tmp_path / "model.pb"), tmp_path / "msinet.safetensors", tmp_path / "model.pb")
    network = load_msinet(tmp_path / "msinet.safetensors")
    assert all(np.array_equal(value.numpy(), state[name]) for name, value in network.state_dict().items())
    with torch.inference_mode():
        maps = network(torch.from_numpy(PICTURES)).numpy()
    assert np.ptp(expected) > 0.9 and np.abs(maps - expected).max() < 1e-5
    (tmp_path / "model.pb").unlink()  # 100 MB each
    (tmp_path / "msinet.safetensors").unlink()


@pytest.mark.parametrize(("file", "scope"), [("frozen.pb", ""), ("saved_model.pb", "__inference_pruned_54/")])
def test_what_tensorflow_itself_writes(file, scope, state):
    """The last layer as TensorFlow 2.21.0 freezes its variables, and saves the frozen graph behind two functions."""
    found = read_constants(FILES / file)
    assert found.keys() == {f"{scope}decoder/conv4/kernel", f"{scope}decoder/conv4/bias", f"{scope}add/x"}
    kernel = found[f"{scope}decoder/conv4/kernel"].transpose(3, 2, 0, 1)
    assert np.array_equal(kernel, state["decoder.conv4.weight"])
    assert np.array_equal(found[f"{scope}decoder/conv4/bias"], state["decoder.conv4.bias"])
    assert found[f"{scope}add/x"] == np.float32(1e-7)
