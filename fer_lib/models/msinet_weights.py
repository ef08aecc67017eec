"""MSI-Net's published weights, from TensorFlow files to safetensors.

The authors' graphs hold them as constants: kernels (height, width, in, out), whatever the layout of the images.
"""

import re
from pathlib import Path

import numpy as np
import torch
from safetensors.torch import save_file
from torch import Tensor

from .. import __version__
from ..artifacts import atomic_path, file_sha256
from ..errors import require
from .msinet import MSINet
from .tensorflow_constants import constants, graph_file

LICENCE = "MIT © 2019 A. Kroner (as stated by its repository); research use"
#: Scope in the authors' code → module of :class:`~fer_lib.models.msinet.MSINet`.
LAYERS = {
    **{f"conv{s}/conv{s}_{i}": f"encoder.conv{s}_{i}" for s in (1, 2) for i in (1, 2)},
    **{f"conv{s}/conv{s}_{i}": f"encoder.conv{s}_{i}" for s in (3, 4, 5) for i in (1, 2, 3)},
    **{f"aspp/conv1_{i}": f"aspp.b{i}" for i in (1, 2, 3, 4, 5)},
    "aspp/conv2": "aspp.project",
    **{f"decoder/conv{i}": f"decoder.conv{i}" for i in (1, 2, 3, 4)},
}
KINDS = {"kernel": "weight", "bias": "bias"}
#: With what reading a variable appends.
NAME = re.compile(r"(.+)/(kernel|bias)(?:/read|/ReadVariableOp)?(?::0)?", re.DOTALL)


def convert(path: str | Path) -> dict[str, Tensor]:
    """The 46 tensors of :class:`~fer_lib.models.msinet.MSINet`, from a frozen graph or a SavedModel.

    Constants are told by the last two parts of their scope; whatever is called neither kernel nor bias is passed over.
    A function may hold them once more, with the same values.

    Returns:
        Name in the state dict → float32 tensor, kernels as (out, in, height, width).

    Raises:
        InputError: what :func:`~fer_lib.models.tensorflow_constants.constants` says; or naming the kernels and biases
            that are missing, left over, of another shape, stored twice with different values or not finite.
    """
    found: dict[str, list[np.ndarray]] = {}
    left_over = []
    for name, array in constants(path).items():
        match = NAME.fullmatch(name)
        if match is None:
            continue
        scope = "/".join(match[1].split("/")[-2:])
        if scope in LAYERS:
            found.setdefault(f"{scope}/{match[2]}", []).append(array)
        else:
            left_over.append(repr(name))  # any text may stand in a file
    wanted = tensorflow_shapes()
    shapes = {
        f"{name} is {one.shape}, expected {wanted[name]}"
        for name, (one, *_) in found.items()
        if one.shape != wanted[name]
    }
    _refuse(path, {"missing": wanted.keys() - found.keys(), "left over": left_over, "of another shape": shapes})
    _refuse(
        path,
        {
            "two different values of": {
                name for name, (one, *others) in found.items() if not all(np.array_equal(one, two) for two in others)
            },
            "values that are not finite in": {name for name, (one, *_) in found.items() if not np.isfinite(one).all()},
        },
    )
    return {_name_here(name): _tensor(one) for name, (one, *_) in found.items()}


def tensorflow_shapes() -> dict[str, tuple[int, ...]]:
    """Shape of every kernel and bias by its name in the authors' code, ``conv1/conv1_1/kernel``."""
    with torch.device("meta"):
        state = MSINet().state_dict()
    here = {f"{scope}/{kind}": state[f"{LAYERS[scope]}.{KINDS[kind]}"].shape for scope in LAYERS for kind in KINDS}
    return {
        name: (shape[2], shape[3], shape[1], shape[0]) if len(shape) == 4 else tuple(shape)
        for name, shape in here.items()
    }


def store(tensors: dict[str, Tensor], path: str | Path, source: str | Path) -> dict[str, str]:
    """Write `tensors` as safetensors, atomically, and return the record in the file's header.

    Args:
        source: the file or folder they were converted from.
    """
    source = graph_file(source)
    record = {
        "source": source.name,
        "source_sha256": file_sha256(source),
        "licence": LICENCE,
        "converter": f"fer_lib {__version__}",
    }
    with atomic_path(path) as temporary:
        save_file(tensors, temporary, metadata=record)
    return record


def _name_here(name: str) -> str:
    scope, kind = name.rsplit("/", 1)
    return f"{LAYERS[scope]}.{KINDS[kind]}"


def _tensor(array: np.ndarray) -> Tensor:
    if array.ndim == 4:
        array = array.transpose(3, 2, 0, 1)
    return torch.from_numpy(np.array(array, np.float32, order="C"))


def _refuse(path: str | Path, problems: dict) -> None:
    """Raise InputError if there are any; of each kind three are named."""
    told = [
        f"{what} {', '.join(sorted(names)[:3])}{f' … ({len(names)} in all)' if len(names) > 3 else ''}"
        for what, names in problems.items()
        if names
    ]
    require(not told, f"{path} does not hold the weights of MSI-Net: {'; '.join(told)}")
