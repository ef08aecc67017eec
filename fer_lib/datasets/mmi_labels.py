"""FMPN's table of the sequences of MMI: which of six expressions each shows."""

import csv
import pickle
import re
from pathlib import Path

from ..errors import InputError, require

CLASSES = ("angry", "disgust", "fear", "happy", "sad", "surprise")  # FMPN's numbers 0…5
SEQUENCE = re.compile(r"S\d{3}_\d{3}")
TABLE, PICKLE = "emotion_labels.csv", "emotion_labels.pkl"
EXPECTED = "expected sequence,emotion in the first line, then lines such as S001_100,0"


class _NamesAndNumbers(pickle.Unpickler):
    """A pickle may run any code while it is loaded; one of plain values names no class, so none is looked up."""

    def find_class(self, module, name):
        raise pickle.UnpicklingError(f"{module}.{name}")


def read_emotions(folder: Path) -> dict[str, int]:
    """Read ``emotion_labels.csv`` (columns ``sequence,emotion``), or else FMPN's own ``emotion_labels.pkl``.

    Returns:
        {sequence: position in `CLASSES`}.

    Raises:
        InputError: neither is there; the file is no table or no pickled dictionary of plain values; a row (counted
            from 0) has an unusual sequence, a number that is not 0…5, or a sequence again.
    """
    table, pickled = folder / TABLE, folder / PICKLE
    path = table if table.is_file() or not pickled.is_file() else pickled
    require(path.is_file(), f"{path}: no such file, expected it or {PICKLE} from FMPN's repository; see data/README.md")
    emotions: dict[str, int] = {}
    for row, (sequence, emotion) in enumerate(_from_table(path) if path == table else _from_pickle(path)):
        where = f"{path}, row {row}"
        require(SEQUENCE.fullmatch(sequence) is not None, f"{where}: sequence {sequence!r}, expected such as S001_100")
        require(emotion in set("012345"), f"{where}: emotion {emotion!r}, expected 0…{len(CLASSES) - 1}")
        require(sequence not in emotions, f"{where}: sequence {sequence} stands in two rows, expected one")
        emotions[sequence] = int(emotion)
    return emotions


def _from_table(path: Path) -> list[tuple[str, str]]:
    try:
        lines = [line for line in csv.reader(path.read_text(encoding="utf-8-sig").splitlines()) if line]
    except (UnicodeDecodeError, csv.Error):
        raise InputError(f"{path}: not a table, {EXPECTED}") from None
    require(bool(lines) and lines[0] == ["sequence", "emotion"], f"{path}: no columns sequence,emotion, {EXPECTED}")
    for row, cells in enumerate(lines[1:]):
        require(len(cells) == 2, f"{path}, row {row}: {len(cells)} columns, expected 2 such as S001_100,0")
    return [(sequence.strip(), emotion.strip()) for sequence, emotion in lines[1:]]


def _from_pickle(path: Path) -> list[tuple[str, str]]:
    try:
        with open(path, "rb") as file:
            known = _NamesAndNumbers(file).load()
    except Exception:  # a damaged pickle raises almost anything
        known = None
    require(
        isinstance(known, dict), f"{path}: not a pickled dictionary of names and numbers; write {TABLE}, {EXPECTED}"
    )
    return [(str(sequence), str(emotion)) for sequence, emotion in known.items()]
