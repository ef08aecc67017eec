"""Write to a temporary name in the same folder, flush, rename: no reader ever sees half a file."""

import errno
import json
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import numpy as np
import pandas as pd

from .leftovers import temporary_beside

FULL = (errno.ENOSPC, errno.EDQUOT)
PROBE = 1 << 16  # bytes; what a writer left unwritten may be smaller than its last block


@contextmanager
def atomic_path(path: str | Path) -> Iterator[Path]:
    """Yield a temporary path that becomes `path` when the block ends without an exception.

    The temporary name keeps the suffix (writers choose the format by it) and starts with a dot;
    on an exception it is removed and an older `path` stays as it was.

    Raises:
        OSError: what the file system refuses, with `path` as its file name; a disk that is full, whatever the
            writer made of that.
    """
    path = Path(path)
    path.parent.mkdir(parents=True, exist_ok=True)
    try:
        handle, temporary = temporary_beside(path)
    except OSError as error:  # who reads this knows the file, not its temporary name
        raise _of(path, error.errno) from None
    try:
        yield temporary
        with open(temporary, "rb") as written:
            os.fsync(written.fileno())
        # mkstemp makes files private; results are as readable as the umask allows, like any other file
        umask = os.umask(0)
        os.umask(umask)
        temporary.chmod(0o666 & ~umask)
        os.replace(temporary, path)
    except BaseException as error:
        refused = _no_space(error, handle) if isinstance(error, Exception) else None
        temporary.unlink(missing_ok=True)
        if refused:
            raise _of(path, refused) from error
        raise
    finally:
        os.close(handle)
    _sync_folder(path.parent)


def _of(path: Path, number: int) -> OSError:
    return OSError(number, os.strerror(number), str(path))


def _no_space(error: Exception, handle: int) -> int | None:
    """The error number of a full disk, if that is what `error` of some writer is about.

    safetensors quotes the system in an exception of its own, NumPy only counts what it wrote.
    """
    for number in FULL:
        if getattr(error, "errno", None) == number or os.strerror(number) in str(error):
            return number
    try:
        os.lseek(handle, 0, os.SEEK_END)
        written = os.write(handle, bytes(PROBE))
        os.fsync(handle)
    except OSError as refused:
        return refused.errno if refused.errno in FULL else None
    return None if written == PROBE else errno.ENOSPC


def _sync_folder(folder: Path) -> None:
    """Make the rename itself durable; without it a power cut can bring the old name back."""
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def save_text(path: str | Path, text: str) -> None:
    with atomic_path(path) as temporary:
        temporary.write_text(text, encoding="utf-8")


def save_json(path: str | Path, content: object) -> None:
    """Indented, key order kept; NumPy scalars and arrays, paths and sets become plain JSON."""
    save_text(path, json.dumps(content, indent=1, ensure_ascii=False, default=_plain) + "\n")


def save_array(path: str | Path, array: np.ndarray) -> None:
    """A ``.npy`` file that :func:`numpy.load` can memory-map; object arrays are refused."""
    with atomic_path(path) as temporary, open(temporary, "wb") as file:
        np.save(file, array, allow_pickle=False)  # given a name, np.save would append ".npy" to it


def save_table(path: str | Path, table: pd.DataFrame) -> None:
    """``.parquet`` (zstd) or ``.csv``, by the suffix; the index is not stored."""
    with atomic_path(path) as temporary:
        if temporary.suffix == ".parquet":
            table.to_parquet(temporary, index=False, compression="zstd")
        elif temporary.suffix == ".csv":
            table.to_csv(temporary, index=False)
        else:
            raise ValueError(f"{path}: tables are stored as .parquet or .csv")


def _plain(value: object) -> object:
    if isinstance(value, np.generic):
        return value.item()
    if isinstance(value, np.ndarray):
        return value.tolist()
    if isinstance(value, Path):
        return str(value)
    if isinstance(value, (set, frozenset)):
        return sorted(value)
    raise TypeError(f"{type(value).__name__} cannot be stored as JSON")
