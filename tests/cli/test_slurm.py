"""A study on SLURM, without a SLURM: what Snakemake is told, what is asked and what is shown.

`squeue` and `scontrol` are small scripts here; tests/notebooks/test_graph_slurm.py has the real ones.
"""

import os
import re
import subprocess
import sys
import time
import tomllib

import pytest
import yaml
from packaging.requirements import Requirement

from fer_lib.cli.__main__ import main
from fer_lib.cli.graph import notebooks_of
from fer_lib.cli.slurm import jobs_name, logs, shown, slurm_words, wait_for_earlier_jobs
from fer_lib.errors import InputError

from ..study_fixtures import ROOT, new_project

PLUGIN = "snakemake-executor-plugin-slurm"
NAME = "03_guided_spatial_transformers"


def command(folder, name, script) -> None:
    path = folder / name
    path.write_text(f"#!/bin/sh\n{script}\n")
    path.chmod(0o755)


@pytest.fixture
def slurm(tmp_path, monkeypatch):
    """A folder of commands at the front of the path, in which SLURM answers that it keeps no accounts."""
    folder = tmp_path / "bin"
    folder.mkdir()
    command(folder, "scontrol", "echo 'AccountingStorageType   = accounting_storage/none'")
    monkeypatch.setenv("PATH", f"{folder}{os.pathsep}{os.environ['PATH']}")
    monkeypatch.setenv("FER_SLURM_PYTHON", sys.executable)
    return folder


@pytest.fixture
def project(tmp_path, monkeypatch):
    monkeypatch.chdir(new_project(tmp_path))
    return tmp_path


def words(project):
    return slurm_words(project, project / "reports" / "smoke", project / "notebooks" / "slurm")


def test_sacct_is_not_asked_where_nothing_is_accounted(slurm, project):
    assert words(project)[-3:] == ["--slurm-no-account", "--slurm-status-command", "squeue"]
    command(slurm, "scontrol", "echo 'AccountingStorageType   = accounting_storage/slurmdbd'")
    assert "squeue" not in words(project)


def test_what_is_missing_is_said_in_a_sentence(slurm, project, monkeypatch):
    command(slurm, "scontrol", "echo 'slurm_load_ctl_conf error: Unable to contact controller' >&2; exit 1")
    with pytest.raises(InputError, match="SLURM does not answer: slurm_load_ctl_conf error: Unable to contact"):
        words(project)
    monkeypatch.setenv("PATH", str(project))
    with pytest.raises(InputError, match="no command 'scontrol' here, expected a machine that sends jobs to SLURM"):
        words(project)
    monkeypatch.delenv("FER_SLURM_PYTHON")
    with pytest.raises(InputError, match=r"\.venv-slurm/bin/python: no such file, expected .* make slurm sets up"):
        words(project)
    monkeypatch.setenv("FER_SLURM_PYTHON", sys.executable)
    (project / "notebooks" / "slurm" / "config.yaml").unlink()
    with pytest.raises(InputError, match=r"notebooks/slurm/config.yaml: no such file, expected a Snakemake profile"):
        words(project)


def test_a_cluster_goes_with_slurm_only(project, capsys):
    assert main(["study", "run", "--profile", "smoke", "--cluster", "notebooks/slurm"]) == 1
    assert "--cluster goes with --executor slurm" in capsys.readouterr().err


def test_every_report_has_a_name_for_its_jobs(tmp_path):
    names = {jobs_name(tmp_path / folder) for folder in ("a/smoke", "b/smoke", "a/demo", "a/../b/demo")}
    assert len(names) == 4
    assert all(re.fullmatch(r"[\w-]{1,50}", name) for name in names)  # the plugin's own condition
    assert jobs_name(tmp_path / "a" / ".." / "b" / "smoke") in names


def test_jobs_of_an_earlier_call_are_waited_for(slurm, tmp_path, monkeypatch, capsys):
    """Those of this report only, and until they are gone."""
    monkeypatch.setattr("fer_lib.cli.slurm.QUEUE_PAUSE", 0.01)
    mine, other = jobs_name(tmp_path / "mine"), jobs_name(tmp_path / "other")
    rows = [f"7|{mine}_1|rule_{NAME}", f"8|{other}_2|rule_{NAME}", "9|fer|", f"10|{mine}_1|rule_book"]
    for asked in range(1, 4):  # squeue tells the rows of the times that it is asked
        (tmp_path / f"{asked}.txt").write_text("\n".join(rows if asked < 3 else rows[1:3]) + "\n")
    counted = f"n=$(($(cat {tmp_path}/n 2>/dev/null || echo 0) + 1)); echo $n >{tmp_path}/n; cat {tmp_path}/$n.txt"
    command(slurm, "squeue", counted)
    wait_for_earlier_jobs(tmp_path / "mine")
    assert (tmp_path / "n").read_text() == "3\n"
    assert capsys.readouterr().err == (
        f"waiting for jobs of an earlier call: 7 ({NAME}), 10 (book); scancel ends them\n"
    )


def test_what_jobs_say_is_shown_without_what_snakemake_says_about_itself(tmp_path, monkeypatch, capsys):
    monkeypatch.setattr("fer_lib.cli.slurm.PAUSE", 0.01)
    folder = logs(tmp_path) / f"rule_{NAME}"
    folder.mkdir(parents=True)
    (folder / "1.log").write_text(f"{NAME}: started\n")  # of an earlier call
    job = folder / "2.log"

    def until(text) -> str:
        said = ""
        for _ in range(500):
            said += capsys.readouterr().err
            if text in said:
                return said
            time.sleep(0.01)
        raise AssertionError(f"{text!r} is not in {said!r}")

    with shown(tmp_path) as snakemake:
        job.write_text(f"Building DAG of jobs...\n{NAME}: started\n{NAME}: done i")
        assert until("started\n") == f"{NAME}: job 2 of SLURM, {job}\n{NAME}: started\n"
        with open(job, "a") as file:
            file.write("n 40 s\nslurmstepd: error: *** JOB 2 ON n CANCELLED AT 2026 DUE TO JOB REQUEUE ***\n")
        assert until("REQUEUE").startswith(f"{NAME}: done in 40 s\nslurmstepd: error: *** JOB 2 ON n CANCELLED")
        job.write_text(f"{NAME}: started\n")  # queued again, its log begins anew
        assert until("started") == f"{NAME}: started\n"
        print(
            "    message: SLURM-job '2' failed, SLURM status is: 'CANCELLED'.For further error details see",
            file=snakemake,
        )
        print("srun: error: n: task 0: Exited with exit code 1", file=snakemake, flush=True)
        job.unlink()
    said = capsys.readouterr().err
    assert said == "SLURM-job '2' failed, SLURM status is: 'CANCELLED'.\n"


@pytest.mark.parametrize(
    ("resources", "sentence"),
    [
        ({"cpu": 4}, rf"{NAME}: unknown resource 'cpu'; did you mean 'cpus'\? \(known: cpus, .*gpu\)"),
        ({"gpu": "one"}, "gpu = 'one', expected a whole number of GPUs"),
        ({"cpus": 0}, "cpus = 0, expected a whole number of cores"),
        ({"mem_mb": True}, "mem_mb = True, expected a whole number of megabytes"),
        ({"runtime": "soon"}, "runtime = 'soon', expected minutes, or a time such as 8h or 2d"),
        ({"runtime": 0}, "runtime = 0, expected minutes"),
    ],
)  # fmt: skip
def test_resources_are_checked(project, resources, sentence):
    path = project / "notebooks" / "profiles" / "mine.yaml"
    path.write_text(yaml.safe_dump({"notebooks": {NAME: {"resources": resources}}}))
    with pytest.raises(InputError, match=sentence):
        notebooks_of("mine")


def test_a_notebook_asks_for_what_its_profile_says(project):
    """And for a little where it says nothing: what Snakemake reads from the graph."""
    path = project / "notebooks" / "profiles" / "mine.yaml"
    asked = {"cpus": 6, "mem_mb": 9000, "runtime": "2d", "gpu": 1}
    entries = {"01_data_preparation": {}, NAME: {"all_cores": True, "resources": asked}}
    path.write_text(yaml.safe_dump({"notebooks": entries}))
    assert notebooks_of("mine") == list(entries)
    graph = [sys.executable, "-m", "snakemake", "-s", "notebooks/Snakefile", "--cores", "8", "--dry-run", "--nocolor"]
    done = subprocess.run([*graph, "--config", "profile=mine", "cores=4"], capture_output=True, text=True)
    rules = dict(re.findall(r"^rule (\w+):\n((?:    .*\n)+)", done.stdout + done.stderr, re.MULTILINE))
    for line in ("threads: 6", "mem_mb=9000", "runtime=2880", "gpu=1"):
        assert line in rules[NAME]
    assert "threads" not in rules["01_data_preparation"] and "gpu" not in rules["01_data_preparation"]
    assert "mem_mb=4000" in rules["01_data_preparation"] and "runtime=720" in rules["01_data_preparation"]
    assert "runtime=60" in rules["book"]


def test_the_plugin_stays_out_of_the_studys_environment():
    """`make slurm` installs the extra's list, in locked versions, apart from everything else."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    extras = project["optional-dependencies"]
    assert not [line for line in (*project["dependencies"], *extras["dev"]) if "slurm" in line]
    locked = dict(line.split("==") for line in (ROOT / "requirements.lock").read_text().splitlines() if "==" in line)
    asked = [Requirement(line) for line in extras["slurm"]]
    assert {one.name for one in asked} == {"snakemake", PLUGIN, f"{PLUGIN}-jobstep"}
    assert all(locked[one.name] in one.specifier for one in asked)
    assert '["optional-dependencies"]["slurm"]' in (ROOT / "Makefile").read_text()
