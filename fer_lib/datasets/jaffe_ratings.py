"""JAFFE's mean ratings: how strongly 60 viewers saw each of six expressions in a picture, 1…5."""

from pathlib import Path

import numpy as np
import pandas as pd

from ..errors import InputError, require

#: In the order of the file's columns.
RATED = ("happy", "sad", "surprise", "angry", "disgust", "fear")
COLUMNS = tuple(f"rating_{name}" for name in RATED)
EXPECTED = "a number, six ratings 1…5 and a picture, such as 1 2.87 2.52 2.10 1.97 1.97 2.06 KM-NE1"


def read_ratings(path: Path) -> pd.DataFrame:
    """Read ``ratings.txt``: ``number HAP SAD SUR ANG DIS FEA picture`` per line, columns parted by blanks.

    Lines that do not begin with a number (the publisher's headings) are passed over.

    Returns:
        float32, the six columns of :data:`COLUMNS`; the index names the picture as JAFFE's files do: ``KM.NE1``.

    Raises:
        InputError: no text, no ratings, a line that is cut off, a rating out of range, a picture rated twice.
    """
    try:
        lines = path.read_text(encoding="utf-8-sig").splitlines()
    except UnicodeDecodeError:
        raise InputError(f"{path}: not a text file, expected {EXPECTED}") from None
    rows: dict[str, list[float]] = {}
    for row, line in enumerate(lines):
        cells = line.split()
        if not cells or not cells[0].isdigit():
            continue
        require(len(cells) == 2 + len(RATED), f"{path}, row {row}: {len(cells)} columns, expected {EXPECTED}")
        name = cells[-1].replace("-", ".")
        require(name not in rows, f"{path}, row {row}: {cells[-1]} is rated already, expected once")
        rows[name] = [_rating(cell, path, row) for cell in cells[1:-1]]
    require(bool(rows), f"{path}: no ratings, expected {EXPECTED}")
    return pd.DataFrame.from_dict(rows, orient="index", columns=list(COLUMNS)).astype(np.float32)


def _rating(cell: str, path: Path, row: int) -> float:
    try:
        value = float(cell)
    except ValueError:
        value = float("nan")
    require(1 <= value <= 5, f"{path}, row {row}: rating {cell!r}, expected 1…5")
    return value
