"""The graph on a SLURM: disturbed in every way that a cluster knows, it ends with what this machine makes.

Where FER_TEST_SLURM names a script with `start` and `stop`, and no SLURM answers, that script starts one.
"""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pandas as pd
import pytest
import yaml
from safetensors.numpy import load_file

from fer_lib.cli.slurm import ENVIRONMENT, VARIABLE

from ..study_fixtures import ROOT, fer, new_project

SCRIPT = "FER_TEST_SLURM"
FIRST, GUIDED, MASKING = "01_data_preparation", "03_guided_spatial_transformers", "06_residual_masking"
STAGES = (FIRST, "02_guidance_generation", GUIDED, MASKING)
STUDY = ("study", "run", "--profile", "smoke", "--cores", "2")
pytestmark = [pytest.mark.slow, pytest.mark.timeout(1800)]


def answers() -> bool:
    try:
        return subprocess.run(["sinfo"], capture_output=True).returncode == 0
    except FileNotFoundError:
        return False


@pytest.fixture
def slurm(monkeypatch):
    """A SLURM that answers, and the environment that Snakemake's plugin is in."""
    python = Path(os.environ.get(VARIABLE) or ROOT / ENVIRONMENT)
    if not python.is_file():
        pytest.skip(f"{python} is not there; `make slurm` sets it up")
    script = None if answers() else os.environ.get(SCRIPT)
    if not (script or answers()):
        pytest.skip(f"no SLURM answers, and {SCRIPT} names no script that starts one")
    monkeypatch.setenv(VARIABLE, str(python))
    monkeypatch.setenv("FER_CHECKPOINT_SECONDS", "0")  # so that every training is interrupted after a checkpoint
    if script:
        subprocess.run([script, "start"], check=True, stdout=subprocess.DEVNULL)  # daemons would hold a pipe open
    yield
    if script:
        subprocess.run([script, "stop"], check=True, stdout=subprocess.DEVNULL)


def project(folder: Path) -> Path:
    """Four notebooks of the smoke study, with little memory and a Snakemake that asks SLURM often."""
    new_project(folder)
    path = folder / "notebooks" / "profiles" / "smoke.yaml"
    notebooks = yaml.safe_load(path.read_text())["notebooks"]
    asked = {"mem_mb": 1500, "runtime": 30}
    path.write_text(yaml.safe_dump({"notebooks": {name: {**notebooks[name], "resources": asked} for name in STAGES}}))
    settings = folder / "notebooks" / "slurm" / "config.yaml"
    text = settings.read_text()
    assert "status-checks: 10" in text
    settings.write_text(text.replace("status-checks: 10", "status-checks: 3"))
    return folder


class Cluster:
    """Calls of a study on SLURM, and its jobs."""

    def __init__(self, project: Path):
        self.project, self.calls = project, 0

    def start(self) -> subprocess.Popen:
        self.calls += 1
        words = [sys.executable, "-m", "fer_lib.cli", *STUDY, "--executor", "slurm"]
        with open(self.project / f"said{self.calls}.txt", "w") as said:
            return subprocess.Popen(words, cwd=self.project, stdout=said, stderr=said, start_new_session=True)

    def said(self) -> str:
        return (self.project / f"said{self.calls}.txt").read_text()

    def jobs(self, notebook: str) -> list[str]:
        """Numbers of its jobs that have not ended."""
        told = subprocess.run(["squeue", "--noheader", "--format=%i|%k|%Z"], capture_output=True, text=True, check=True)
        rows = [line.strip().split("|") for line in told.stdout.splitlines()]
        return [number for number, rule, folder in rows if (rule, folder) == (f"rule_{notebook}", str(self.project))]

    def in_training(self, notebook: str) -> bool:
        """Whether a checkpoint of one of its networks lies there."""
        found = (self.project / "reports" / "smoke" / "runs").glob("*/folds/*/unfinished.safetensors")
        return any(("slim" in path.parts[-4]) == (notebook == MASKING) for path in found)

    def when_started(self, notebook: str, study: subprocess.Popen) -> str:
        """Its job's number, once it says that it started."""
        while f"{notebook}: started" not in self.said():
            assert study.poll() is None, self.said()
            time.sleep(0.05)
        (number,) = self.jobs(notebook)
        return number

    def requeue(self, number: str) -> None:
        """As a preemption does; SLURM would let two minutes pass before the job's second start."""
        subprocess.run(["scontrol", "requeue", number], check=True)
        for _ in range(600):
            state = subprocess.run(["squeue", "-h", "-j", number, "-o", "%T"], capture_output=True, text=True).stdout
            if state.strip() == "PENDING":
                break
            time.sleep(0.2)
        subprocess.run(["scontrol", "update", f"jobid={number}", "StartTime=now"], check=True)


def assert_same(one: Path, two: Path) -> None:
    """Every run has the same weights, bit for bit, and the same tables but for times."""
    runs = sorted(path.name for path in (one / "runs").iterdir() if path.is_dir())
    assert runs and runs == sorted(path.name for path in (two / "runs").iterdir() if path.is_dir())
    compared = 0
    for run in runs:
        for path in sorted((one / "runs" / run).rglob("*.safetensors")):
            mine, other = load_file(path), load_file(two / path.relative_to(one))
            assert mine.keys() == other.keys()
            assert all(mine[name].tobytes() == other[name].tobytes() for name in mine), path
            compared += 1
        for path in sorted((one / "runs" / run).glob("*.parquet")):
            assert_same_table(pd.read_parquet(path), pd.read_parquet(two / path.relative_to(one)))
            compared += 1
    assert compared > 3 * len(runs)
    for name in (f"{stage}/tables/results.csv" for stage in (GUIDED, MASKING)):
        assert_same_table(pd.read_csv(one / name), pd.read_csv(two / name))


def assert_same_table(one: pd.DataFrame, two: pd.DataFrame) -> None:
    """But for what was measured with a clock."""
    timed = [name for name in one.columns if "second" in name]
    pd.testing.assert_frame_equal(one.drop(columns=timed), two.drop(columns=timed), check_exact=True)


def test_study_that_is_requeued_cancelled_and_killed_ends_as_on_this_machine(slurm, tmp_path):
    here, there = project(tmp_path / "here"), Cluster(project(tmp_path / "there"))
    done = fer(*STUDY, cwd=here)
    assert done.returncode == 0, done.stderr

    study, requeued, cancelled = there.start(), None, None
    try:
        while study.poll() is None and not (requeued and cancelled):
            if not requeued and there.in_training(GUIDED):
                (requeued,) = there.jobs(GUIDED)
                there.requeue(requeued)
            if not cancelled and there.in_training(MASKING):
                (cancelled,) = there.jobs(MASKING)
                subprocess.run(["scancel", cancelled], check=True)
            time.sleep(0.05)
        assert study.wait() == 1
        said = there.said()
        assert f"{GUIDED}: job {requeued} of SLURM" in said and said.count(f"{GUIDED}: started\n") == 2
        assert "the study 'smoke' is not complete, without 06_residual_masking, book" in said
        assert f"SLURM-job '{cancelled}' failed, SLURM status is: 'CANCELLED'" in said
        reports = there.project / "reports" / "smoke"
        assert [(reports / stage / "card.json").is_file() for stage in (GUIDED, MASKING)] == [True, False]

        study = there.start()  # goes on with what was cancelled, and is killed itself
        number = there.when_started(MASKING, study)
        study.kill()
        study.wait()
        assert f"{GUIDED}: started" not in there.said()
        assert there.jobs(MASKING) == [number]

        study = there.start()
        assert study.wait() == 0, there.said()
        said = there.said()
        assert f"waiting for jobs of an earlier call: {number} ({MASKING})" in said
        assert said.rstrip().endswith(str(reports / "book" / "html" / "index.html"))
    finally:
        if study.poll() is None:
            os.killpg(study.pid, signal.SIGKILL)
        if left := [number for stage in (*STAGES, "book") for number in there.jobs(stage)]:
            subprocess.run(["scancel", *left], check=True)
    assert_same(here / "reports" / "smoke", reports)
    assert fer(*STUDY, "--dry-run", cwd=there.project).stdout == "smoke: everything is up to date\n"
