"""Run a profile's graph with Snakemake and tell what failed in a line."""

import subprocess
import sys
from pathlib import Path

from ..artifacts import alone
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
        # --nolock: Snakemake's own lock outlives a killed run; ours does not
        *("--keep-going", "--rerun-incomplete", "--nolock", "--quiet", "all", "--config", f"profile={profile}"),
    ]
    reports = root / "reports" / profile
    with alone(reports, "a study"):
        status = _wait(subprocess.Popen(words, cwd=root))
    if status:
        _explain_broken_graph(words, root)
        raise InputError(f"the study {profile!r} is not complete; what failed is named above, the rest is kept")
    return reports


def _wait(graph: subprocess.Popen) -> int:
    """Exit status of the graph. On Ctrl-C, which reaches the graph too, let it stop its notebooks first."""
    try:
        return graph.wait()
    except KeyboardInterrupt:
        graph.wait()
        raise


def _explain_broken_graph(words: list[str], root: Path) -> None:
    """Raise InputError if the graph itself cannot be read; told to be quiet, Snakemake hides that too."""
    talking = [word for word in words if word not in ("--quiet", "all")]
    tried = subprocess.run([*talking, "--dry-run"], cwd=root, capture_output=True, text=True, check=False)
    if tried.returncode:
        raise InputError("the graph of notebooks cannot be read: " + " ".join((tried.stdout + tried.stderr).split()))
