"""One finished smoke study for all tests that look at it."""

import os
import shutil
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

import pytest
from filelock import FileLock

from .offline import namespace

ROOT = Path(__file__).resolve().parents[1]


def fer(*words: str, cwd: Path, before: Sequence[str] = ()) -> subprocess.CompletedProcess:
    """The command line as a user calls it, in the project folder `cwd`; `before` is a command that runs it."""
    words = (*before, sys.executable, "-m", "fer_lib.cli", *words)
    return subprocess.run(words, cwd=cwd, capture_output=True, text=True)


def new_project(folder: Path) -> Path:
    """A folder with the study's notebooks and nothing else."""
    shutil.copytree(ROOT / "notebooks", folder / "notebooks", ignore=shutil.ignore_patterns(".ipynb_checkpoints"))
    return folder


@pytest.fixture(scope="session")
def smoke_project(tmp_path_factory) -> Path:
    """A project folder in which the smoke profile has been run; shared by all pytest workers."""
    base = tmp_path_factory.getbasetemp()
    # a worker has a folder of its own inside this session's; alone, one further up would be an earlier session's
    shared = (base.parent if "PYTEST_XDIST_WORKER" in os.environ else base) / "smoke-project"
    with FileLock(f"{shared}.lock"):
        if not (shared / "said.txt").is_file():
            new_project(shared)
            before = namespace.command()
            (shared / "network.txt").write_text("none" if before else "guarded")
            done = fer("study", "run", "--profile", "smoke", "--cores", "2", cwd=shared, before=before or ())
            assert done.returncode == 0, done.stderr
            (shared / "errors.txt").write_text(done.stderr)
            (shared / "said.txt").write_text(done.stdout)
    return shared
