"""Disks that are full or read-only, and processes that are followed to their end."""

import signal
import subprocess
import time
from contextlib import suppress
from pathlib import Path

import psutil
import pytest


class SmallDisk:
    """A disk of 2 MB at `folder`."""

    def __init__(self, folder: Path):
        self.folder = folder
        self._filler = folder / "filler"

    def fill(self) -> None:
        """Take all its blocks."""
        with open(self._filler, "wb", buffering=0) as file, suppress(OSError):
            while True:
                file.write(bytes(4096))

    def free(self) -> None:
        self._filler.unlink()

    def read_only(self) -> None:
        subprocess.run(["mount", "-o", "remount,ro", self.folder], check=True)

    def names(self) -> set[str]:
        """Files that are no locks."""
        paths = (path for path in self.folder.rglob("*") if path.is_file() and path.suffix != ".lock")
        return {path.relative_to(self.folder).as_posix() for path in paths} - {self._filler.name}


@pytest.fixture
def small_disk(tmp_path):
    """Skips the test where this user may not mount one."""
    folder = tmp_path / "disk"
    folder.mkdir()
    words = ["mount", "-t", "tmpfs", "-o", "size=2m", "tmpfs", str(folder)]
    try:
        mounted = subprocess.run(words, capture_output=True, text=True)
    except FileNotFoundError:
        pytest.skip("no mount command here")
    if mounted.returncode:
        pytest.skip(f"a small disk cannot be mounted here: {mounted.stderr.strip()}")
    yield SmallDisk(folder)
    subprocess.run(["umount", "--lazy", folder], check=True)


def family(process: int) -> list[psutil.Process]:
    """A process and all below it, oldest first."""
    head = psutil.Process(process)
    return [head, *head.children(recursive=True)]


def living(processes: list[psutil.Process], patience: float = 0) -> list[psutil.Process]:
    """Those that are still there after at most `patience` seconds; zombies are not."""
    deadline = time.monotonic() + patience
    while True:
        left = [one for one in processes if _lives(one)]
        if not left or time.monotonic() > deadline:
            return left
        time.sleep(0.1)


def _lives(process: psutil.Process) -> bool:
    try:
        return process.is_running() and process.status() != psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return False


def wait_for(path: Path, process: subprocess.Popen, patience: float = 600) -> None:
    """Until `path` is there, which `process` is to make."""
    deadline = time.monotonic() + patience
    while not path.exists():
        assert process.poll() is None, f"ended with status {process.returncode} before {path.name} was there"
        assert time.monotonic() < deadline, f"no {path.name} after {patience} s"
        time.sleep(0.05)


def heed_interrupts() -> None:
    """For `preexec_fn`: a shell's background jobs ignore SIGINT, and so would what tests started among them start."""
    signal.signal(signal.SIGINT, signal.default_int_handler)
