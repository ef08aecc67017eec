"""The state of something that is under way, as one file: tensors, and all else as JSON in the file's header.

Nothing is pickled, so nothing that reads such a file runs code from it.
"""

import json
from pathlib import Path

import numpy as np
from safetensors import SafetensorError, safe_open
from safetensors.torch import save
from torch import Tensor

from ..artifacts import atomic_path
from ..errors import InputError

#: What JSON has no form for, by the only key of an object that stands for it.
TENSOR, TUPLE, ITEMS = "$tensor", "$tuple", "$items"


def save_state(path: str | Path, state: object, facts: dict | None = None) -> None:
    """Write `state` atomically.

    Args:
        state: dictionaries (keys: text or whole numbers), lists, tuples, text, numbers, None and tensors, nested as
            they like. Numbers keep all their digits, tensors their bits but not the order they lie in memory.
        facts: plain JSON, that :func:`read_facts` reads without the state.

    Raises:
        TypeError: `state` holds something else.
    """
    tensors: dict[str, Tensor] = {}
    header = {"facts": json.dumps(facts or {}), "state": json.dumps(_plain(state, tensors))}
    write_tensors(path, tensors, header)


def write_tensors(path: str | Path, tensors: dict[str, Tensor], header: dict[str, str] | None = None) -> None:
    """A ``.safetensors`` file, written atomically; `tensors` lie on the CPU and are contiguous."""
    with atomic_path(path) as temporary:
        # not safetensors' save_file, which makes a temporary file of its own: a kill would leave that behind
        temporary.write_bytes(save(tensors, metadata=header))


def read_state(path: str | Path) -> object:
    """What :func:`save_state` wrote, tensors on the CPU. Raises InputError for a file that it did not, or a damaged
    one."""

    def read(file):
        tensors = {name: file.get_tensor(name) for name in file.keys()}  # noqa: SIM118 (it is no dictionary)
        return _restored(json.loads(file.metadata()["state"]), tensors)

    return _opened(path, read)


def read_facts(path: str | Path) -> dict:
    """`facts` of such a file. Raises InputError as :func:`read_state` does."""
    return _opened(path, lambda file: dict(json.loads(file.metadata()["facts"])))


def _opened(path: str | Path, read):
    try:
        with safe_open(path, "pt") as file:
            return read(file)
    # JSON that is cut short, a name without its tensor, objects where lists should be …
    except (SafetensorError, OSError, KeyError, TypeError, ValueError, AttributeError, RecursionError) as error:
        raise InputError(f"{path}: not a readable state of a training ({type(error).__name__})") from error


def _plain(value: object, tensors: dict[str, Tensor]) -> object:
    if isinstance(value, Tensor):
        name = str(len(tensors))
        tensors[name] = value.detach().cpu().contiguous()
        return {TENSOR: name}
    if isinstance(value, dict):
        plain = [(key, _plain(each, tensors)) for key, each in value.items()]
        if all(isinstance(key, str) and not key.startswith("$") for key in value):
            return dict(plain)
        return {ITEMS: plain}
    if isinstance(value, (list, tuple)):
        plain = [_plain(each, tensors) for each in value]
        return {TUPLE: plain} if isinstance(value, tuple) else plain
    if isinstance(value, np.generic):
        return value.item()
    if value is None or isinstance(value, (str, int, float)):
        return value
    raise TypeError(f"{type(value).__name__} is no part of a state that can be stored")


def _restored(value: object, tensors: dict[str, Tensor]) -> object:
    if isinstance(value, list):
        return [_restored(each, tensors) for each in value]
    if not isinstance(value, dict):
        return value
    if TENSOR in value:
        return tensors[value[TENSOR]]
    if TUPLE in value:
        return tuple(_restored(value[TUPLE], tensors))
    if ITEMS in value:
        return {key: _restored(each, tensors) for key, each in value[ITEMS]}
    return {key: _restored(each, tensors) for key, each in value.items()}
