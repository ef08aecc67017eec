"""The newer release of AffectNet: ``annotations/<id>_exp.npy``, ``_val``, ``_aro``, ``_lnd``; ``images/<id>.jpg``."""

import io
import re
from pathlib import Path

import numpy as np

from ..errors import InputError, require
from ..progress import progress
from .affectnet_lists import POINTS, Annotations, checked_expression, checked_number

EXPRESSIONS = 8


def read_arrays(folder: str | Path) -> Annotations:
    """Read the annotations of ``train_set`` or ``val_set``, ordered by the number that is their name.

    ``_lnd.npy`` may be missing. Files are paths from the parent of `folder`: ``train_set/images/17.jpg``.

    Raises:
        InputError: no annotations; one of the three that every image needs is missing, is no array, or has another
            content than a single number.
    """
    folder = Path(folder)
    inside = folder / "annotations"
    require(
        inside.is_dir(), f"{inside}: no such folder, expected <id>_exp.npy, <id>_val.npy, <id>_aro.npy, <id>_lnd.npy"
    )
    names = sorted((name.removesuffix("_exp.npy") for name in _listed(inside)), key=_natural)
    require(bool(names), f"{inside}: no <id>_exp.npy, expected one for each image")
    read = _Reader()
    expression = np.empty(len(names), np.int64)
    affect = np.empty((len(names), 2))
    landmarks = np.full((len(names), POINTS, 2), np.nan, np.float32)
    for row, name in enumerate(progress(names, label=f"reading {folder.name}/annotations", unit="image")):
        path = f"{inside}/{name}"
        word = read.number(f"{path}_exp.npy")
        expression[row] = checked_expression(word, f"{path}_exp.npy", EXPRESSIONS)
        for column, (end, what) in enumerate((("val", "valence"), ("aro", "arousal"))):
            affect[row, column] = checked_number(read.number(f"{path}_{end}.npy"), f"{path}_{end}.npy", what)
        points = read.landmarks(f"{path}_lnd.npy")
        if points is not None:
            landmarks[row] = points
    files = [f"{folder.name}/images/{name}.jpg" for name in names]
    return Annotations(files, expression, affect[:, 0], affect[:, 1], landmarks)


def _listed(folder: Path) -> list[str]:
    return [path.name for path in folder.iterdir() if path.name.endswith("_exp.npy") and path.name[0] != "."]


def _natural(name: str) -> list:
    """2 before 10, and names that are no numbers after those that are."""
    return [(0, int(part), "") if part.isdigit() else (1, 0, part) for part in re.findall(r"\d+|\D+", name)]


class _Reader:
    """Tiny ``.npy`` files, four an image. Their headers are alike, and parsing one takes longer than reading the file,
    so every header is parsed once."""

    def __init__(self):
        self._headers: dict[bytes, tuple[np.dtype, int]] = {}

    def _array(self, path: str) -> np.ndarray:
        with open(path, "rb") as file:
            content = file.read()
        try:
            end = content.index(b"\n") + 1  # the one that ends a header of version 1
            if content[:end] not in self._headers:
                # not np.load, which would open archives too
                array = np.lib.format.read_array(io.BytesIO(content), allow_pickle=False)
                self._headers[content[:end]] = array.dtype, end
            dtype, end = self._headers[content[:end]]
            return np.frombuffer(content, dtype, offset=end)
        except Exception:  # a damaged header raises ValueError, EOFError, TypeError, OverflowError, TokenError …
            raise InputError(f"{path}: not a readable array, expected numbers") from None

    def number(self, path: str) -> str:
        """What the file says, as text: numbers are stored as such, or as words."""
        try:
            array = self._array(path)
        except FileNotFoundError:
            raise InputError(f"{path}: no such file, expected one for each image") from None
        require(array.size == 1, f"{path}: {array.size} values, expected one number")
        return str(array[0])  # shortest text: 0.2 in 32 bits is 0.2, not 0.200000003

    def landmarks(self, path: str) -> np.ndarray | None:
        """float32 (68, 2), or None where there is no file."""
        try:
            array = self._array(path)
        except FileNotFoundError:
            return None
        try:
            return array.astype(np.float32).reshape(POINTS, 2)
        except (ValueError, TypeError):
            raise InputError(f"{path}: {array.size} values, expected {2 * POINTS} numbers (x, y, …)") from None
