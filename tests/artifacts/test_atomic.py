"""Files are either complete or absent."""

import errno
import os
import stat

import numpy as np
import pandas as pd
import pytest
from safetensors.numpy import save_file

from fer_lib.artifacts import atomic_path, save_array, save_json, save_table, save_text


def names(folder):
    return sorted(path.name for path in folder.iterdir())


def test_file_appears_only_when_complete(tmp_path):
    target = tmp_path / "new" / "result.txt"
    with atomic_path(target) as temporary:
        temporary.write_text("done")
        assert not target.exists()
        assert temporary.parent == target.parent and temporary.suffix == target.suffix
    assert target.read_text() == "done"
    assert names(target.parent) == ["result.txt"]


@pytest.mark.parametrize("exception", [OSError("disk full"), KeyboardInterrupt()])
def test_failure_leaves_the_old_file_and_no_temporary(tmp_path, exception):
    target = tmp_path / "result.txt"
    save_text(target, "old")
    with pytest.raises(type(exception)), atomic_path(target) as temporary:
        temporary.write_text("half of the n")
        raise exception
    assert target.read_text() == "old"
    assert names(tmp_path) == ["result.txt"]


@pytest.mark.parametrize(
    ("save", "name", "content"),
    [
        (save_json, "card.json", {"model": object()}),
        (save_array, "images.npy", np.array([object()])),
        (save_table, "samples.xlsx", pd.DataFrame({"a": [1]})),
    ],
)
def test_content_that_cannot_be_stored_leaves_nothing(tmp_path, save, name, content):
    with pytest.raises((TypeError, ValueError)):
        save(tmp_path / name, content)
    assert names(tmp_path) == []


def test_mode_follows_the_umask(tmp_path):
    old = os.umask(0o027)
    try:
        save_text(tmp_path / "shared.txt", "")
    finally:
        os.umask(old)
    assert stat.S_IMODE((tmp_path / "shared.txt").stat().st_mode) == 0o640


def test_json_takes_numpy_paths_and_sets(tmp_path):
    content = {"n": np.int64(3), "share": np.float32(0.5), "theta": np.eye(2), "file": tmp_path, "seen": {2, 1}, "ä": 1}
    save_json(tmp_path / "a.json", content)
    text = (tmp_path / "a.json").read_text(encoding="utf-8")
    assert '"ä"' in text and text.index('"n"') < text.index('"share"')
    assert pd.read_json(tmp_path / "a.json", typ="series")["seen"] == [1, 2]


@pytest.mark.parametrize(("suffix", "read"), [(".parquet", pd.read_parquet), (".csv", pd.read_csv)])
def test_table_round_trip(tmp_path, suffix, read):
    table = pd.DataFrame({"sample_id": ["a", "b"], "p_0": [0.25, 0.75]}, index=[7, 8])
    save_table(tmp_path / f"table{suffix}", table)
    pd.testing.assert_frame_equal(read(tmp_path / f"table{suffix}"), table.reset_index(drop=True))


def test_array_can_be_memory_mapped(tmp_path):
    images = np.arange(24, dtype=np.uint8).reshape(2, 3, 4)
    save_array(tmp_path / "images.npy", images)
    mapped = np.load(tmp_path / "images.npy", mmap_mode="r")
    assert isinstance(mapped, np.memmap) and np.array_equal(mapped, images)


def big() -> np.ndarray:
    return np.random.default_rng(0).random(1 << 19)  # 4 MB that do not compress


def save_tensors(path, array):
    with atomic_path(path) as temporary:
        save_file({"weights": array}, temporary)


def save_lines(path, array):
    save_text(path, "x" * array.nbytes)


def save_column(path, array):
    save_table(path, pd.DataFrame({"p_0": array}))


WRITERS = [
    (save_array, "images.npy"),
    (save_tensors, "fold0.safetensors"),
    (save_lines, "card.json"),
    (save_column, "results.csv"),
    (save_column, "predictions.parquet"),
]


@pytest.mark.parametrize(("save", "name"), WRITERS)
def test_a_full_disk_is_named_and_the_old_file_stays(small_disk, save, name):
    """Whatever the writer makes of it: NumPy only counts, safetensors raises an exception of its own."""
    path = small_disk.folder / name
    save(path, big()[:8])
    before = path.read_bytes()
    with pytest.raises(OSError) as refused:
        save(path, big())
    assert (refused.value.errno, refused.value.filename) == (errno.ENOSPC, str(path))
    assert path.read_bytes() == before and small_disk.names() == {name}


def test_other_errors_are_left_alone_while_there_is_space(small_disk):
    with pytest.raises(ValueError, match="tables are stored as"):
        save_table(small_disk.folder / "a.xlsx", pd.DataFrame({"a": [1]}))


def test_a_read_only_folder_is_named(small_disk):
    save_text(small_disk.folder / "card.json", "old")
    small_disk.read_only()
    with pytest.raises(OSError) as refused:
        save_text(small_disk.folder / "card.json", "new")
    assert (refused.value.errno, refused.value.filename) == (errno.EROFS, str(small_disk.folder / "card.json"))
    assert (small_disk.folder / "card.json").read_text() == "old"
