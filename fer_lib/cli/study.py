"""Run a profile's graph with Snakemake and tell what failed in a line."""

import subprocess
import sys
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
        InputError: not inside a checkout, unknown profile, or a notebook failed.
    """
    root = project_root()
    profiles = root / "notebooks" / "profiles"
    require(profiles.is_dir(), f"{root}: no notebooks/profiles here; run this inside a checkout of the study")
    known = sorted(path.stem for path in profiles.glob("*.yaml"))
    require(profile in known, f"unknown profile {profile!r}{nearest(profile, known)} (known: {', '.join(known)})")
    require(cores >= 1, f"cores = {cores}, expected at least 1")
    words = [
        *(sys.executable, "-m", "snakemake", "--snakefile", "notebooks/Snakefile", "--cores", str(cores)),
        *("--keep-going", "--rerun-incomplete", "--quiet", "all", "--config", f"profile={profile}"),
    ]
    log = root / "reports" / profile / "snakemake.log"
    log.parent.mkdir(parents=True, exist_ok=True)
    # Snakemake's own words go to a file; the notebooks' progress and their one-line errors stay in sight
    with open(log, "w", encoding="utf-8") as file:
        done = subprocess.run(words, cwd=root, stdout=file, check=False)
    if done.returncode:
        raise InputError(f"the study {profile!r} is not complete; what failed is named above, the rest is kept ({log})")
    return root / "reports" / profile
