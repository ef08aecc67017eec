"""Temporary files of writers that were killed: known by their names, and by nobody holding them."""

import fcntl
import os
import tempfile
from contextlib import suppress
from pathlib import Path

MARK = ".part"


def temporary_beside(path: Path) -> tuple[int, Path]:
    """Make an empty hidden file with the suffix of `path` in its folder, which this process holds.

    Returns:
        a descriptor, whose closing lets go of the file, and its path.
    """
    while True:
        handle, name = tempfile.mkstemp(prefix=f".{path.stem}-", suffix=f"{MARK}{path.suffix}", dir=path.parent)
        with suppress(OSError):  # a file system without locks, where nothing is ever taken for abandoned
            fcntl.flock(handle, fcntl.LOCK_EX)
        if os.path.exists(name):
            return handle, Path(name)
        os.close(handle)  # somebody tidied up between the two calls


def remove_abandoned(folder: str | Path) -> None:
    """Delete temporary files in and below `folder` whose writers are gone; those of living ones stay."""
    for path in Path(folder).rglob(f".*-*{MARK}*"):
        with suppress(OSError), open(path, "rb+") as file:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            path.unlink()
