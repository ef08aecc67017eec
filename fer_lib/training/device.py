"""Where to compute and in which number format."""

import platform

import torch

from ..errors import InputError

#: Names of the number formats in a configuration.
NAMES = {torch.float32: "fp32", torch.bfloat16: "bf16", torch.float64: "fp64"}


def choose_device(name: str = "auto") -> torch.device:
    """``"auto"`` → CUDA, else MPS, else CPU; any other name as torch understands it.

    Raises:
        InputError: the name is unknown or that device is not there.
    """
    if name == "auto":
        if torch.cuda.is_available():
            return torch.device("cuda")
        return torch.device("mps" if torch.backends.mps.is_available() else "cpu")
    try:
        device = torch.device(name)
        torch.empty(1, device=device)
    except (RuntimeError, AssertionError) as error:
        raise InputError(f"device {name!r} cannot be used here: {str(error).splitlines()[0]}") from error
    return device


def multiplies_bf16(device: torch.device) -> bool:
    """Whether `device` has bfloat16 multiply instructions; emulated ones would be slower than fp32."""
    if device.type == "cuda":
        return torch.cuda.get_device_capability(device) >= (8, 0)
    if device.type == "cpu":
        # private names, so asked for with care: absent on some builds, and then the answer is no
        checks = ("_is_avx512_bf16_supported", "_is_amx_tile_supported")
        return any(getattr(torch.cpu, check, lambda: False)() for check in checks)
    return False


def choose_precision(name: str, device: torch.device) -> torch.dtype:
    """``"auto"`` → bfloat16 where :func:`multiplies_bf16`, else float32."""
    if name == "auto":
        name = "bf16" if multiplies_bf16(device) else "fp32"
    return {short: dtype for dtype, short in NAMES.items()}[name]


def input_dtype(precision: str) -> torch.dtype:
    """Of images and weights: float64 where that is asked for, else float32 (bfloat16 is autocast's)."""
    return torch.float64 if precision == "fp64" else torch.float32


def device_name(device: torch.device) -> str:
    """For cards: ``"NVIDIA H100"``, ``"cpu (x86_64)"``."""
    if device.type == "cuda":
        return torch.cuda.get_device_name(device)
    return f"{device.type} ({platform.machine()})"


def half_precision(device: torch.device, dtype: torch.dtype) -> torch.autocast:
    """Autocast to bfloat16 where `dtype` is that, else none."""
    return torch.autocast(device.type, torch.bfloat16, enabled=dtype == torch.bfloat16)
