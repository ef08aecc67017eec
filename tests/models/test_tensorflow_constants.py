"""Constants of graphs: every form of storing them, where they are looked for, and what is refused."""

import io
import zipfile

import numpy as np
import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from hypothesis.extra.numpy import array_shapes, arrays
from tensorboard.compat.proto.graph_pb2 import GraphDef
from tensorboard.compat.proto.meta_graph_pb2 import MetaGraphDef

from fer_lib.errors import InputError
from fer_lib.models import tensorflow_constants
from fer_lib.models.tensorflow_constants import constants

from .tensorflow_writer import constant, graph, node, number, run, saved_model, shape_message, tensor, wrapped

RAMP = np.arange(12, dtype=np.float32).reshape(3, 4) / 7


@pytest.fixture
def read(tmp_path):
    """Constants of a file with these bytes."""

    def of(content, name="graph.pb"):
        path = tmp_path / name
        path.write_bytes(content)
        return constants(path)

    return of


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """For tests that hypothesis repeats."""
    return tmp_path_factory.mktemp("graphs")


def test_where_constants_are_looked_for(read, tmp_path):
    one, two, three = (constant(name, tensor(RAMP + i)) for i, name in enumerate(["a/b", "c", "a/b"]))
    frozen = graph([node("input", "Placeholder"), one, node("relu", "Relu", "a/b")], [("f", [two]), ("g", [three])])
    plain = read(frozen)
    assert plain.keys() == {"a/b", "f/c", "g/a/b"}
    assert all(np.array_equal(plain[name], RAMP + i) for i, name in enumerate(["a/b", "f/c", "g/a/b"]))
    assert read(saved_model(frozen)).keys() == plain.keys()
    assert read(saved_model(frozen), "saved_model.pb").keys() == constants(tmp_path).keys() == plain.keys()
    assert read(wrapped([one])).keys() == {"__inference_pruned_5/a/b"}
    assert read(saved_model(graph([one]), graph([one, two]))).keys() == {"a/b", "c"}, "one set of weights, two tags"


@pytest.mark.parametrize("form", ["bytes", "packed", "single"])
@given(array=arrays(np.float32, array_shapes(min_dims=0, max_dims=4, min_side=0, max_side=4)))
def test_every_form_of_storing_an_array(form, array, folder):
    path = folder / f"{form}.pb"
    path.write_bytes(graph([constant("x", tensor(array, form))]))
    (read,) = constants(path).values()
    assert read.shape == array.shape and read.dtype == np.float32 and not read.flags.writeable
    assert read.tobytes() == array.tobytes()


@pytest.mark.parametrize("form", ["packed", "single"])
@given(stored=st.lists(st.floats(width=32, allow_nan=False), max_size=6), more=st.integers(0, 5))
def test_the_last_float_stands_for_all_that_would_follow(form, stored, more, folder):
    (folder / "short.pb").write_bytes(graph([constant("x", tensor(stored, form, shape=(len(stored) + more, 1)))]))
    (read,) = constants(folder / "short.pb").values()
    expected = stored + [stored[-1] if stored else 0.0] * more
    assert read.shape == (len(expected), 1) and read.ravel().tolist() == expected


def test_a_repeated_value_takes_no_memory(read):
    (array,) = read(graph([constant("x", tensor([2.5], "packed", shape=(1 << 14, 1 << 14)))])).values()
    assert array.shape == (1 << 14, 1 << 14) and array.strides == (0, 0) and array[5, 7] == 2.5


def test_other_nodes_and_other_types_are_passed_over(read):
    doubles = constant("d", tensor(RAMP, dtype=2))
    open_value = run(1, "p") + run(2, "Const") + run(5, run(1, "value") + run(2, run(9, "T")))
    variable = run(1, "v") + run(2, "VariableV2") + run(5, run(1, "value") + run(2, run(8, tensor(RAMP))))
    bare = run(1, "w") + run(2, "Const")
    assert read(graph([doubles, open_value, variable, bare])) == {}


def test_googles_reader_understands_what_the_tests_write():
    """Field numbers are those of the schema that TensorBoard brings along."""
    forms = ["bytes", "packed", "single"]
    content = graph([constant(form, tensor(RAMP, form)) for form in forms], [("f", [constant("c", tensor(RAMP))])])
    (meta,) = (value for value in [MetaGraphDef.FromString(run(1, run(4, "serve")) + run(2, content))])
    assert meta.graph_def == GraphDef.FromString(content) and list(meta.meta_info_def.tags) == ["serve"]
    for form, read in zip(forms, meta.graph_def.node, strict=True):
        value = read.attr["value"].tensor
        assert (read.name, read.op, read.attr["dtype"].type, value.dtype) == (form, "Const", 1, 1)
        assert [dim.size for dim in value.tensor_shape.dim] == [3, 4]
        stored = np.frombuffer(value.tensor_content, "<f4") if form == "bytes" else value.float_val
        assert np.array_equal(stored, RAMP.ravel())
    (function,) = bodies_of(meta.graph_def)
    assert function.signature.name == "f" and function.node_def[0].name == "c"


def bodies_of(graph):
    """Its functions, as they are stored in it."""
    return {field.name: value for field, value in graph.ListFields()}["library"].function


def test_what_googles_writer_writes_is_understood(read):
    written = GraphDef(library={"function": [{"signature": {"name": "f"}}]})
    for name, kind in [("here", written), ("there", bodies_of(written)[0])]:
        one = (kind.node if kind is written else kind.node_def).add(name=name, op="Const")
        value = one.attr["value"].tensor
        value.dtype = 1
        value.float_val.extend([1.5, 2.5])
        for size in (2, 2):
            value.tensor_shape.dim.add(size=size, name="side")
    found = read(written.SerializeToString())
    assert {name: array.tolist() for name, array in found.items()} == dict.fromkeys(
        ["here", "f/there"], [[1.5, 2.5], [2.5, 2.5]]
    )


def of_tensor(message: bytes) -> bytes:
    return graph([constant("x", message)])


def zipped() -> bytes:
    with zipfile.ZipFile(file := io.BytesIO(), "w") as archive:
        archive.writestr("model.pb", b"")
    return file.getvalue()


GOOD = graph([constant("x", tensor(RAMP))])


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"", "the file is empty, expected a frozen TensorFlow graph or a SavedModel"),
        (zipped(), "a zip archive, expected the .pb file inside it; unpack it"),
        (GOOD[:-30], r"or cut off \(field 1 ends after its message\)"),
        (b"node {\n  name: 'x'\n}\n", r"or cut off \(field 13 has wire type 6\); expected one in binary form"),
        (b"\x89HDF\r\n\x1a\n" + bytes(40), "not a frozen TensorFlow graph or a SavedModel, or cut off"),
        (graph([]), "no nodes, expected a frozen TensorFlow graph or a SavedModel"),
        (graph([constant("x", tensor(RAMP)), constant("x", tensor(RAMP + 1))]), "two constants are called 'x'"),
        (of_tensor(tensor(RAMP, shape=(3, 5))), r"constant 'x': 48 bytes, expected 60 for the shape \(3, 5\)"),
        (of_tensor(tensor(RAMP, "packed", (3,))), r"constant 'x': 12 values, expected at most 3 for the shape \(3,\)"),
        (of_tensor(tensor(RAMP, "packed", (1 << 14, 1 << 14))), "constant 'x': 12 values, expected all 268,435,456"),
        (of_tensor(tensor(1, "packed", (2**64 - 1,))), "constant 'x': its shape .* is larger than any file"),
        (of_tensor(tensor(1, "packed", (0, 2**62))), "constant 'x': its shape .* is larger than any file"),
        (of_tensor(tensor(1, "packed", [1] * 40)), "constant 'x': 40 dimensions, expected at most 32"),
        (of_tensor(number(1, 1) + run(2, number(3, 1))), "constant 'x': its shape is unknown"),
        (of_tensor(number(1, 1) + run(2, shape_message((2,))) + run(5, bytes(7))), "its list of floats is cut off"),
        (of_tensor(number(1, 1) + number(5, 7)), "its list of floats is cut off"),
        (graph([run(1, b"\xff\xfe") + run(2, "Const")]) + graph([run(2, b"\xff")]), "field 2 is not text"),
    ],
)
def test_refused_with_one_sentence(content, said, read):
    with pytest.raises(InputError, match=said) as refused:
        read(content)
    assert "\n" not in str(refused.value) and "graph.pb: " in str(refused.value)


def test_filling_up_is_bounded(read, monkeypatch):
    monkeypatch.setattr(tensorflow_constants, "FILLED", 100)
    short = [constant(name, tensor([1, 2], "packed", (60,))) for name in "ab"]
    assert read(graph(short[:1]))["a"].sum() == 119
    with pytest.raises(InputError, match="shortened constants stand for more than 100 values"):
        read(graph(short))


def test_no_file(tmp_path):
    with pytest.raises(InputError, match="graph.pb: no such file, expected a frozen TensorFlow graph"):
        constants(tmp_path / "graph.pb")
    with pytest.raises(InputError, match="no saved_model.pb in it, expected the folder of a SavedModel"):
        constants(tmp_path)


def test_a_file_too_large_to_be_a_graph_is_not_read(tmp_path):
    with open(tmp_path / "large.pb", "wb") as file:
        file.truncate(2**31 + 1)  # takes no room
    with pytest.raises(InputError, match="larger than any TensorFlow graph, at most 2 GiB"):
        constants(tmp_path / "large.pb")


def refused_or_read(path, content):
    path.write_bytes(content)
    try:
        found = constants(path)
    except InputError as error:
        assert "\n" not in str(error)
    else:
        assert all(array.dtype == np.float32 for array in found.values())


@given(content=st.binary(max_size=400))
@example(content=b"\x08\x01")
def test_random_bytes(content, folder):
    refused_or_read(folder / "random.pb", content)


@given(data=st.data())
def test_damaged_files(data, folder):
    """A byte or two of a good file are changed, or its end is cut off."""
    content = bytearray(data.draw(st.sampled_from([GOOD, wrapped([constant("x", tensor([1, 2], "packed", (4, 3)))])])))
    for _ in range(data.draw(st.integers(0, 2))):
        content[data.draw(st.integers(0, len(content) - 1))] = data.draw(st.integers(0, 255))
    refused_or_read(folder / "damaged.pb", bytes(content[: data.draw(st.integers(0, len(content)))]))
