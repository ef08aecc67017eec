"""The graph from end to end, on the smoke profile."""

import json
import os
import signal
import subprocess
import sys
import time

import nbformat
import pandas as pd
import psutil
import pytest
import yaml

from fer_lib.artifacts import alone, read_card
from fer_lib.artifacts.runs import load_run

from ..study_fixtures import fer, new_project

STAGES = (
    "01_data_preparation",
    "02_guidance_generation",
    "03_guided_spatial_transformers",
    "04_deep_emotion",
    "05_facial_motion_priors",
    "06_residual_masking",
    "07_feratt",
    "08_transfer_learning",
    "09_ensembles",
    "10_error_analysis",
    "11_confusion_matrices",
    "12_explanations",
    "13_leaderboard",
)


@pytest.fixture
def reports(smoke_project):
    return smoke_project / "reports" / "smoke"


def test_study_ends_with_a_result_table_and_the_book(smoke_project, reports):
    said = (smoke_project / "said.txt").read_text()
    assert "simple_cnn" in said and "majority class" in said
    assert said.rstrip().endswith(str(reports / "book" / "html" / "index.html"))


def test_every_stage_has_its_card_with_provenance(reports):
    for stage in STAGES:
        card = json.loads((reports / stage / "card.json").read_text())
        assert card["kind"] == "stage" and card["revision"] and card["parameters"]["profile"] == "smoke"
        assert all((reports / stage / name).stat().st_size > 0 for name in card["files"])


def test_executed_notebooks_have_no_error_cell(reports):
    for stage in STAGES:
        cells = nbformat.read(reports / "notebooks" / f"{stage}.ipynb", as_version=4).cells
        outputs = [output for cell in cells for output in cell.get("outputs", [])]
        assert outputs and not [output for output in outputs if output.output_type == "error"]


def test_runs_score_every_sample_once_and_say_what_selected(reports):
    runs = [folder for folder in (reports / "runs").iterdir() if read_card(folder)["kind"] == "run"]
    # variants and the leaky folds of one of them, two seeds each; two networks under two splits; masks predicted, none
    # and given; with masks and without; attention, that and a structured embedding, neither; from scratch and three
    # kinds of fine-tuning
    assert len(runs) == (5 + 1) * 2 + 2 * 2 + 3 + 2 + 3 + 4
    for folder in runs:
        run = load_run(folder)
        assert run.test["sample_id"].is_unique and len(run.test) == run.card["samples"]
        assert (run.card["selected_on"], run.card["reported_on"]) == ("inner validation", "outer fold")


def test_result_table_stands_beside_the_majority_class(reports):
    table = pd.read_csv(reports / STAGES[2] / "tables" / "results.csv").set_index("variant")
    assert list(table.index) == ["simple_cnn", "none", "soft", "saliency_gradcam", "shuffled", "majority class"]
    assert (table["low"].dropna() <= table["accuracy"].dropna().iloc[:-1]).all()


def test_second_study_runs_no_notebook(smoke_project):
    started = time.perf_counter()
    done = fer("study", "run", "--profile", "smoke", "--cores", "2", cwd=smoke_project)
    assert done.returncode == 0 and "started" not in done.stderr
    assert time.perf_counter() - started < 30  # 15 s alone on two cores; tests share them


def test_failing_notebook_leaves_the_others_and_says_why_in_a_line(tmp_path):
    project = new_project(tmp_path)
    path = project / "notebooks" / "profiles" / "smoke.yaml"
    profile = yaml.safe_load(path.read_text())
    del profile["notebooks"][STAGES[1]]
    broken = profile["notebooks"][STAGES[2]]
    broken["needs"] = []
    broken["parameters"]["variants"] = ["sof"]
    path.write_text(yaml.safe_dump(profile))

    done = fer("study", "run", "--profile", "smoke", "--cores", "2", cwd=project)

    assert done.returncode != 0
    lines = [line for line in done.stderr.splitlines() if "did you mean 'soft'" in line]
    assert len(lines) == 1 and STAGES[2] in lines[0] and "cell [" in lines[0]
    assert "Traceback" not in done.stderr
    reports = project / "reports" / "smoke"
    assert (reports / STAGES[0] / "card.json").is_file() and not (reports / STAGES[2] / "card.json").exists()
    failed = nbformat.read(reports / "notebooks" / f"{STAGES[2]}.ipynb", as_version=4)
    assert any(o.output_type == "error" for cell in failed.cells for o in cell.get("outputs", []))


def test_unknown_profile_names_the_nearest(tmp_path):
    done = fer("study", "run", "--profile", "dmeo", cwd=new_project(tmp_path))
    assert done.returncode == 1 and "did you mean 'demo'" in done.stderr


def test_broken_profile_is_explained(tmp_path):
    project = new_project(tmp_path)
    (project / "notebooks" / "profiles" / "mine.yaml").write_text("notebokks: {}\n")
    done = fer("study", "run", "--profile", "mine", cwd=project)
    assert done.returncode == 1 and "mine.yaml: expected a mapping 'notebooks' of notebook names" in done.stderr


def test_second_study_in_the_same_folder_is_refused(tmp_path):
    project = new_project(tmp_path)
    reports = project / "reports" / "smoke"
    with alone(reports, "a study"):
        done = fer("study", "run", "--profile", "smoke", cwd=project)
    assert done.returncode == 1 and "a study is at work here already" in done.stderr
    assert not (reports / "notebooks").exists()


def _heed_interrupts() -> None:
    """A shell's background jobs ignore SIGINT, and so would what tests started among them start."""
    signal.signal(signal.SIGINT, signal.default_int_handler)


@pytest.fixture
def started(tmp_path):
    """The first two notebooks of the smoke study in a folder with a space in its name, once the second runs."""
    project = new_project(tmp_path / "a project")
    path = project / "notebooks" / "profiles" / "smoke.yaml"
    notebooks = yaml.safe_load(path.read_text())["notebooks"]
    path.write_text(yaml.safe_dump({"notebooks": {stage: notebooks[stage] for stage in STAGES[:2]}}))
    said = tmp_path / "said.txt"
    words = [sys.executable, "-m", "fer_lib.cli", "study", "run", "--profile", "smoke", "--cores", "2"]
    with open(said, "w") as file:
        study = subprocess.Popen(
            words, cwd=project, stderr=file, stdout=file, start_new_session=True, preexec_fn=_heed_interrupts
        )
    while study.poll() is None and f"{STAGES[1]}: started" not in said.read_text():
        time.sleep(0.1)
    time.sleep(1)  # its kernel is starting
    return project, study, said


def goes_on(project) -> None:
    done = fer("study", "run", "--profile", "smoke", "--cores", "2", cwd=project)
    assert done.returncode == 0, done.stderr
    assert STAGES[0] not in done.stderr and f"{STAGES[1]}: started" in done.stderr


def test_killed_study_goes_on_where_it_was(started):
    project, study, _ = started
    root = psutil.Process(study.pid)
    for process in [*root.children(recursive=True), root]:
        process.kill()
    study.wait()
    goes_on(project)


def test_interrupted_study_says_one_line_and_goes_on(started):
    project, study, said = started
    os.killpg(study.pid, signal.SIGINT)
    assert study.wait(timeout=60) == 130
    text = said.read_text()
    assert "Traceback" not in text and text.rstrip().endswith("the same command goes on")
    goes_on(project)
