"""Weights on disk: what is written loads again, what does not fit is named, nothing is executed."""

import os
import pickle

import pytest
import torch

from fer_lib.errors import InputError
from fer_lib.models import create_model
from fer_lib.training.checkpoints import load_weights, read_weights, save_weights

from ..models.test_reference_names import reference_state


def same(one, other):
    return one.keys() == other.keys() and all(torch.equal(value, other[key]) for key, value in one.items())


@pytest.mark.parametrize("name", ["simple_cnn", "guided_stn"])
def test_saved_weights_load_again(name, tmp_path):
    model = create_model(name, num_classes=3).to(memory_format=torch.channels_last)
    model.train()(torch.randn(4, 1, 48, 48))  # batch-norm statistics travel too
    save_weights(tmp_path / "w.safetensors", model)
    other = create_model(name, num_classes=3)
    load_weights(other, tmp_path / "w.safetensors")
    assert same(other.state_dict(), model.state_dict())


@pytest.mark.parametrize("prefix", ["", "module."])
@pytest.mark.parametrize("wrapper", [None, "state_dict", "model"])
def test_reference_checkpoint_of_torch_save_gives_the_same_logits(prefix, wrapper, tmp_path):
    source, state = reference_state()
    state = {prefix + key: value for key, value in state.items()}
    torch.save(state if wrapper is None else {wrapper: state, "epoch": 167}, tmp_path / "best.pt")
    model = create_model("guided_stn", num_classes=3)
    load_weights(model, tmp_path / "best.pt")
    image, guidance = torch.randn(2, 4, 1, 48, 48)
    assert torch.equal(model.eval()(image, guidance), source.eval()(image, guidance))


def test_missing_extra_and_misshapen_tensors_are_all_named_at_once(tmp_path):
    _, state = reference_state()
    del state["conv2.bias"]
    state["fc2.weight"] = torch.zeros(7, 50)
    state["fc9.weight"] = torch.zeros(1)
    torch.save(state, tmp_path / "odd.pt")
    model = create_model("guided_stn", num_classes=3)
    before = {key: value.clone() for key, value in model.state_dict().items()}
    with pytest.raises(InputError) as error:
        load_weights(model, tmp_path / "odd.pt")
    message = str(error.value)
    assert "odd.pt does not fit GuidedSTN" in message
    assert "missing classifier.conv2.bias" in message
    assert "left over classifier.fc9.weight" in message
    assert "classifier.fc2.weight is (7, 50), expected (3, 50)" in message
    assert same(model.state_dict(), before)  # nothing was loaded by halves


def test_weights_of_another_model_are_refused(tmp_path):
    save_weights(tmp_path / "cnn.safetensors", create_model("simple_cnn", num_classes=3))
    with pytest.raises(InputError, match=r"does not fit GuidedSTN: missing .*localization\.0\.weight"):
        load_weights(create_model("guided_stn", num_classes=3), tmp_path / "cnn.safetensors")


class Malicious:
    """Unpickling it would create a folder."""

    def __init__(self, folder):
        self.folder = folder

    def __reduce__(self):
        return os.mkdir, (str(self.folder),)


@pytest.mark.parametrize("save", [torch.save, lambda content, path: path.write_bytes(pickle.dumps(content, 2))])
def test_code_in_a_checkpoint_is_refused_and_not_run(save, tmp_path):
    save({"conv1.weight": torch.zeros(1), "extra": Malicious(tmp_path / "owned")}, tmp_path / "evil.pt")
    with pytest.raises(InputError, match=r"evil\.pt: not a readable file of tensors"):
        read_weights(tmp_path / "evil.pt")
    assert not (tmp_path / "owned").exists()


@pytest.mark.parametrize("name", ["w.safetensors", "w.pt"])
@pytest.mark.parametrize("content", [b"", b"no tensors here", bytes(range(256)) * 9, b"PK\x03\x04broken"])
def test_damaged_files_are_told_in_a_sentence(name, content, tmp_path):
    (tmp_path / name).write_bytes(content)
    with pytest.raises(InputError, match="not a readable file of tensors"):
        read_weights(tmp_path / name)


def test_a_truncated_file_is_told_in_a_sentence(tmp_path):
    path = tmp_path / "w.safetensors"
    save_weights(path, create_model("simple_cnn", num_classes=3))
    path.write_bytes(path.read_bytes()[:-100])
    with pytest.raises(InputError, match="not a readable file of tensors"):
        read_weights(path)


def test_a_missing_file_is_named(tmp_path):
    with pytest.raises(InputError, match=r"nowhere\.pt: no such weights file"):
        read_weights(tmp_path / "nowhere.pt")


@pytest.mark.parametrize("content", [[torch.zeros(2)], {"epoch": 3}, torch.zeros(2)])
def test_what_is_no_dictionary_of_tensors_is_refused(content, tmp_path):
    torch.save(content, tmp_path / "odd.pt")
    with pytest.raises(InputError, match="expected a dictionary of tensors"):
        read_weights(tmp_path / "odd.pt")
