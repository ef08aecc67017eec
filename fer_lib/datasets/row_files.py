"""``.npy`` files that are written piece by piece.

Not through memory maps: their pages would count as this process's memory, all of them in the end.
"""

import os
from collections.abc import Iterable
from pathlib import Path
from typing import BinaryIO

import numpy as np

from ..artifacts import atomic_path


def write_rows(file: BinaryIO, start: int, rows: np.ndarray) -> None:
    """Replace the rows from `start` on of a file that is open for reading and writing; they are on the disk then."""
    file.seek(0)
    _, _, offset = read_header(file)
    file.seek(offset + start * rows[0].nbytes)
    file.write(rows.tobytes())
    file.flush()
    os.fsync(file.fileno())


def read_header(file: BinaryIO) -> tuple[tuple[int, ...], np.dtype, int]:
    """Shape, dtype, and where the first row begins, which is where the file is read next."""
    major = np.lib.format.read_magic(file)[0]
    read = np.lib.format.read_array_header_1_0 if major == 1 else np.lib.format.read_array_header_2_0
    shape, _, dtype = read(file)
    return shape, dtype, file.tell()


def save_blocks(path: Path, blocks: Iterable[np.ndarray], shape: tuple[int, ...], dtype: np.dtype) -> None:
    """:func:`~fer_lib.artifacts.save_array` for an array that comes in pieces."""
    with atomic_path(path) as temporary, open(temporary, "wb") as file:
        header = {"descr": np.lib.format.dtype_to_descr(dtype), "fortran_order": False, "shape": shape}
        np.lib.format.write_array_header_1_0(file, header)
        for block in blocks:
            file.write(block.tobytes())
