"""The one exception a user is meant to read: what is wrong, where, what was expected."""

import errno
import os

#: What the file system refuses for reasons that whoever called can do something about, and what it wants.
REFUSED = {
    **dict.fromkeys((errno.EACCES, errno.EPERM, errno.EROFS), "a place that you may read and write"),
    **dict.fromkeys((errno.ENOSPC, errno.EDQUOT), "more free space"),
    **dict.fromkeys((errno.ENOTDIR, errno.EEXIST), "a folder"),
    errno.EISDIR: "a file",
}


class InputError(ValueError):
    """Bad input, told in one sentence such as
    ``data/raw/fer2013/fer2013.csv, row 17: 2303 pixel values, expected 2304 (48 × 48)``.

    Raised before anything is written; the command line and the notebook runner print the
    sentence alone, without a traceback.
    """

    def __str__(self) -> str:
        return "\\n".join(super().__str__().splitlines())  # one line, whatever is in the name of a file


def require(condition: bool, message: str) -> None:
    """Raise :class:`InputError` with `message` unless `condition` holds."""
    if not condition:
        raise InputError(message)


def refusal(number: int | None, path: object = None) -> str | None:
    """The sentence for an error number of the file system, such as ``reports/demo/card.json: no space left on device,
    expected more free space``; None of one that no user can mend."""
    if number not in REFUSED:
        return None
    return f"{f'{path}: ' if path else ''}{os.strerror(number).lower()}, expected {REFUSED[number]}"
