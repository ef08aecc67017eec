"""The published fold file of the guided-STN study: ``emotion;path;in_set;fold``, path ``<row>.png``.

Row is the position in the whole prepared set (0 for the first image of ``fer2013.csv``), so the
file describes subsets such as the 31,885 images with a polarity.
"""

import csv
from pathlib import Path

import numpy as np
import pandas as pd

from ..artifacts import save_text
from ..errors import InputError, require
from .faceset import FaceSet

COLUMNS = ("emotion", "path", "in_set", "fold")


def write_published_folds(path: str | Path, faces: FaceSet, folds: np.ndarray) -> None:
    """Write the folds of `faces` under its present labels, one line per image.

    Args:
        folds: int (N,), the fold that tests each image.
    """
    require(len(folds) == len(faces), f"{path}: {len(folds)} folds for {len(faces)} images")
    rows = zip(faces.labels, faces.rows, faces.samples["split"], folds, strict=True)
    lines = [f"{label};{row}.png;{split};{fold}\n" for label, row, split, fold in rows]
    save_text(path, ";".join(COLUMNS) + "\n" + "".join(lines))


def read_published_folds(path: str | Path) -> pd.DataFrame:
    """Read and check a fold file.

    Returns:
        One row per line: ``emotion`` int64, ``path`` str (unique), ``in_set`` str, ``fold`` int64.
        Further columns are ignored.

    Raises:
        InputError: no such file; not text; a column is missing; a row (counted from 0 below the
            header) is short, has an emotion or fold that is not a whole number from 0, or repeats a path.
    """
    path = Path(path)
    require(path.is_file(), f"{path}: no such file, expected columns {';'.join(COLUMNS)}")
    try:
        with open(path, encoding="utf-8-sig", newline="") as file:
            header, *rows = [cells for cells in csv.reader(file, delimiter=";") if cells] or [[]]
    except (UnicodeDecodeError, csv.Error):
        raise InputError(f"{path}: not a text file, expected columns {';'.join(COLUMNS)}") from None
    missing = [column for column in COLUMNS if column not in header]
    require(not missing, f"{path}: no column {', '.join(missing)}, expected the header {';'.join(COLUMNS)}")
    at = [header.index(column) for column in COLUMNS]
    seen: dict[str, int] = {}
    table = []
    for row, cells in enumerate(rows):
        where = f"{path}, row {row}"
        require(len(cells) == len(header), f"{where}: {len(cells)} columns, expected {len(header)}")
        emotion, image, in_set, fold = (cells[position] for position in at)
        for name, value in (("emotion", emotion), ("fold", fold)):
            whole = value.isascii() and value.isdigit() and len(value) < 10
            require(whole, f"{where}: {name} {value!r}, expected a whole number from 0")
        require(image not in seen, f"{where}: path {image!r} is already in row {seen.get(image)}, expected once")
        seen[image] = row
        table.append((int(emotion), image, in_set, int(fold)))
    return pd.DataFrame(table, columns=list(COLUMNS)).astype({"emotion": np.int64, "fold": np.int64})


def align_published_folds(faces: FaceSet, table: pd.DataFrame) -> np.ndarray:
    """The fold of each image of `faces`, joined by path one to one: int64 (N,).

    Raises:
        InputError: an image has no line, a line has no image, or the labels disagree.
    """
    paths = pd.Index([f"{row}.png" for row in faces.rows])
    lines = pd.Index(table["path"])
    for path in paths.difference(lines, sort=False)[:1]:
        raise InputError(f"{faces.name}: {path} has no published fold, expected a line for each of {len(paths)} images")
    for path in lines.difference(paths, sort=False)[:1]:
        raise InputError(f"{faces.name}: the published folds name {path}, which is not among the {len(paths)} images")
    matched = table.set_index("path").loc[paths]
    wrong = np.flatnonzero(matched["emotion"].to_numpy() != faces.labels)
    for i in wrong[:1]:
        published, here = matched["emotion"].iloc[i], faces.labels[i]
        raise InputError(f"{faces.name}: {paths[i]} is published as emotion {published}, here it is {here}")
    return matched["fold"].to_numpy(dtype=np.int64)
