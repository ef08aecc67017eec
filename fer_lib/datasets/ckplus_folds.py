"""The ten published folds of CK+ (Chen et al., "Facial Motion Prior Networks", VCIP 2019): subjects in order of names.

They are subject-disjoint and not stratified: all images of contempt are tested in the first two.
"""

from pathlib import Path

from ..errors import InputError, require
from .ckplus_files import EXAMPLE, NAME

FOLDER = "CKPlus"
N_FOLDS = 10


def read_fmpn_folds(folder: Path) -> dict[str, int]:
    """Read ``test_ids_0.csv`` … ``test_ids_9.csv``, a file name per line.

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
            raise InputError(f"{path}: not a text file, expected a name such as {EXAMPLE}.png per line") from None
        for row, line in enumerate(lines):
            match = NAME.fullmatch(line.strip().rsplit(".", 1)[0])
            require(match is not None, f"{path}, row {row}: {line!r}, expected a name such as {EXAMPLE}.png")
            known = folds.setdefault(match[1], fold)
            require(known == fold, f"{path}, row {row}: sequence {match[1]} is in test_ids_{known}.csv too")
    return folds
