"""Frozen graphs and SavedModels, written field by field as the public .proto files number them."""

import numpy as np

VARINT, BYTES, FIXED32 = 0, 2, 5


def varint(value: int) -> bytes:
    out = bytearray()
    while value > 0x7F:
        out.append(value & 0x7F | 0x80)
        value >>= 7
    return bytes([*out, value])


def number(field: int, value: int) -> bytes:
    return varint(field << 3 | VARINT) + varint(value)


def run(field: int, content: bytes | str) -> bytes:
    """A text, packed list or nested message."""
    content = content.encode() if isinstance(content, str) else content
    return varint(field << 3 | BYTES) + varint(len(content)) + content


def shape_message(shape) -> bytes:
    return b"".join(run(2, number(1, size)) for size in shape)


def tensor(array, form="bytes", shape=None, dtype=1) -> bytes:
    """A TensorProto: all values as ``bytes``, as ``packed`` floats or as ``single`` fields; `shape`: another one."""
    array = np.asarray(array, "<f4")
    flat = array.ravel()
    head = number(1, dtype) + run(2, shape_message(array.shape if shape is None else shape))
    if form == "bytes":
        return head + run(4, flat.tobytes())
    if form == "packed":
        return head + run(5, flat.tobytes())
    return head + b"".join(varint(5 << 3 | FIXED32) + value.tobytes() for value in flat)


def constant(name: str, message: bytes) -> bytes:
    """A NodeDef with the attributes dtype and value."""
    attributes = [("dtype", number(6, 1)), ("value", run(8, message))]
    return (
        run(1, name) + run(2, "Const") + b"".join(run(5, run(1, key) + run(2, value)) for key, value in attributes)
    )  # fmt: skip


def node(name: str, op: str, *inputs: str) -> bytes:
    return run(1, name) + run(2, op) + b"".join(run(3, given) for given in inputs)


def graph(nodes, functions=()) -> bytes:
    """A GraphDef: nodes, a library of (name, nodes), and the versions that every graph has."""
    library = b"".join(
        run(1, run(1, run(1, name)) + b"".join(run(3, one) for one in body) + run(4, run(1, "out") + run(2, "in")))
        for name, body in functions
    )
    return b"".join(run(1, one) for one in nodes) + (run(2, library) if library else b"") + run(4, number(1, 1882))


def saved_model(*graphs: bytes) -> bytes:
    """A SavedModel with a meta graph for each."""
    return number(1, 1) + b"".join(run(2, run(1, run(4, "serve")) + run(2, one)) for one in graphs)


def wrapped(constants) -> bytes:
    """A SavedModel as exporters write it: the serving call reaches the constants through two functions."""
    call = node("call", "StatefulPartitionedCall", "input")
    body = [*constants, node("conv", "Conv2D", "input")]
    functions = [("__inference_signature_wrapper_9", [call]), ("__inference_wrapped_model_7", [call])]
    return saved_model(graph([node("input", "Placeholder"), call], [*functions, ("__inference_pruned_5", body)]))
