"""Snakemake runs a profile's graph, or says what it would run."""

import re
import signal
import subprocess
import sys
from pathlib import Path

import yaml

from ..artifacts import alone
from ..errors import InputError, refusal, require
from ..lifetime import following, how_it_ended, memory_kills
from ..parameters import project_root
from ..registry import nearest
from .slurm import shown, slurm_words, wait_for_earlier_jobs

#: --nolock: Snakemake's own lock outlives a killed run; ours does not
COMMON = ("--snakefile", "notebooks/Snakefile", "--keep-going", "--rerun-incomplete", "--nolock")
#: What a notebook of a profile may ask a cluster for.
RESOURCES = {
    "cpus": "a whole number of cores",
    "mem_mb": "a whole number of megabytes",
    "runtime": "minutes, or a time such as 8h or 2d",
    "gpu": "a whole number of GPUs",
}
TIME = re.compile(r"[1-9]\d*[mhd]")
PATIENCE = 20  # seconds, for an interrupted graph
NOTHING = "Nothing to be done"
MISSING = "Missing output files"
NAMED = {"Input files updated by another job": "after", "Updated input files": "changed:"}
ERRNO = re.compile(r"^\w*Error: \[Errno (\d+)\]", re.MULTILINE)
JOB = re.compile(r"^(?:local)?rule (\S+):\n(?:    .*\n)*?    reason: (.*)$", re.MULTILINE)


def run_study(profile: str, cores: int, cluster: Path | None = None) -> Path:
    """Run every notebook of `profile` that is not up to date, then the book.

    A notebook that fails does not stop those that do not depend on it.

    Args:
        cores: of this machine, or of a node for a notebook that uses all of them.
        cluster: folder of a Snakemake profile, to run every notebook as a job of SLURM; None runs them here.

    Returns:
        ``reports/<profile>``.

    Raises:
        InputError: not inside a checkout, unknown profile, the same study is running already, no SLURM where it is
            asked for, or a notebook failed.
    """
    root = checked_root(profile)
    notebooks_of(profile)
    require(cores >= 1, f"cores = {cores}, expected at least 1")
    reports = root / "reports" / profile
    kills = memory_kills()
    with alone(reports, "a study"):
        if cluster is None:
            status = _wait(subprocess.Popen(_snakemake(profile, cores, "--quiet", "all"), cwd=root))
        else:
            status = _run_on_slurm(profile, cores, root, reports, cluster)
    if status:
        # told to be quiet, Snakemake does not even say that it cannot read the graph
        left = ", ".join(planned_jobs(profile))
        why = f"Snakemake {how_it_ended(status, kills)}" if status < 0 else "what failed is named above"
        raise InputError(f"the study {profile!r} is not complete, without {left}: {why}; the rest is kept")
    return reports


def planned_jobs(profile: str) -> dict[str, str]:
    """What :func:`run_study` would run now: notebooks and ``book`` by name, and Snakemake's reason for each.

    Raises:
        InputError: not inside a checkout, unknown profile, or Snakemake cannot read the graph.
    """
    root = checked_root(profile)
    notebooks_of(profile)  # its sentences are clearer than Snakemake's
    words = _snakemake(profile, 1, "--dry-run", "--nocolor")
    told = subprocess.run(words, cwd=root, capture_output=True, text=True, check=False)
    text = told.stdout + told.stderr
    jobs = dict(JOB.findall(text))
    if told.returncode or not (jobs or NOTHING in text):
        refused = ERRNO.search(text)
        if refused and (sentence := refusal(int(refused[1]), root / ".snakemake")):
            raise InputError(sentence)
        trace = re.compile(r"^ *File .*, line \d+, in .*$", re.MULTILINE)
        raise InputError("the graph of notebooks cannot be read: " + " ".join(trace.sub("", text).split()))
    jobs.pop("all", None)
    return {name: _brief(reason, f"reports/{profile}/") for name, reason in jobs.items()}


def notebooks_of(profile: str) -> list[str]:
    """Names of a profile's notebooks, in the order of its file.

    Raises:
        InputError: unknown profile; a file that is no YAML, names no notebooks, or names one that is not there.
    """
    folder = checked_root(profile) / "notebooks"
    path = folder / "profiles" / f"{profile}.yaml"
    try:
        study = yaml.safe_load(path.read_text(encoding="utf-8"))
    except yaml.MarkedYAMLError as error:
        line = error.problem_mark.line + 1 if error.problem_mark else 1
        raise InputError(
            f"{path}, line {line}: not YAML ({error.problem}), expected 'notebooks:' and their names"
        ) from None
    except (yaml.YAMLError, UnicodeDecodeError):
        raise InputError(f"{path}: not a text file, expected YAML") from None
    named = study.get("notebooks") if isinstance(study, dict) else None
    require(isinstance(named, dict) and bool(named), f"{path}: expected a mapping 'notebooks' of notebook names")
    known = sorted(source.stem for source in folder.glob("*.ipynb"))
    for name, entry in named.items():
        require(name in known, f"{path}: no notebook {name!r} in {folder}{nearest(name, known)}")
        _check_resources(f"{path}, {name}", (entry or {}).get("resources") or {})
    return list(named)


def _check_resources(where: str, resources: dict) -> None:
    """Raises InputError unless these are resources that the graph hands on, by their names and in their units."""
    for name, value in resources.items():
        hint = f"{nearest(name, RESOURCES)} (known: {', '.join(RESOURCES)})"
        require(name in RESOURCES, f"{where}: unknown resource {name!r}{hint}")
        fits = type(value) is int and value > 0 or name == "runtime" and bool(TIME.fullmatch(str(value)))
        require(fits, f"{where}: {name} = {value!r}, expected {RESOURCES[name]}")


def checked_root(profile: str) -> Path:
    """The project's folder. Raises InputError where there is no study or no such profile."""
    root = project_root()
    profiles = root / "notebooks" / "profiles"
    require(profiles.is_dir(), f"{root}: no notebooks/profiles here; run this inside a checkout of the study")
    known = sorted(path.stem for path in profiles.glob("*.yaml"))
    require(profile in known, f"unknown profile {profile!r}{nearest(profile, known)} (known: {', '.join(known)})")
    return root


def _snakemake(profile: str, cores: int, *more: str) -> list[str]:
    return [*following("snakemake"), "--cores", str(cores), *COMMON, *more, "--config", f"profile={profile}"]


def _run_on_slurm(profile: str, cores: int, root: Path, reports: Path, cluster: Path) -> int:
    """Exit status of a graph whose Snakemake is another environment's, and must be told which Python is the study's."""
    words = [*slurm_words(root, reports, cluster), *COMMON, "--config"]
    words += [f"profile={profile}", f"python={sys.executable}", f"cores={cores}"]
    with shown(reports) as log:
        wait_for_earlier_jobs(reports)
        return _wait(subprocess.Popen(words, cwd=root, stdout=log, stderr=log))


def _wait(graph: subprocess.Popen) -> int:
    """Exit status of the graph. On Ctrl-C, which reaches the graph too, let it stop its notebooks first."""
    try:
        return graph.wait()
    except KeyboardInterrupt as stopped:
        if stopped.args:  # SIGTERM, which came to this process alone
            graph.send_signal(signal.SIGINT)
        try:
            graph.wait(PATIENCE)
        except subprocess.TimeoutExpired:
            graph.kill()  # notebooks end with it
        raise


def _brief(reason: str, reports: str) -> str:
    """Snakemake's reason in few words, with notebooks' names in place of their cards.

    ``"Missing output files: reports/demo/02/card.json; Input files updated by another job: reports/demo/01/card.json"``
    becomes ``"no card; after 01"``.
    """
    short = []
    for part in reason.replace(reports, "").replace("/card.json", "").split("; "):
        what, _, which = part.partition(": ")
        # other reasons go on with the values that were compared, which may be long
        short.append(f"{NAMED[what]} {which}" if what in NAMED else "no card" if what == MISSING else what)
    return "; ".join(short)
