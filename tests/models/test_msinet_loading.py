"""Files of MSI-Net's weights, good and wrong."""

import numpy as np
import pytest
import torch
from safetensors.torch import save_file

from fer_lib.errors import InputError
from fer_lib.models.msinet_loading import load_msinet, weights_record

from . import msinet_slowly as slowly

RECORD = {"source_sha256": "ab" * 32, "licence": "of a test"}


@pytest.fixture(scope="module")
def state():
    return {key: torch.from_numpy(value) for key, value in slowly.weights().items()}


@pytest.fixture(scope="module")
def file(tmp_path_factory, state):
    """100 MB, so that there is one, and no longer than needed."""
    path = tmp_path_factory.mktemp("weights") / "msinet.safetensors"
    save_file(state, path, metadata=RECORD)
    yield path
    path.unlink()


def test_a_file_is_loaded_as_it_is(file, state):
    model = load_msinet(file)
    assert not model.training
    assert all(torch.equal(value, state[key]) for key, value in model.state_dict().items())
    picture = slowly.picture(8, 8)
    assert np.ptp(model(torch.from_numpy(picture)).detach().numpy()) > 0.9


def test_a_file_tells_where_it_is_from(file):
    assert weights_record(file) == RECORD


def test_a_file_without_a_record(tmp_path):
    save_file({"x": torch.zeros(1)}, tmp_path / "bare.safetensors")
    assert weights_record(tmp_path / "bare.safetensors") == {}


@pytest.fixture
def refused(monkeypatch, tmp_path, state):
    """``refused(changes)``: what is said of a file whose tensors differ in `changes`; None takes one away."""

    def load(changes):
        given = {key: value for key, value in {**state, **changes}.items() if value is not None}
        monkeypatch.setattr("fer_lib.models.msinet_loading.read_weights", lambda path: given)
        path = tmp_path / "w.safetensors"
        path.touch()
        with pytest.raises(InputError) as error:
            load_msinet(path)
        return str(error.value).removeprefix(str(path))

    return load


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"aspp.b5.bias": None}, " does not hold the weights of MSI-Net: missing aspp.b5.bias"),
        ({"aspp.b6.bias": torch.zeros(1)}, " does not hold the weights of MSI-Net: left over aspp.b6.bias"),
        (
            {"decoder.conv4.bias": torch.zeros(2)},
            " does not hold the weights of MSI-Net: decoder.conv4.bias is (2,), expected (1,)",
        ),
        (
            {"encoder.conv1_1.bias": torch.full((64,), torch.nan)},
            ": encoder.conv1_1.bias holds values that are not finite; make the file anew",
        ),
    ],
)
def test_wrong_tensors_are_named(refused, changes, sentence):
    assert refused(changes) == sentence


def test_three_of_many_are_named(refused, state):
    none = {key: None for key in state}
    assert refused(none).endswith("missing aspp.b1.bias, aspp.b1.weight, aspp.b2.bias …")


def test_a_missing_file_names_the_command(tmp_path):
    with pytest.raises(
        InputError, match="no weights of MSI-Net there; make .* with `fer guidance saliency --weights FILE`"
    ):
        load_msinet(tmp_path / "msinet.safetensors")


def test_the_published_graph_itself_names_the_command(tmp_path):
    (tmp_path / "model_salicon_cpu.pb").touch()
    with pytest.raises(InputError, match="expected weights of MSI-Net as .safetensors; make .* `fer guidance saliency"):
        load_msinet(tmp_path / "model_salicon_cpu.pb")


@pytest.mark.parametrize("read", [load_msinet, weights_record])
def test_a_damaged_file_is_told(read, tmp_path):
    path = tmp_path / "cut.safetensors"
    path.write_bytes(b"\x10\0\0\0")
    with pytest.raises(InputError, match="cut.safetensors: not a readable"):
        read(path)
