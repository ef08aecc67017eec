"""Finished chunks of a long computation, kept on disk until the whole is done."""

import shutil
from pathlib import Path

import numpy as np

from ..artifacts import fingerprint, read_array, save_array


class Parts:
    """``<folder>/<key>/<start>-<stop>.npy``, one file per finished chunk.

    The key is a fingerprint of what is computed *and* of the input it is computed from, so a part
    is found again by the same computation only; parts of the same computation on an older version
    of the input are deleted when the newer one begins.

    Args:
        folder: such as ``data/guidance/<set>/.landmarks-parts``.
        parameters: everything that decides the content, without the input.
        identity: fingerprint of the input.
    """

    def __init__(self, folder: Path, parameters: dict, identity: str):
        prefix = fingerprint(parameters)
        self.root, self.reused = folder, 0
        self.folder = folder / f"{prefix}-{identity}"
        for other in folder.glob(f"{prefix}-*"):
            if other != self.folder:
                shutil.rmtree(other, ignore_errors=True)

    def path(self, chunk: slice) -> Path:
        return self.folder / f"{chunk.start}-{chunk.stop}.npy"

    def load(self, chunk: slice) -> np.ndarray | None:
        """The stored chunk, or None where it is not done yet."""
        path = self.path(chunk)
        if not path.exists():
            return None
        self.reused += chunk.stop - chunk.start
        return read_array(path, mapped=False)

    def save(self, chunk: slice, rows: np.ndarray) -> None:
        save_array(self.path(chunk), rows)

    def remove(self) -> None:
        """Delete this computation's parts, and the common folder once it is empty."""
        shutil.rmtree(self.folder, ignore_errors=True)
        if self.root.exists() and not any(self.root.iterdir()):
            self.root.rmdir()


def split(total: int, size: int) -> list[slice]:
    """``[0:size], [size:2·size], …`` covering `total`."""
    return [slice(start, min(start + size, total)) for start in range(0, total, size)]
