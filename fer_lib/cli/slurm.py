"""A study on a SLURM cluster: what Snakemake is told there, and what is shown of its jobs.

Snakemake's SLURM plugin runs ``scontrol`` whenever Snakemake starts, so it lives in an environment of its own
(``make slurm``). The notebooks run with the Python of this process. Both, the checkout and its data have to be on a
file system that the nodes share.
"""

import hashlib
import os
import re
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TextIO

from ..errors import InputError, require

ENVIRONMENT = Path(".venv-slurm/bin/python")
VARIABLE = "FER_SLURM_PYTHON"  # names another one
PAUSE = 1.0  # seconds between looks at what jobs have written
QUEUE_PAUSE = 5.0  # seconds between questions to SLURM
#: What a notebook, SLURM or Snakemake's command line says to whoever waits; the rest is Snakemake's about itself.
#: ``srun`` only repeats that the notebook failed.
TOLD = re.compile(r"^(\w+: (?:started|done in \d+ s)|fer [a-z ]+: .*|(?!srun)\S+: error: .*)$")
FAILED = re.compile(r"^    message: (SLURM.*?)(?:For further error details .*)?$")


def slurm_words(root: Path, reports: Path, cluster: Path) -> list[str]:
    """Snakemake's command line up to what it shares with a study on this machine.

    Args:
        root: the project's folder.
        reports: ``reports/<profile>``; jobs write what they say to its folder ``slurm``.
        cluster: folder of a Snakemake profile: ``notebooks/slurm`` or a copy of it.

    Raises:
        InputError: no such profile, no environment with the plugin, or SLURM does not answer.
    """
    python = Path(os.environ.get(VARIABLE) or root / ENVIRONMENT)
    require(python.is_file(), f"{python}: no such file, expected the environment that make slurm sets up")
    require((cluster / "config.yaml").is_file(), f"{cluster}/config.yaml: no such file, expected a Snakemake profile")
    words = [
        # a file and not a module: that environment has no fer_lib
        *(str(python), "-P", str(Path(__file__).parents[1] / "lifetime.py"), str(os.getpid()), "snakemake"),
        *("--executor", "slurm", "--profile", str(cluster.resolve())),
        *("--slurm-logdir", str(logs(reports).resolve()), "--slurm-jobname-prefix", jobs_name(reports)),
    ]
    if "accounting_storage/none" in _answer("scontrol", "show", "config"):
        # by default the plugin asks sacct, which has no answer where nothing is accounted
        words += ["--slurm-no-account", "--slurm-status-command", "squeue"]
    return words


def logs(reports: Path) -> Path:
    """Where Snakemake and the jobs of a study say what they do: ``snakemake.log``, ``rule_<notebook>/<job>.log``."""
    return reports / "slurm"


def jobs_name(reports: Path) -> str:
    """How the names of a study's jobs begin: the same for every call, another for every checkout and profile."""
    return f"fer-{hashlib.sha256(str(reports.resolve()).encode()).hexdigest()[:12]}"


def wait_for_earlier_jobs(reports: Path) -> None:
    """Return once no job of an earlier call is queued or running: SLURM keeps jobs whose study was killed.

    Raises:
        InputError: SLURM does not answer.
    """
    said = None
    while jobs := _queued(jobs_name(reports)):
        if jobs != said:
            said = jobs
            named = ", ".join(f"{number} ({rule})" for number, rule in jobs)
            print(f"waiting for jobs of an earlier call: {named}; scancel ends them", file=sys.stderr, flush=True)
        time.sleep(QUEUE_PAUSE)


def _queued(name: str) -> list[tuple[str, str]]:
    """Number and notebook of the user's queued and running jobs whose name begins with `name`."""
    rows = [line.split("|", 2) for line in _answer("squeue", "--me", "--noheader", "--format=%i|%j|%k").splitlines()]
    return [(number, rule.removeprefix("rule_")) for number, job, rule in rows if job.startswith(name)]


def _answer(*words: str) -> str:
    try:
        done = subprocess.run(words, capture_output=True, text=True, check=False)
    except FileNotFoundError:
        raise InputError(f"no command {words[0]!r} here, expected a machine that sends jobs to SLURM") from None
    if done.returncode:
        raise InputError(f"SLURM does not answer: {(done.stderr.strip().splitlines() or ['no message'])[0]}")
    return done.stdout


@contextmanager
def shown(reports: Path) -> Iterator[TextIO]:
    """Show on stderr what jobs say from now on. Yields the file that takes Snakemake's own words."""
    folder = logs(reports)
    folder.mkdir(parents=True, exist_ok=True)
    read = {path: path.stat().st_size for path in folder.rglob("*.log")}  # of earlier calls
    over = threading.Event()
    with open(folder / "snakemake.log", "w", encoding="utf-8") as log:
        read.pop(folder / "snakemake.log", None)
        thread = threading.Thread(target=_show, args=(folder, read, over), daemon=True)
        thread.start()
        try:
            yield log
        finally:
            over.set()
            thread.join()


def _show(folder: Path, read: dict[Path, int], over: threading.Event) -> None:
    ended = False
    while not ended:
        ended = over.wait(PAUSE)  # and one last look
        for path in sorted(folder.rglob("*.log")):
            if path not in read and path.parent != folder:
                _say(f"{path.parent.name.removeprefix('rule_')}: job {path.stem} of SLURM, {path}")
            try:
                read[path] = _tell(path, read.get(path, 0))
            except FileNotFoundError:  # the plugin deletes the logs of jobs that went well
                continue


def _tell(path: Path, start: int) -> int:
    """Print what is to be told of the whole lines of `path` from byte `start` on; returns where they end."""
    if path.stat().st_size < start:  # a job that was queued again begins its log anew
        start = 0
    with open(path, "rb") as file:
        file.seek(start)
        whole, newline, _ = file.read().rpartition(b"\n")
    for line in whole.decode(errors="replace").splitlines():
        if match := TOLD.match(line) or FAILED.match(line):
            _say(match[1])
    return start + len(whole) + len(newline)


def _say(line: str) -> None:
    print(line, file=sys.stderr, flush=True)
