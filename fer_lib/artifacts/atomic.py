"""Write to a temporary name in the same folder, flush, rename: no reader ever sees half a file."""

import json
import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import numpy as np
import pandas as pd


@contextmanager
def atomic_path(path: str | Path) -> Iterator[Path]:
    """Yield a temporary path that becomes `path` when the block ends without an exception.

    The temporary name keeps the suffix (writers choose the format by it) and starts with a dot;
    on an exception it is removed and an older `path` stays as it was.
    """
    path = Path(path)
    path.parent.mkdir(parents=True, exist_ok=True)
    try:
        handle, name = tempfile.mkstemp(prefix=f".{path.stem}-", suffix=path.suffix, dir=path.parent)
    except OSError as error:  # who reads this knows the file, not its temporary name
        raise type(error)(error.errno, error.strerror, str(path)) from None
    os.close(handle)
    temporary = Path(name)
    try:
        yield temporary
        with open(temporary, "rb") as written:
            os.fsync(written.fileno())
        # mkstemp makes files private; results are as readable as the umask allows, like any other file
        umask = os.umask(0)
        os.umask(umask)
        temporary.chmod(0o666 & ~umask)
        os.replace(temporary, path)
    except BaseException:
        temporary.unlink(missing_ok=True)
        raise
    _sync_folder(path.parent)


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
