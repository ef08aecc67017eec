"""What was saved is read again; what is damaged is told, in all kinds of ways by tests/fuzz and test_safe_loading."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis.extra.numpy import array_shapes, arrays

from fer_lib.artifacts import read_array, read_table, save_array, save_table
from fer_lib.errors import InputError


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """For tests that hypothesis repeats."""
    return tmp_path_factory.mktemp("arrays")


@given(
    arrays(np.uint8, array_shapes(min_side=0))
    | arrays(np.float32, array_shapes(min_side=0))
    | arrays("<U3", array_shapes())
)
def test_arrays_are_read_as_they_were(folder, array):
    save_array(folder / "a.npy", array)
    for found in (read_array(folder / "a.npy"), read_array(folder / "a.npy", mapped=False)):
        assert found.dtype == array.dtype and found.shape == array.shape and found.tobytes() == array.tobytes()


@pytest.mark.parametrize("order", ["C", "F"])
def test_maps_are_read_only_and_others_are_not(tmp_path, order):
    array = np.asarray(np.arange(12).reshape(3, 4), order=order)
    save_array(tmp_path / "a.npy", array)
    mapped, whole = read_array(tmp_path / "a.npy"), read_array(tmp_path / "a.npy", mapped=False)
    assert isinstance(mapped, np.memmap) and not mapped.flags.writeable
    whole[0, 0] = 9
    assert np.array_equal(mapped, array) and whole[0, 0] == 9


@pytest.mark.parametrize("change", [lambda content: content[:-1], lambda content: content + b"x", lambda content: b""])
@pytest.mark.parametrize("mapped", [True, False])
def test_arrays_of_another_length_are_refused(tmp_path, change, mapped):
    save_array(tmp_path / "a.npy", np.arange(5))
    (tmp_path / "a.npy").write_bytes(change((tmp_path / "a.npy").read_bytes()))
    with pytest.raises(InputError, match=r"a\.npy: not a readable array \(\.npy\) \(.*\); delete its folder"):
        read_array(tmp_path / "a.npy", mapped)


def test_elements_without_a_size_do_not_end_the_interpreter(tmp_path):
    save_array(tmp_path / "a.npy", np.zeros(3, "S1"))
    content = (tmp_path / "a.npy").read_bytes().replace(b"|S1", b"|S0")
    (tmp_path / "a.npy").write_bytes(content)
    with pytest.raises(InputError, match="not a readable array"):
        read_array(tmp_path / "a.npy")


def test_tables_are_read_whole_or_by_columns(tmp_path):
    table = pd.DataFrame({"sample_id": ["a", "b"], "label": [0, 1]})
    save_table(tmp_path / "t.parquet", table)
    assert read_table(tmp_path / "t.parquet").equals(table)
    assert read_table(tmp_path / "t.parquet", ["label"]).equals(table[["label"]])
    with pytest.raises(InputError, match=r"t\.parquet: not a readable table"):
        read_table(tmp_path / "t.parquet", ["fold"])


@pytest.mark.parametrize("read", [read_array, read_table])
def test_what_is_gone_or_no_file(tmp_path, read):
    with pytest.raises(InputError, match="gone: no such file, but the card beside it counts on it; delete its folder"):
        read(tmp_path / "gone")
    with pytest.raises(InputError, match="is a directory, expected a file"):
        read(tmp_path)
