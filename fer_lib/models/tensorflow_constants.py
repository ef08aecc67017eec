"""Constants of TensorFlow's frozen graphs and SavedModels, read without TensorFlow.

Field numbers are those of the public ``tensorflow/core/framework/{graph,function,node_def,attr_value,tensor,
tensor_shape}.proto`` and ``tensorflow/core/protobuf/{saved_model,meta_graph}.proto``.
"""

import math
from collections.abc import Iterator
from pathlib import Path

import numpy as np

from ..errors import InputError, require
from .protobuf_wire import BYTES, FIXED32, VARINT, WireError, fields, last, text, values

SAVED_MODEL = "saved_model.pb"
DT_FLOAT = 1
#: Bytes. No message is larger, so neither are a file and a constant that is stored in full.
LARGEST = 2**31
#: Values of all constants of a file whose repeated end is left out: bounds the memory for filling them up.
FILLED = 2**25
DIMENSIONS = 32


def constants(path: str | Path) -> dict[str, np.ndarray]:
    """Every float32 ``Const`` node of a frozen GraphDef (``.pb``) or of a SavedModel (its folder, or its ``.pb``).

    Those in the body of a function are called ``<function>/<node>``. Which functions the serving signature calls is not
    looked at: every body is read.

    Returns:
        Name → read-only float32 array in the graph's own layout; most are views of the file's bytes.

    Raises:
        InputError: no such file, no graph in it, damaged, or a constant whose values do not fit its shape.
    """
    path = graph_file(path)
    require(path.stat().st_size <= LARGEST, f"{path}: larger than any TensorFlow graph, at most 2 GiB")
    data = path.read_bytes()
    require(len(data) > 0, f"{path}: the file is empty, expected a frozen TensorFlow graph or a SavedModel")
    require(not data.startswith(b"PK\x03\x04"), f"{path}: a zip archive, expected the .pb file inside it; unpack it")
    found: dict[str, np.ndarray] = {}
    stored: dict[str, memoryview] = {}
    nodes = filled = 0
    try:
        for scope, node in _nodes(memoryview(data)):
            nodes += 1
            tensor = _float_tensor(node)
            if tensor is None:
                continue
            name = scope + text(node, 1)
            require(
                stored.setdefault(name, tensor) == tensor, f"{path}: two constants are called {name!r}, expected one"
            )
            try:
                found[name], repeated = _array(tensor)
            except WireError as error:
                raise InputError(f"{path}: constant {name!r}: {error}") from None
            filled += repeated
            require(filled <= FILLED, f"{path}: its shortened constants stand for more than {FILLED:,} values")
    except WireError as error:
        raise InputError(
            f"{path}: not a frozen TensorFlow graph or a SavedModel, or cut off ({error}); expected one in binary form"
        ) from None
    require(nodes > 0, f"{path}: no nodes, expected a frozen TensorFlow graph or a SavedModel")
    return found


def graph_file(path: str | Path) -> Path:
    """The file of a graph: `path` itself, or ``saved_model.pb`` in the folder `path`.

    Raises:
        InputError: it is not there.
    """
    path = Path(path)
    if path.is_dir():
        require((path / SAVED_MODEL).is_file(), f"{path}: no {SAVED_MODEL} in it, expected the folder of a SavedModel")
        return path / SAVED_MODEL
    require(path.is_file(), f"{path}: no such file, expected a frozen TensorFlow graph (.pb) or a SavedModel")
    return path


def _nodes(data: memoryview) -> Iterator[tuple[str, memoryview]]:
    """NodeDefs of all graphs and of all functions in their libraries, each with what goes before its name."""
    for graph in _graphs(data):
        yield from (("", node) for node in values(graph, 1))
        for library in values(graph, 2):
            for function in values(library, 1):
                scope = text(last(function, 1) or memoryview(b""), 1) + "/"
                yield from ((scope, node) for node in values(function, 3))


def _graphs(data: memoryview) -> Iterator[memoryview]:
    """A SavedModel's first field is the number of its schema, a GraphDef's is a node."""
    if any(number == 1 and wire == VARINT for number, wire, _ in fields(data)):
        for meta in values(data, 2):
            yield from values(meta, 2)
    else:
        yield data


def _float_tensor(node: memoryview) -> memoryview | None:
    """TensorProto of a float32 ``Const`` node; None for all other nodes."""
    if text(node, 2) != "Const":
        return None
    for attribute in values(node, 5):
        value = last(attribute, 2)
        if text(attribute, 1) == "value" and value is not None:
            tensor = last(value, 8)
            if tensor is not None and last(tensor, 1, VARINT) == DT_FLOAT:
                return tensor
    return None


def _array(tensor: memoryview) -> tuple[np.ndarray, int]:
    """Values of a TensorProto in its shape, and how many had to be filled in beside what is stored.

    Stored are the bytes of all values, or a list of floats whose last one stands for all that would follow; no float at
    all stands for zeros.
    """
    shape = _shape(last(tensor, 2) or memoryview(b""))
    count = math.prod(shape)
    content = last(tensor, 4)
    if content:
        if len(content) != 4 * count:
            raise WireError(f"{len(content)} bytes, expected {4 * count} for the shape {shape}")
        return np.frombuffer(content, "<f4").reshape(shape), 0
    floats = _floats(tensor)
    if len(floats) > count:
        raise WireError(f"{len(floats)} values, expected at most {count} for the shape {shape}")
    if len(floats) == count:
        return floats.reshape(shape), 0
    if len(floats) <= 1:
        return np.broadcast_to(floats[0] if len(floats) else np.float32(0), shape), 0
    if count > FILLED:
        raise WireError(f"{len(floats)} values, expected all {count:,}")
    full = np.full(count, floats[-1])
    full[: len(floats)] = floats
    full.setflags(write=False)
    return full.reshape(shape), count


def _floats(tensor: memoryview) -> np.ndarray:
    """The list ``float_val``: packed into runs, or one field for each."""
    runs = []
    for number, wire, value in fields(tensor):
        if number == 5:
            if wire not in (BYTES, FIXED32) or len(value) % 4:
                raise WireError("its list of floats is cut off")
            runs.append(value)
    return np.frombuffer(runs[0] if len(runs) == 1 else b"".join(runs), "<f4")


def _shape(message: memoryview) -> tuple[int, ...]:
    if last(message, 3, VARINT):
        raise WireError("its shape is unknown")
    shape = tuple(last(dimension, 1, VARINT) or 0 for dimension in values(message, 2))
    if len(shape) > DIMENSIONS:
        raise WireError(f"{len(shape)} dimensions, expected at most {DIMENSIONS}")
    if 4 * math.prod(max(size, 1) for size in shape) > LARGEST:
        raise WireError(f"its shape {shape} is larger than any file of this kind")
    return shape
