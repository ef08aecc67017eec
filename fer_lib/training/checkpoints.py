"""Weights on disk: safetensors written here, other people's files read without unpickling."""

import pickle
from pathlib import Path

import torch
from safetensors import SafetensorError
from safetensors.torch import load_file, save_file
from torch import Tensor, nn

from ..artifacts import atomic_path
from ..errors import InputError
from ..models.layer_groups import tensors_in
from ..models.reference_names import from_reference


def save_weights(path: str | Path, model: nn.Module) -> None:
    """Parameters and buffers as ``.safetensors``, written atomically."""
    save_tensors(path, model.state_dict())


def save_tensors(path: str | Path, tensors: dict[str, Tensor]) -> None:
    """Any named tensors as ``.safetensors``, written atomically; :func:`read_weights` reads them."""
    plain = {key: value.detach().cpu().contiguous() for key, value in tensors.items()}
    with atomic_path(path) as temporary:
        save_file(plain, temporary)


def read_weights(path: str | Path) -> dict[str, Tensor]:
    """Tensors of a ``.safetensors`` file or of a ``torch.save`` file holding tensors only.

    A checkpoint wrapped as ``{"state_dict": …}`` or ``{"model": …}`` is opened.

    Raises:
        InputError: no such file, damaged, or it would need unpickling of code.
    """
    path = Path(path)
    if not path.is_file():
        raise InputError(f"{path}: no such weights file")
    try:
        if path.suffix == ".safetensors":
            return load_file(path)
        state = torch.load(path, map_location="cpu", weights_only=True)
    except (SafetensorError, pickle.UnpicklingError, RuntimeError, EOFError, ValueError) as error:
        raise InputError(
            f"{path}: not a readable file of tensors ({type(error).__name__}); expected .safetensors, "
            "or torch.save of a state_dict and nothing else"
        ) from error
    for wrapper in ("state_dict", "model"):
        if isinstance(state, dict) and isinstance(state.get(wrapper), dict):
            state = state[wrapper]
    if not isinstance(state, dict) or not all(isinstance(value, Tensor) for value in state.values()):
        raise InputError(f"{path}: holds {type(state).__name__}, expected a dictionary of tensors")
    return state


def load_weights(model: nn.Module, path: str | Path, leave_out: tuple[str, ...] = ()) -> None:
    """Load every tensor of `path` into `model`; names of the public reference are translated.

    Args:
        leave_out: modules that keep what they have, by name, whatever the file holds for them.

    Raises:
        InputError: naming the tensors that are missing, left over or of another shape.
    """
    model.load_state_dict(fitting_tensors(model, path, leave_out), strict=not leave_out)


def fitting_tensors(model: nn.Module, path: str | Path, leave_out: tuple[str, ...] = ()) -> dict[str, Tensor]:
    """What :func:`load_weights` loads; raises what it raises. `model` may lie on torch's meta device."""
    kept = tensors_in(leave_out)
    state = {key: value for key, value in from_reference(read_weights(path)).items() if not key.startswith(kept)}
    wanted = {key: value for key, value in model.state_dict().items() if not key.startswith(kept)}
    missing = sorted(wanted.keys() - state.keys())
    extra = sorted(state.keys() - wanted.keys())
    shapes = [
        f"{key} is {tuple(state[key].shape)}, expected {tuple(wanted[key].shape)}"
        for key in sorted(wanted.keys() & state.keys())
        if state[key].shape != wanted[key].shape
    ]
    problems = [
        *([f"missing {', '.join(missing)}"] if missing else []),
        *([f"left over {', '.join(extra)}"] if extra else []),
        *shapes,
    ]
    if problems:
        raise InputError(f"{path} does not fit {type(model).__name__}: {'; '.join(problems)}")
    return state
