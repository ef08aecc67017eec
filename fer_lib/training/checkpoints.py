"""Weights on disk: safetensors written here; other people's files, and how they fit a network."""

from pathlib import Path

from torch import Tensor, nn

from ..errors import InputError
from ..models.layer_groups import tensors_in
from ..models.reference_names import from_reference
from ..models.weight_files import read_weights
from .state_files import write_tensors


def save_weights(path: str | Path, model: nn.Module) -> None:
    """Parameters and buffers as ``.safetensors``, written atomically."""
    save_tensors(path, model.state_dict())


def save_tensors(path: str | Path, tensors: dict[str, Tensor]) -> None:
    """Any named tensors as ``.safetensors``, written atomically; :func:`read_weights` reads them."""
    plain = {key: value.detach().cpu().contiguous() for key, value in tensors.items()}
    write_tensors(path, plain)


def load_weights(model: nn.Module, path: str | Path, leave_out: tuple[str, ...] = ()) -> None:
    """Load every tensor of `path` into `model`; names of the public reference are translated.

    Args:
        leave_out: modules that keep what they have, by name, whatever the file holds for them.

    Raises:
        InputError: naming the tensors that are missing, left over or of another shape; or what
            :func:`~fer_lib.models.reference_names.from_reference` says.
    """
    model.load_state_dict(fitting_tensors(model, path, leave_out), strict=not leave_out)


def fitting_tensors(model: nn.Module, path: str | Path, leave_out: tuple[str, ...] = ()) -> dict[str, Tensor]:
    """What :func:`load_weights` loads; raises what it raises. `model` may lie on torch's meta device."""
    kept = tensors_in(leave_out)
    state = read_weights(path)
    try:
        state = from_reference(state)
    except InputError as error:
        raise InputError(f"{path}: {error}") from None
    state = {key: value for key, value in state.items() if not key.startswith(kept)}
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
