"""JSON that this study wrote, read again: what was edited or damaged is told in a sentence wherever that shows."""

import json
from pathlib import Path

from ..errors import InputError

AGAIN = "delete the folder to make it again"


class Facts(dict):
    """A JSON object of any depth of a file. A key that is not there raises InputError with the file's name."""

    path: Path | None = None

    def __missing__(self, key: object):
        raise InputError(f"{self.path}: no {key!r} in it, as where it was edited or is of another version; {AGAIN}")


def read_facts(path: Path) -> Facts:
    """The card in a file. Raises FileNotFoundError; InputError where the file is not a JSON object."""

    def facts(content: dict) -> Facts:
        made = Facts(content)
        made.path = path
        return made

    try:
        found = json.loads(path.read_text(encoding="utf-8"), object_hook=facts)
    except (ValueError, RecursionError) as error:  # no JSON, no UTF-8, a number without end, brackets without end
        raise InputError(f"{path}: not a readable card ({error}); {AGAIN}") from error
    if not isinstance(found, Facts):
        raise InputError(f"{path}: not a readable card ({type(found).__name__}, expected an object); {AGAIN}")
    return found
