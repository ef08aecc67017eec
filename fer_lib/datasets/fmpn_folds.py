"""The ten published folds of CK+ and of MMI (Chen et al., "Facial Motion Prior Networks", VCIP 2019).

Subjects are in order of their names: no person is in two folds, and the folds are not stratified.
"""

import re
from pathlib import Path

import numpy as np
import pandas as pd

from ..errors import InputError, require

N_FOLDS = 10


def fmpn_folds(folder: Path, sequences: pd.Series, name: re.Pattern, example: str) -> np.ndarray:
    """The fold that tests each image: int64 (N,).

    Args:
        folder: holds ``test_ids_0.csv`` … ``test_ids_9.csv``.
        sequences: str (N,), of the images.
        name, example: as in :func:`read_fmpn_folds`.

    Raises:
        InputError: as :func:`read_fmpn_folds`; a sequence that no list names.
    """
    folds = read_fmpn_folds(folder, name, example)
    for sequence in sequences[~sequences.isin(folds.keys())].head(1):
        raise InputError(f"{folder}: sequence {sequence} is in none of the ten lists, expected it in one")
    return sequences.map(folds).to_numpy(np.int64)


def read_fmpn_folds(folder: Path, name: re.Pattern, example: str) -> dict[str, int]:
    """Read ``test_ids_0.csv`` … ``test_ids_9.csv``, a file name per line.

    Args:
        name: matches the names without their ending; its first group is the sequence.
        example: a name without its ending, for messages.

    Returns:
        {sequence: the fold that tests it}.

    Raises:
        InputError: a list is missing, is no text, has a line that is no name, or repeats a sequence of another.
    """
    folds: dict[str, int] = {}
    for fold in range(N_FOLDS):
        path = folder / f"test_ids_{fold}.csv"
        require(path.is_file(), f"{path}: no such file, expected FMPN's lists test_ids_0.csv … test_ids_9.csv")
        try:
            lines = path.read_text(encoding="utf-8-sig").splitlines()
        except UnicodeDecodeError:
            raise InputError(f"{path}: not a text file, expected a name such as {example}.png per line") from None
        for row, line in enumerate(lines):
            match = name.fullmatch(line.strip().rsplit(".", 1)[0])
            require(match is not None, f"{path}, row {row}: {line!r}, expected a name such as {example}.png")
            known = folds.setdefault(match[1], fold)
            require(known == fold, f"{path}, row {row}: sequence {match[1]} is in test_ids_{known}.csv too")
    return folds
