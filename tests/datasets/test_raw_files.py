"""Hashes of raw files and folders."""

import os

from fer_lib.artifacts import file_sha256
from fer_lib.datasets.raw_files import raw_digest


def test_a_file_by_its_content(tmp_path):
    (tmp_path / "a.txt").write_text("a")
    assert raw_digest(tmp_path / "a.txt") == file_sha256(tmp_path / "a.txt")


def test_a_folder_by_names_sizes_and_times_of_its_files(tmp_path):
    (tmp_path / "class").mkdir()
    for name in ("b.png", "class/a.png"):
        (tmp_path / name).write_bytes(b"abc")
        os.utime(tmp_path / name, ns=(10**18, 10**18))
    before = raw_digest(tmp_path)
    assert before.startswith("folder:") and raw_digest(tmp_path) == before

    (tmp_path / ".DS_Store").write_bytes(b"a file manager's notes")
    assert raw_digest(tmp_path) == before

    seen = {before}
    os.utime(tmp_path / "b.png", ns=(10**18, 10**18 + 1))  # the same size, written again
    seen.add(raw_digest(tmp_path))
    (tmp_path / "class" / "a.png").rename(tmp_path / "class" / "c.png")
    seen.add(raw_digest(tmp_path))
    (tmp_path / "class" / "c.png").write_bytes(b"longer")
    seen.add(raw_digest(tmp_path))
    (tmp_path / "b.png").unlink()
    seen.add(raw_digest(tmp_path))
    assert len(seen) == 5
