"""Who may write where; the system lets go of a lock when its holder dies."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from filelock import FileLock, Timeout

from ..errors import InputError


@contextmanager
def in_turn(folder: str | Path) -> Iterator[None]:
    """Wait until no other process works on `folder`, and keep others waiting meanwhile.

    The lock lies beside the folder, which may be deleted and made again.
    """
    folder = Path(folder)
    folder.parent.mkdir(parents=True, exist_ok=True)
    with FileLock(folder.parent / f".{folder.name}.lock"):
        yield


@contextmanager
def alone(path: str | Path, what: str) -> Iterator[None]:
    """Hold `path` against everyone else.

    Raises:
        InputError: somebody holds it; `what` says who that is: "a study".
    """
    path = Path(path)
    path.parent.mkdir(parents=True, exist_ok=True)
    try:
        with FileLock(path.parent / f".{path.name}.lock", timeout=0):
            yield
    except Timeout:
        raise InputError(f"{path}: {what} is at work here already; wait for it or stop it") from None


def is_held(path: str | Path) -> bool:
    """Whether somebody holds `path` at this moment. Makes no file and no folder."""
    path = Path(path)
    lock = path.parent / f".{path.name}.lock"
    if not lock.is_file():
        return False
    try:
        with FileLock(lock, timeout=0):
            return False
    except Timeout:
        return True
