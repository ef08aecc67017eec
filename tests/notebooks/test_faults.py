"""A small study that is killed, stopped, doubled, or left without a disk: what is told, and what is kept."""

import signal
import subprocess
import sys
from pathlib import Path

import nbformat
import pytest
import yaml

from ..cli.notebooks import write_notebook
from ..faults import family, heed_interrupts, living, wait_for
from ..study_fixtures import ROOT, fer

PARAMETERS = "profile = 'tiny'\ndata_dir = 'data'\nreports_dir = 'reports'"
CARD = """
from pathlib import Path
from fer_lib.artifacts import write_card
folder = Path(reports_dir, profile, "{name}")
write_card(folder, "stage", {{"profile": profile}}, files=[])
"""
WORK = """
import os, time
from functools import partial
from pathlib import Path
import torch
from fer_lib.training.jobs import run_jobs
from waiting import wait
run_jobs([partial(wait, name) for name in "ab"], epochs=2, device=torch.device("cpu"), workers=2)
"""
WAITING = """
import time
from pathlib import Path

def wait(name, tell):
    Path(f"begun-{name}").touch()
    while not Path("go").exists():
        time.sleep(0.1)
"""
FIRST, SECOND = "01_first", "02_second"


def tiny_project(folder: Path) -> Path:
    """Two notebooks; the second keeps two workers busy until the file ``go`` is there."""
    (folder / "notebooks" / "profiles").mkdir(parents=True)
    (folder / "notebooks" / "Snakefile").write_text((ROOT / "notebooks" / "Snakefile").read_text())
    profile = {"notebooks": {FIRST: {}, SECOND: {"needs": [FIRST], "all_cores": True}}}
    (folder / "notebooks" / "profiles" / "tiny.yaml").write_text(yaml.safe_dump(profile))
    write_notebook(folder / "notebooks" / f"{FIRST}.ipynb", PARAMETERS, CARD.format(name=FIRST))
    write_notebook(folder / "notebooks" / f"{SECOND}.ipynb", PARAMETERS, WORK, CARD.format(name=SECOND))
    (folder / "waiting.py").write_text(WAITING)
    return folder


def run(project: Path) -> subprocess.CompletedProcess:
    return fer("study", "run", "--profile", "tiny", "--cores", "2", cwd=project)


def last_line(done: subprocess.CompletedProcess) -> str:
    assert "Traceback" not in done.stderr
    return done.stderr.strip().splitlines()[-1]


@pytest.fixture
def at_work(tmp_path):
    """A tiny study whose second notebook is training: its folder, the study, all processes, and where it writes."""
    project, said = tiny_project(tmp_path / "a project"), tmp_path / "said.txt"
    words = [sys.executable, "-m", "fer_lib.cli", "study", "run", "--profile", "tiny", "--cores", "2"]
    with open(said, "w") as file:
        study = subprocess.Popen(
            words, cwd=project, stdout=file, stderr=file, start_new_session=True, preexec_fn=heed_interrupts
        )
    processes = []
    try:
        for name in "ab":
            wait_for(project / f"begun-{name}", study)
        processes = family(study.pid)
        yield project, study, processes, said
    finally:
        for one in living(processes or family(study.pid)):
            one.kill()
        study.wait()


def goes_on(project: Path) -> None:
    """The same command makes what was not complete, and nothing else; nothing of the killed one is left."""
    (project / "go").touch()
    done = run(project)
    assert done.returncode == 0, done.stderr
    assert FIRST not in done.stderr and f"{SECOND}: done" in done.stderr
    reports = project / "reports"
    assert [*reports.rglob(".*.part*"), *reports.rglob(".building-*")] == []


@pytest.mark.parametrize("victim", ["study", "graph"])
def test_nothing_outlives_a_kill_and_the_same_command_goes_on(at_work, victim):
    project, study, processes, said = at_work
    assert len(processes) >= 7  # study, graph, notebook, kernel, progress, two workers
    processes[("study", "graph").index(victim)].kill()
    study.wait()
    assert living(processes, patience=30) == []
    if victim == "graph":
        assert "without 02_second, book: Snakemake was killed" in said.read_text()
    goes_on(project)


def test_two_at_once_and_the_first_is_unharmed(at_work):
    project, study, _, said = at_work
    second = run(project)
    assert second.returncode == 1 and second.stderr.count("\n") == 1
    assert "reports/tiny: a study is at work here already; wait for it or stop it" in second.stderr
    (project / "go").touch()
    assert study.wait(timeout=300) == 0, said.read_text()
    cells = nbformat.read(project / "reports" / "tiny" / "notebooks" / f"{SECOND}.ipynb", as_version=4).cells
    assert cells[-1].execution_count and not [o for cell in cells for o in cell.outputs if o.output_type == "error"]


def test_a_terminated_study_ends_in_one_line_and_takes_all_along(at_work):
    project, study, processes, said = at_work
    study.send_signal(signal.SIGTERM)
    assert study.wait(timeout=60) == 130
    assert living(processes, patience=30) == []
    # what loky says of a killed pool may follow
    assert "fer study run: stopped; finished work is kept, the same command goes on" in said.read_text().splitlines()


@pytest.fixture
def on_small_disk(small_disk):
    return tiny_project(small_disk.folder / "project"), small_disk


def test_a_full_disk_is_told_and_the_study_goes_on_once_there_is_space(on_small_disk):
    project, disk = on_small_disk
    (project / "go").touch()
    disk.fill()
    done = run(project)
    assert done.returncode == 1 and "no space left on device, expected more free space" in last_line(done)
    reports = project / "reports" / "tiny"
    assert not list(reports.rglob("card.json"))
    # whole, of a cell that failed, where that found room; Snakemake makes an empty one where it did not
    for executed in (path for path in reports.rglob("*.ipynb") if path.stat().st_size):
        nbformat.read(executed, as_version=4)
    disk.free()
    done = run(project)
    assert f"{SECOND}: done" in done.stderr and (reports / SECOND / "card.json").is_file()


def test_a_read_only_folder_is_one_sentence(on_small_disk):
    project, disk = on_small_disk
    disk.read_only()
    done = run(project)
    assert done.returncode == 1 and done.stderr.count("\n") == 1
    assert "read-only file system, expected a place that you may read and write" in done.stderr
