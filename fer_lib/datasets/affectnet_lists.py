"""The manually annotated file lists of AffectNet: ``training.csv`` and ``validation.csv``."""

import csv
import math
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import chain
from pathlib import Path

import numpy as np

from ..errors import InputError, require
from ..progress import progress

PATH, LANDMARKS = "subDirectory_filePath", "facial_landmarks"
POINTS = 68
COLUMNS = (
    *(PATH, "face_x", "face_y", "face_width", "face_height", LANDMARKS),
    *("expression", "valence", "arousal"),
)
NEEDED = (PATH, "expression", "valence", "arousal")
NOTHING = ("", "null", "nan")
BLOCK = 4096  # rows whose landmarks are read at a time: text of 136 numbers a row is 1 kB


@dataclass(frozen=True)
class Annotations:
    """What is known of N images, in the order of the file.

    Attributes:
        files: paths from the folder of images, with forward slashes.
        expression: int64 (N,), 0…10.
        valence, arousal: float64 (N,); in [-1, 1], or −2 where there is none.
        landmarks: float32 (N, 68, 2) in pixels of the file, NaN where there are none.
    """

    files: list[str]
    expression: np.ndarray
    valence: np.ndarray
    arousal: np.ndarray
    landmarks: np.ndarray

    def __len__(self) -> int:
        return len(self.files)


def read_list(path: str | Path, expressions: int = 11) -> Annotations:
    """Read and check one list; columns may stand in any order, and further ones are ignored.

    Some copies of ``validation.csv`` have no header: a first line of nine cells that ends in three numbers is a row.

    Raises:
        InputError: no such file; not text; a column is missing; a row (counted from 0 below the header) has another
            number of columns, an expression that is no whole number below `expressions`, a valence or arousal that is
            no number, or landmarks that are not 136 numbers.
    """
    path = Path(path)
    require(path.is_file(), f"{path}: no such file, expected a file list of AffectNet; see data/README.md")
    files, numbers, landmarks, waiting = [], [], [], []
    with (
        open(path, encoding="utf-8-sig", newline="") as file,
        progress(label=f"reading {path.name}", unit="row") as bar,
    ):
        for row, cells in enumerate(_rows(path, file)):
            where = f"{path}, row {row}"
            name = cells[PATH].strip().replace("\\", "/").removeprefix("./")
            require(bool(name), f"{where}: no path, expected a file such as 103/29a31e.jpg")
            files.append(name)
            numbers.append(
                (
                    checked_expression(cells["expression"], where, expressions),
                    checked_number(cells["valence"], where, "valence"),
                    checked_number(cells["arousal"], where, "arousal"),
                )
            )
            waiting.append(cells.get(LANDMARKS, ""))
            if len(waiting) == BLOCK:
                landmarks.append(_landmarks(waiting, path, row + 1 - BLOCK))
                waiting = []
                bar.update(BLOCK)
    landmarks.append(_landmarks(waiting, path, len(files) - len(waiting)))
    require(bool(files), f"{path}: no rows below the header")
    expression, valence, arousal = np.array(numbers).T
    return Annotations(files, expression.astype(np.int64), valence, arousal, np.concatenate(landmarks))


def _rows(path: Path, file) -> Iterator[dict[str, str]]:
    """Cells of every row by the names of their columns."""
    reader = csv.reader(file)
    try:
        header = [name.strip() for name in next(reader, [])]
        rows = (cells for cells in reader if cells)
        if len(header) == len(COLUMNS) and all(is_number(cell) for cell in header[-3:]):
            rows, header = chain([header], rows), list(COLUMNS)
        missing = [name for name in NEEDED if name not in header]
        require(not missing, f"{path}: no column {', '.join(missing)}, expected the header {','.join(COLUMNS)}")
        for row, cells in enumerate(rows):
            require(len(cells) == len(header), f"{path}, row {row}: {len(cells)} columns, expected {len(header)}")
            yield dict(zip(header, cells, strict=True))
    except (UnicodeDecodeError, csv.Error):
        raise InputError(f"{path}: not a text file, expected the header {','.join(COLUMNS)}") from None


def is_number(word: str) -> bool:
    try:
        return math.isfinite(float(word))
    except ValueError:
        return False


def checked_number(word: str, where: str, name: str) -> float:
    """The number nearest to what is written, so that 0.2 is the 0.2 of the rule. Raises InputError."""
    require(is_number(word), f"{where}: {name} {word[:20]!r}, expected a number in -1…1, or -2 for none")
    return float(word)


def checked_expression(word: str, where: str, expressions: int) -> int:
    """Raises InputError."""
    whole = is_number(word) and float(word) == int(float(word)) and 0 <= float(word) < expressions
    require(whole, f"{where}: expression {word[:20]!r}, expected a whole number 0…{expressions - 1}")
    return int(float(word))


def _landmarks(words: list[str], path: Path, first: int) -> np.ndarray:
    """float32 (n, 68, 2) of n cells ``x;y;x;y;…``; NaN for empty ones."""
    points = np.full((len(words), 2 * POINTS), np.nan, np.float32)
    for k, word in enumerate(words):
        if word.strip().lower() in NOTHING:
            continue
        numbers = word.split(";")
        try:
            if len(numbers) != 2 * POINTS:  # a single one would fill the row
                raise ValueError
            points[k] = numbers
        except ValueError:
            raise InputError(
                f"{path}, row {first + k}: {LANDMARKS} {word[:20]!r} with {len(numbers)} values, "
                f"expected {2 * POINTS} numbers (x;y;…)"
            ) from None
    return points.reshape(-1, POINTS, 2)
