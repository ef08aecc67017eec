"""Run a profile's graph with Snakemake and tell what failed in a line."""

import fcntl
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from ..errors import InputError, require
from ..parameters import project_root
from ..registry import nearest


def run_study(profile: str, cores: int) -> Path:
    """Run every notebook of `profile` that is not up to date, then the book.

    A notebook that fails does not stop those that do not depend on it.

    Returns:
        ``reports/<profile>``.

    Raises:
        InputError: not inside a checkout, unknown profile, the same study is running already, or a
            notebook failed.
    """
    root = project_root()
    profiles = root / "notebooks" / "profiles"
    require(profiles.is_dir(), f"{root}: no notebooks/profiles here; run this inside a checkout of the study")
    known = sorted(path.stem for path in profiles.glob("*.yaml"))
    require(profile in known, f"unknown profile {profile!r}{nearest(profile, known)} (known: {', '.join(known)})")
    require(cores >= 1, f"cores = {cores}, expected at least 1")
    words = [
        *(sys.executable, "-m", "snakemake", "--snakefile", "notebooks/Snakefile", "--cores", str(cores)),
        # --nolock: Snakemake's own lock outlives a killed run; `_alone` does not
        *("--keep-going", "--rerun-incomplete", "--nolock", "--quiet", "all", "--config", f"profile={profile}"),
    ]
    reports = root / "reports" / profile
    with _alone(reports) as lock:
        done = subprocess.run(words, cwd=root, pass_fds=[lock], check=False)
    if done.returncode:
        _explain_broken_graph(words, root)
        raise InputError(f"the study {profile!r} is not complete; what failed is named above, the rest is kept")
    return reports


def _explain_broken_graph(words: list[str], root: Path) -> None:
    """Raise InputError if the graph itself cannot be read; told to be quiet, Snakemake hides that too."""
    talking = [word for word in words if word not in ("--quiet", "all")]
    tried = subprocess.run([*talking, "--dry-run"], cwd=root, capture_output=True, text=True, check=False)
    if tried.returncode:
        raise InputError("the graph of notebooks cannot be read: " + " ".join((tried.stdout + tried.stderr).split()))


@contextmanager
def _alone(folder: Path) -> Iterator[int]:
    """Hold `folder` against a second study; the system lets go of it when the last holder dies.

    Yields:
        the file descriptor, for child processes to hold as well.
    """
    folder.mkdir(parents=True, exist_ok=True)
    with open(folder / ".lock", "w") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise InputError(f"{folder}: a study is running in this folder; wait for it or stop it") from None
        yield file.fileno()
