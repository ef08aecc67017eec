"""Arrays and tables that this study wrote, read again: never unpickled, and what is wrong with a file is told.

Their folder may have been copied by halves, edited, or come from somebody else.
"""

import math
from collections.abc import Sequence
from pathlib import Path
from typing import BinaryIO

import numpy as np
import pandas as pd

from ..errors import InputError, refusal

AGAIN = "delete its folder to make it again"


def read_array(path: str | Path, mapped: bool = True) -> np.ndarray:
    """A ``.npy`` file of numbers or text, whatever its name.

    Args:
        mapped: memory-mapped and read-only, else in memory.

    Raises:
        InputError: no such file, cut off, longer than its header says, or no ``.npy`` file: a pickle and an archive of
            arrays are none, and an array of Python objects would need unpickling.
    """
    path = Path(path)
    try:
        with open(path, "rb") as file:
            _check_header(file, path.stat().st_size)
            # not np.load, which goes by the content: it also opens archives, and has a switch for pickles
            file.seek(0)
            if mapped:
                return np.lib.format.open_memmap(path, mode="r")
            return np.lib.format.read_array(file, allow_pickle=False)
    except Exception as error:  # a damaged header raises ValueError, TypeError, OverflowError, TokenError …
        raise _refused(path, "array (.npy)", error) from error


def _check_header(file: BinaryIO, size: int) -> None:
    """ValueError where the array is not what fills a file of `size` bytes.

    NumPy takes the header's word for it: elements without a size, mapped, divide by zero and end the interpreter.
    """
    major, _ = np.lib.format.read_magic(file)
    read = np.lib.format.read_array_header_1_0 if major == 1 else np.lib.format.read_array_header_2_0
    shape, _, dtype = read(file)
    if dtype.hasobject or dtype.itemsize == 0 or min(shape, default=0) < 0:
        raise ValueError(f"{dtype} of shape {shape}")
    if file.tell() + math.prod(shape) * dtype.itemsize != size:
        raise ValueError(f"{size} bytes for {dtype} of shape {shape}")


def read_table(path: str | Path, columns: Sequence[str] | None = None) -> pd.DataFrame:
    """A ``.parquet`` file, whatever its name; `columns` of it, or all.

    Raises:
        InputError: no such file, damaged, no Parquet file, or one of `columns` is not in it.
    """
    path = Path(path)
    try:
        # opened here: pandas would take a text such as "http://…" for an address
        with open(path, "rb") as file:
            return pd.read_parquet(file, columns=None if columns is None else list(columns))
    except Exception as error:  # Arrow raises ArrowInvalid, OSError, KeyError, NotImplementedError …
        raise _refused(path, "table (.parquet)", error) from error


def _refused(path: Path, what: str, error: Exception) -> InputError:
    if isinstance(error, FileNotFoundError):
        return InputError(f"{path}: no such file, but the card beside it counts on it; {AGAIN}")
    number = error.errno if isinstance(error, OSError) else None  # of a folder that may not be read, and such
    return InputError(refusal(number, path) or f"{path}: not a readable {what} ({type(error).__name__}); {AGAIN}")
