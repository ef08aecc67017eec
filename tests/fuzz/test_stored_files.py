"""Arrays, tables and weights that were damaged."""

import io

import numpy as np
import pandas as pd
import torch
from hypothesis import given
from hypothesis import strategies as st
from safetensors.torch import save_file

from fer_lib.artifacts import read_array, read_table, save_array, save_table
from fer_lib.models.weight_files import read_weights
from fer_lib.training.state_files import read_facts, read_state, save_state

from . import accepted, bounded, damaged
from .test_tables import headers


def test_arrays_are_read_or_refused(tmp_path):
    path = tmp_path / "a.npy"
    save_array(path, np.arange(24, dtype=np.float32).reshape(2, 3, 4))
    valid = path.read_bytes()

    @bounded(150)
    @given(damaged(valid) | headers(valid) | st.binary(max_size=30))
    def every(content):
        path.write_bytes(content)
        found = accepted(lambda: read_array(path))
        whole = accepted(lambda: read_array(path, mapped=False))
        assert (found is None) == (whole is None)
        if whole is not None:
            assert not whole.dtype.hasobject and found.tobytes() == whole.tobytes()

    every()


def test_tables_are_read_or_refused(tmp_path):
    path = tmp_path / "a.parquet"
    save_table(path, pd.DataFrame({"sample_id": ["a", "b"], "label": [0, 1], "p": np.float16([0.5, 0.25])}))
    valid = path.read_bytes()

    @bounded(150)
    @given(damaged(valid) | st.binary(max_size=30))
    def every(content):
        path.write_bytes(content)
        found = accepted(lambda: read_table(path, ["label"]))
        assert found is None or list(found.columns) == ["label"]

    every()


def test_weights_are_read_or_refused(tmp_path):
    state = {"conv.weight": torch.arange(6.0).reshape(2, 3), "conv.bias": torch.zeros(2, dtype=torch.int64)}
    save_file(state, tmp_path / "w.safetensors")
    files = {"w.safetensors": (tmp_path / "w.safetensors").read_bytes()}
    for name, zipped in (("zip.pt", True), ("old.pth", False)):
        held = io.BytesIO()
        torch.save({"state_dict": state, "epoch": 3}, held, _use_new_zipfile_serialization=zipped)
        files[name] = held.getvalue()

    @bounded(200)
    @given(st.sampled_from(sorted(files)), st.data())
    def every(name, data):
        (tmp_path / name).write_bytes(data.draw(damaged(files[name]) | st.binary(max_size=30)))
        found = accepted(lambda: read_weights(tmp_path / name))
        assert found is None or all(isinstance(value, torch.Tensor) for value in found.values())

    every()


def test_checkpoints_are_read_or_refused(tmp_path):
    path = tmp_path / "checkpoint.safetensors"
    state = {"weights": {"a": torch.arange(6.0).reshape(2, 3)}, "epoch": 3, "history": [{"loss": 0.5}], "best": None}
    save_state(path, state, {"code": "abc", "models": {"0": "def"}})
    valid = path.read_bytes()

    @bounded(200)
    @given(damaged(valid) | st.binary(max_size=30))
    def every(content):
        path.write_bytes(content)
        accepted(lambda: read_state(path))
        facts = accepted(lambda: read_facts(path))
        assert facts is None or isinstance(facts, dict)

    assert accepted(lambda: read_state(path))["epoch"] == 3
    every()
