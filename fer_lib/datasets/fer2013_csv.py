"""The Kaggle layouts ``emotion,pixels,Usage``: a fast reader, and a careful one that names the mistake.

The columns may stand in any order, with blanks before their names (``emotion, Usage, pixels``), and ``Usage`` may be
missing where the caller says so (``train.csv``). Rows are counted from 0 below the header, as in ``sample_id`` and in
the published ``17.png``: row 17 is line 19 of the file.
"""

import csv
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from pyarrow.csv import ConvertOptions, ReadOptions, read_csv

from ..errors import InputError, require
from ..registry import nearest

COLUMNS = ("emotion", "pixels", "Usage")
TRAIN_COLUMNS = ("emotion", "pixels")
LABELS = tuple("0123456")
USAGES = ("Training", "PublicTest", "PrivateTest")
SIDE = 48
PIXELS = SIDE * SIDE

BLOCK_BYTES = 1 << 22  # some 500 rows: few calls, and their intermediate arrays stay small
THREADS = 2  # NumPy and Arrow release the GIL; more threads gain little over the disk and the memory bus


Rows = tuple[np.ndarray, np.ndarray, np.ndarray | None]


def read_fer2013_csv(path: Path, columns: tuple[str, ...] = COLUMNS) -> Rows:
    """Read a whole file.

    Args:
        columns: `COLUMNS`, or `TRAIN_COLUMNS` for a file without ``Usage``.

    Returns:
        images uint8 (N, 48, 48); labels int64 (N,) in 0…6; usage str (N,), one of `USAGES`, or None without it.

    Raises:
        InputError: naming the file, the first wrong row and what was expected there.
    """
    names = _header(path, columns)
    rows = _read_fast(path, names)
    # The fast reader only knows that something is unusual. The careful one finds the mistake, or
    # reads what is merely written differently (quotes, two spaces between values).
    images, labels, usage = rows if rows is not None else _read_carefully(path, names)
    require(len(images) > 0, f"{path}: no rows below the header")
    return images, labels, usage


def _header(path: Path, columns: tuple[str, ...]) -> tuple[str, ...]:
    """The names of the columns in the file's order."""
    with open(path, "rb") as file:
        line = file.readline(200)
    expected = f"expected the header {','.join(columns)}"
    require(bool(line), f"{path}: the file is empty, {expected}")
    try:
        text = line.decode("utf-8-sig").strip()
    except UnicodeDecodeError:
        raise InputError(f"{path}: not a text file, {expected}") from None
    require(text.isprintable(), f"{path}: not a text file, {expected}")
    names = tuple(name.strip() for name in text.replace('"', "").split(","))
    require(sorted(names) == sorted(columns), f"{path}: the first line is {text[:60]!r}, {expected}")
    return names


def _read_fast(path: Path, names: tuple[str, ...] = COLUMNS) -> Rows | None:
    """Everything at once with Arrow and NumPy; None where anything is not as in the public file."""
    try:
        table = read_csv(
            path,
            read_options=ReadOptions(block_size=BLOCK_BYTES, column_names=names, skip_rows=1),
            convert_options=ConvertOptions(column_types=dict.fromkeys(names, pa.binary())),
        )
    except pa.ArrowInvalid:
        return None
    labels = pc.index_in(table["emotion"], pa.array(LABELS, pa.binary()))
    usage = pc.index_in(table["Usage"], pa.array(USAGES, pa.binary())) if "Usage" in names else None
    if labels.null_count or (usage is not None and usage.null_count):
        return None
    images = np.empty((len(table), SIDE, SIDE), np.uint8)
    chunks = table["pixels"].chunks
    starts = np.cumsum([0] + [len(chunk) for chunk in chunks])

    def fill(k: int) -> bool:
        parsed = parse_pixels(chunks[k])
        if parsed is not None:
            images[starts[k] : starts[k + 1]] = parsed
        return parsed is not None

    with ThreadPoolExecutor(THREADS) as pool:
        if not all(pool.map(fill, range(len(chunks)))):
            return None
    parts = None if usage is None else np.array(USAGES)[usage.to_numpy()]
    return images, labels.to_numpy().astype(np.int64), parts


def parse_pixels(rows: pa.BinaryArray) -> np.ndarray | None:
    """Decimal numbers separated by single spaces, all rows at once, without a loop.

    Args:
        rows: one text of 2304 numbers per image.

    Returns:
        uint8 (N, 48, 48), or None unless every row is 2304 numbers of one to three digits in 0…255.
    """
    if len(rows) == 0:
        return np.empty((0, SIDE, SIDE), np.uint8)
    # A space after every row closes its last number, so that all rows are one run of "digits, space".
    closed = pc.binary_join_element_wise(rows, b"", b" ")
    offsets = np.frombuffer(closed.buffers()[1], np.int32)[closed.offset : closed.offset + len(closed) + 1]
    text = np.frombuffer(closed.buffers()[2], np.uint8)[offsets[0] : offsets[-1]]
    space = text == ord(" ")
    digit = text - np.uint8(ord("0"))  # anything else wraps to 10 or more
    digit[space] = 0
    end = np.flatnonzero(space)
    length = np.diff(end, prepend=-1) - 1
    if len(end) != len(rows) * PIXELS or digit.max() > 9 or length.min() < 1 or length.max() > 3:
        return None
    # The right number of values in all does not make it right in each row.
    if not np.array_equal(end[PIXELS - 1 :: PIXELS], offsets[1:] - offsets[0] - 1):
        return None
    value = digit[end - 1].astype(np.uint16)
    value += digit[end - 2] * np.uint16(10)  # the space before a one-digit number counts 0
    value += digit[end - 3] * np.uint16(100) * (length == 3)
    return value.astype(np.uint8).reshape(-1, SIDE, SIDE) if value.max() <= 255 else None


def _read_carefully(path: Path, names: tuple[str, ...] = COLUMNS) -> Rows:
    """Row by row in plain Python. Raises InputError at the first wrong row."""
    images, labels, usages = [], [], []
    for row, cells in enumerate(_rows(path, names)):
        where = f"{path}, row {row}"
        require(len(cells) == len(names), f"{where}: {len(cells)} columns, expected {len(names)} ({','.join(names)})")
        cell = dict(zip(names, (text.strip() for text in cells), strict=True))
        label, usage = cell["emotion"], cell.get("Usage")
        require(label in LABELS, f"{where}: emotion {label[:20]!r}, expected 0…6")
        images.append(_pixels_carefully(cell["pixels"], where))
        labels.append(int(label))
        if usage is not None:
            hint = nearest(usage[:20], USAGES)
            require(usage in USAGES, f"{where}: Usage {usage[:20]!r}, expected one of {', '.join(USAGES)}{hint}")
            usages.append(usage)
    parts = np.array(usages, str) if "Usage" in names else None
    return np.array(images, np.uint8).reshape(-1, SIDE, SIDE), np.array(labels, np.int64), parts


def _rows(path: Path, names: tuple[str, ...]) -> Iterator[list[str]]:
    """Cells of every row below the header; empty lines do not count."""
    row = 0
    # surrogateescape lets bytes that are no text through to their row, where they are not printable;
    # a strict decoder would fail blocks ahead of it.
    with open(path, encoding="utf-8-sig", errors="surrogateescape", newline="") as file:
        reader = csv.reader(file)
        next(reader)
        while True:
            try:
                cells = next(reader, None)
                text = "".join(cells or ()).replace("\t", " ").isprintable()
            except csv.Error:  # a cell of more than 128 KiB
                text = False
            require(text, f"{path}, row {row}: not text, expected {','.join(names)}")
            if cells is None:
                return
            if cells:
                yield cells
                row += 1


def _pixels_carefully(pixels: str, where: str) -> np.ndarray:
    """uint8 (2304,)"""
    words = pixels.split()
    require(len(words) == PIXELS, f"{where}: {len(words)} pixel values, expected {PIXELS} ({SIDE} × {SIDE})")
    for position, word in enumerate(words):
        # int() alone would also take "+7", "1_0" and digits of other scripts
        number = int(word) if word.isascii() and word.isdigit() and len(word) < 10 else -1
        require(0 <= number <= 255, f"{where}: pixel {position} is {word[:20]!r}, expected a whole number 0…255")
    return np.array(words, dtype=np.int64).astype(np.uint8)
