"""What the terminal and logs say of a failing cell: one sentence, and readable text above it where it is a bug."""

import builtins
import re
from typing import TextIO

from papermill.exceptions import PapermillExecutionError

from ..errors import refusal

ANSI = re.compile(r"\x1b(?:\[[0-?]*[ -/]*[@-~]|\][^\x07\x1b]*(?:\x07|\x1b\\))")  # colours, cursors; links, titles
LINE = re.compile(r"Cell In\[\d+\], line (\d+)")
NUMBERED = re.compile(r"\[Errno (\d+)\] [^']*(?:'(.*?)')?")  # how Python prints an OSError


class Plain:
    """A stream without colours and moving bars, unless it is a terminal."""

    def __init__(self, stream: TextIO):
        self._stream = stream

    def write(self, text: str) -> None:
        self._stream.write(text if self._stream.isatty() else plain(text))

    def flush(self) -> None:
        self._stream.flush()


def plain(text: str) -> str:
    """`text` without escape sequences; a carriage return, which would overwrite the line, ends it."""
    return ANSI.sub("", text).replace("\r\n", "\n").replace("\r", "\n")


def sentence(error: PapermillExecutionError) -> str:
    """``"cell [2], line 1 (1 / 0): ZeroDivisionError: division by zero"``; what speaks for itself goes without line
    and class: an InputError, a full disk, a place that may not be written to."""
    lines = plain(error.evalue).strip().splitlines()
    first = lines[0] if lines else ""
    told = first if error.ename == "InputError" else _refused(error.ename, first)
    if told:
        return f"cell [{error.exec_count}]: {told}"
    return f"cell [{error.exec_count}]{_line(error)}: {error.ename}: {first}"


def traceback(error: PapermillExecutionError) -> str | None:
    """The cell's traceback as plain text, or None where :func:`sentence` says it all."""
    first = plain(error.evalue).strip().partition("\n")[0]
    if error.ename == "InputError" or _refused(error.ename, first) or not error.traceback:
        return None
    return plain("\n".join(error.traceback)).strip()


def _refused(name: str, value: str) -> str | None:
    kind, found = getattr(builtins, name, None), NUMBERED.match(value)
    if not (isinstance(kind, type) and issubclass(kind, OSError) and found):
        return None
    return refusal(int(found[1]), found[2])


def _line(error: PapermillExecutionError) -> str:
    found = LINE.search(plain("\n".join(error.traceback)))
    lines = error.source.splitlines()
    if not found or int(found[1]) > len(lines):
        return ""
    return f", line {found[1]} ({lines[int(found[1]) - 1].strip()})"
