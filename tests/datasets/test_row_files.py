"""Arrays that are written piece by piece are the files that numpy writes."""

import numpy as np
import pytest

from fer_lib.datasets.row_files import read_header, save_blocks, write_rows


@pytest.mark.parametrize("dtype", ["uint8", "float32", [("a", "<i4"), ("b", "V16")]])
def test_blocks_make_the_file_of_numpy(tmp_path, dtype):
    array = np.arange(140, dtype=np.uint8).reshape(7, 20).view(dtype)
    np.save(tmp_path / "whole.npy", array)
    save_blocks(tmp_path / "blocks.npy", (array[a : a + 3] for a in (0, 3, 6)), array.shape, array.dtype)
    assert (tmp_path / "blocks.npy").read_bytes() == (tmp_path / "whole.npy").read_bytes()


def test_rows_are_replaced_in_their_places(tmp_path):
    array = np.arange(30.0).reshape(10, 3)
    np.save(tmp_path / "a.npy", array)
    with open(tmp_path / "a.npy", "r+b") as file:
        write_rows(file, 4, -array[4:6])
        write_rows(file, 0, array[9:])
        file.seek(0)
        assert read_header(file)[:2] == ((10, 3), np.dtype(float))
    array[4:6] *= -1
    array[0] = [27, 28, 29]
    assert np.array_equal(np.load(tmp_path / "a.npy"), array)
    assert [path.name for path in tmp_path.iterdir()] == ["a.npy"]


def test_a_writer_that_fails_leaves_nothing(tmp_path):
    def blocks():
        yield np.zeros((2, 2))
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        save_blocks(tmp_path / "a.npy", blocks(), (4, 2), np.dtype(float))
    assert list(tmp_path.iterdir()) == []
