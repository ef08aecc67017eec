"""A study that is to run on SLURM, and what its notebooks ask for."""

import sys

from . import case, fer

ON_SLURM = ("study", "run", "--profile", "smoke", "--executor", "slurm")


def asking(name: str, resources: str):
    """A case with a notebook that asks for these."""

    @case(name)
    def arrange(place):
        place.project()
        entry = f"{{resources: {{{resources}}}}}"
        place.write("notebooks/profiles/mine.yaml", f"notebooks: {{01_data_preparation: {entry}}}\n")
        return lambda: fer("study", "run", "--profile", "mine")


asking("resource-unknown", "cpu: 4")
asking("resource-value", "runtime: soon")


def sending(name: str, *words: str, python: str = sys.executable, controller: str | None = None):
    """A case in which a study is sent to SLURM with these words.

    Args:
        python: of the environment with the plugin.
        controller: what `scontrol` says before it fails; None where it is not installed.
    """

    @case(name)
    def arrange(place):
        root = place.project()
        place.patch.setenv("PATH", str(root / "bin"))
        place.patch.setenv("FER_SLURM_PYTHON", python)
        if controller:
            path = place.write("bin/scontrol", f"#!/bin/sh\necho '{controller}' >&2\nexit 1\n")
            path.chmod(0o755)
        return lambda: fer(*(words or ON_SLURM))


sending("slurm-no-environment", python=".venv-slurm/bin/python")
sending("slurm-none")
sending("slurm-silent", controller="slurm_load_ctl_conf error: Unable to contact slurm controller (connect failure)")
sending("cluster-missing", *ON_SLURM, "--cluster", "mine")
sending("cluster-without-slurm", "study", "run", "--profile", "smoke", "--cluster", "notebooks/slurm")
