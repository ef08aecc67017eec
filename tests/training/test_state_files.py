"""A state that is stored and read again is the same; nothing else is taken for one."""

import json
import math
import pickle

import pytest
import torch
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from safetensors.torch import save_file

from fer_lib.errors import InputError
from fer_lib.training.state_files import read_facts, read_state, save_state

DTYPES = [torch.float32, torch.float64, torch.bfloat16, torch.int64, torch.uint8, torch.bool]
SCALARS = st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5)
SHAPES = st.lists(st.integers(0, 3), max_size=3)
TENSORS = st.builds(lambda shape, dtype: (torch.randn(shape) * 100).to(dtype), SHAPES, st.sampled_from(DTYPES))
KEYS = st.text(max_size=5) | st.integers()
STATES = st.recursive(
    SCALARS | TENSORS,
    lambda inner: (
        st.lists(inner, max_size=3) | st.lists(inner, max_size=3).map(tuple) | st.dictionaries(KEYS, inner, max_size=3)
    ),
    max_leaves=8,
)


def same(one, other) -> bool:
    """Types, order and bits."""
    if type(one) is not type(other):
        return False
    if isinstance(one, torch.Tensor):
        return one.dtype == other.dtype and torch.equal(one, other)
    if isinstance(one, dict):
        return list(one) == list(other) and all(same(one[key], other[key]) for key in one)
    if isinstance(one, (list, tuple)):
        return len(one) == len(other) and all(map(same, one, other))
    return one == other or (one != one and other != other)


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(STATES)
def test_what_is_read_is_what_was_stored(tmp_path, state):
    path = tmp_path / "state.safetensors"
    save_state(path, state, {"seconds": 1.5})
    assert same(read_state(path), state)
    assert read_facts(path) == {"seconds": 1.5}


def test_numbers_keep_all_their_digits(tmp_path):
    state = [math.pi, 0.1 + 0.2, -math.inf, 2**200, "$tensor", {"$tuple": [1]}, {0: {"step": torch.tensor(3.0)}}]
    save_state(tmp_path / "state.safetensors", state)
    assert same(read_state(tmp_path / "state.safetensors"), state)


def test_a_tensor_is_stored_whatever_order_it_lies_in(tmp_path):
    tensor = torch.randn(2, 3, 4, 5).to(memory_format=torch.channels_last)
    save_state(tmp_path / "state.safetensors", {"tensor": tensor, "view": tensor[:, 1]})
    found = read_state(tmp_path / "state.safetensors")
    assert torch.equal(found["tensor"], tensor) and torch.equal(found["view"], tensor[:, 1])


def test_what_cannot_be_stored_is_told_and_leaves_what_was_there(tmp_path):
    path = tmp_path / "state.safetensors"
    save_state(path, 1)
    with pytest.raises(TypeError, match="set is no part of a state"):
        save_state(path, {1, 2})
    assert read_state(path) == 1 and list(tmp_path.iterdir()) == [path]


@pytest.mark.parametrize(
    "content",
    [
        b"",
        pickle.dumps({"state": 1}),
        {},
        {"state": "[", "facts": "{"},
        {"state": json.dumps({"$tensor": "9"}), "facts": "3"},
        {"state": json.dumps({"$items": [1]}), "facts": "[1]"},
        {"state": "[" * 100_000, "facts": "{}}"},
    ],
    ids=["empty", "pickle", "no header", "cut short", "no such tensor", "no pairs", "deep"],
)
def test_other_files_are_refused(tmp_path, content):
    path = tmp_path / "state.safetensors"
    path.write_bytes(content) if isinstance(content, bytes) else save_file({}, path, metadata=content or None)
    for read in (read_state, read_facts):
        with pytest.raises(InputError, match=f"^{path}: not a readable state of a training"):
            read(path)
