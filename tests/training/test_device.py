import pytest
import torch

from fer_lib.errors import InputError
from fer_lib.training.device import choose_device, choose_precision, device_name, multiplies_bf16

CPU = torch.device("cpu")


@pytest.mark.skipif(torch.cuda.is_available(), reason="here CUDA is not absent")
def test_absent_cuda_is_told_in_one_sentence():
    with pytest.raises(InputError) as error:
        choose_device("cuda")
    assert str(error.value).startswith("device 'cuda' cannot be used here: ")
    assert "\n" not in str(error.value)


@pytest.mark.parametrize("name", ["gpu", "cuda:", "cpu:x", ""])
def test_an_unknown_device_is_told_in_one_sentence(name):
    with pytest.raises(InputError, match=f"device '{name}' cannot be used here") as error:
        choose_device(name)
    assert "\n" not in str(error.value)


@pytest.mark.parametrize(
    ("cuda", "mps", "expected"), [(True, True, "cuda"), (False, True, "mps"), (False, False, "cpu")]
)
def test_auto_takes_the_fastest_there_is(monkeypatch, cuda, mps, expected):
    monkeypatch.setattr(torch.cuda, "is_available", lambda: cuda)
    monkeypatch.setattr(torch.backends.mps, "is_available", lambda: mps)
    assert choose_device("auto").type == expected


@pytest.mark.parametrize(("native", "expected"), [(True, torch.bfloat16), (False, torch.float32)])
def test_auto_precision_follows_the_hardware(monkeypatch, native, expected):
    monkeypatch.setattr(torch.cpu, "_is_avx512_bf16_supported", lambda: native, raising=False)
    monkeypatch.setattr(torch.cpu, "_is_amx_tile_supported", lambda: False, raising=False)
    assert multiplies_bf16(CPU) is native
    assert choose_precision("auto", CPU) == expected


def test_hardware_that_torch_cannot_tell_gets_float32(monkeypatch):
    monkeypatch.delattr(torch.cpu, "_is_avx512_bf16_supported", raising=False)
    monkeypatch.delattr(torch.cpu, "_is_amx_tile_supported", raising=False)
    assert choose_precision("auto", CPU) == torch.float32


@pytest.mark.parametrize(("capability", "native"), [((7, 5), False), ((8, 0), True), ((9, 0), True)])
def test_cuda_has_bfloat16_from_ampere_on(monkeypatch, capability, native):
    monkeypatch.setattr(torch.cuda, "get_device_capability", lambda device: capability)
    assert multiplies_bf16(torch.device("cuda")) is native


def test_a_named_precision_is_obeyed():
    assert choose_precision("bf16", CPU) == torch.bfloat16
    assert choose_precision("fp32", CPU) == torch.float32


def test_device_name_for_cards():
    assert device_name(CPU).startswith("cpu (")
