"""What a prepared set was made from: hashes that tell when raw files have changed."""

import os
from collections.abc import Iterator
from pathlib import Path

from ..artifacts import file_sha256, fingerprint


def raw_digest(path: str | Path) -> str:
    """SHA-256 of a file; of a folder, a hash of the names, sizes and times of all its files.

    Reading 36,000 images on every call would cost more than preparing them once.
    """
    path = Path(path)
    if path.is_dir():
        return "folder:" + fingerprint([list(entry) for entry in sorted(_entries(path, ""))], length=32)
    return file_sha256(path)


def _entries(folder: Path, prefix: str) -> Iterator[tuple[str, int, int]]:
    with os.scandir(folder) as entries:
        for entry in entries:
            if entry.name.startswith("."):
                continue
            if entry.is_dir():
                yield from _entries(Path(entry.path), f"{prefix}{entry.name}/")
            else:
                facts = entry.stat()
                yield f"{prefix}{entry.name}", facts.st_size, facts.st_mtime_ns
