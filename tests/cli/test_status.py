"""fer study status and run --dry-run: what Snakemake would do, and what lies on disk."""

import json
import os
import time

import nbformat
import pytest
import yaml

from fer_lib.artifacts import alone, write_card
from fer_lib.cli.__main__ import main
from fer_lib.cli.graph import _brief, notebooks_of, planned_jobs
from fer_lib.cli.status import notebook_rows, run_rows
from fer_lib.errors import InputError

from ..study_fixtures import ROOT, new_project

FIRST, SECOND, THIRD = "01_data_preparation", "02_guidance_generation", "03_guided_spatial_transformers"


def executed(path, *outputs, ended=True):
    """An executed copy whose only code cell has these outputs."""
    path.parent.mkdir(parents=True, exist_ok=True)
    cells = [nbformat.v4.new_code_cell("1", outputs=list(outputs), execution_count=1)]
    if not ended:
        cells.append(nbformat.v4.new_code_cell("2"))
    nbformat.write(nbformat.v4.new_notebook(cells=cells), path)


@pytest.fixture
def project(tmp_path, monkeypatch):
    """A project with a profile of three notebooks that need nothing of each other, and its report."""
    new_project(tmp_path)
    profile = {"notebooks": {name: {"parameters": {"dataset": "synthetic"}} for name in (FIRST, SECOND, THIRD)}}
    (tmp_path / "notebooks" / "profiles" / "mine.yaml").write_text(yaml.safe_dump(profile))
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.fixture
def report(project):
    return project / "reports" / "mine"


def test_a_finished_study_has_nothing_to_do(smoke_project, monkeypatch, capsys):
    monkeypatch.chdir(smoke_project)
    rows = notebook_rows("smoke")
    assert [row["notebook"] for row in rows] == [*notebooks_of("smoke"), "book"]
    assert {(row["state"], row["next_run"], row["why"]) for row in rows} == {("complete", None, None)}
    runs = run_rows("smoke")
    # networks trained on every sample have no folds, and those with centre loss are trained on one alone
    foldless = ("-complete-", "-center_slim-")
    trained = [r for r in runs if r["run"].startswith("synthetic") and not any(part in r["run"] for part in foldless)]
    assert trained and {(run["state"], run["folds"]) for run in trained} == {("complete", "2 of 2")}
    assert {run["state"] for run in runs} == {"complete"}  # the shift test among them
    assert main(["study", "run", "--profile", "smoke", "--dry-run"]) == 0
    assert capsys.readouterr().out == "smoke: everything is up to date\n"


def test_states(project, report, capsys):
    write_card(report / FIRST, "stage", {}, seconds=3.5)
    failure = nbformat.v4.new_output("error", ename="ValueError", evalue="no\nreally", traceback=[])
    executed(report / "notebooks" / f"{SECOND}.ipynb", failure)
    with alone(report / "notebooks" / f"{THIRD}.ipynb", "a test"):
        rows = {row["notebook"]: row for row in notebook_rows("mine")}
    assert {name: row["state"] for name, row in rows.items()} == {
        FIRST: "complete", SECOND: "failed", THIRD: "running", "book": "missing",
    }  # fmt: skip
    assert rows[FIRST]["seconds"] == 3.5 and rows[FIRST]["next_run"] is None
    assert rows[SECOND]["why"] == "cell [1]: ValueError: no" and rows[SECOND]["next_run"] == "runs"

    later = time.time() + 60
    os.utime(project / "notebooks" / f"{FIRST}.ipynb", (later, later))
    executed(report / "notebooks" / f"{SECOND}.ipynb", ended=False)
    executed(report / "notebooks" / f"{THIRD}.ipynb")
    assert main(["study", "status", "--profile", "mine"]) == 0
    said, _, stale = capsys.readouterr().out.partition(" would run ")
    lines = {line.split()[0]: line for line in said.splitlines() if line[:1].isdigit()}
    assert " stale " in lines[FIRST] and f"changed: notebooks/{FIRST}.ipynb" in lines[FIRST]
    assert " failed " in lines[SECOND] and "stopped before its last cell" in lines[SECOND]
    assert " missing " in lines[THIRD] and " no card" in lines[THIRD]  # it ended; its card was deleted
    assert "dataset was nothing, it is 'synthetic' now" in stale  # of the card that has no parameters


def test_reasons_are_short():
    reason = (
        "Missing output files: reports/mine/02/card.json; Input files updated by another job: reports/mine/01/card.json"
    )
    assert _brief(reason, "reports/mine/") == "no card; after 01"
    assert _brief("Params have changed since last execution: before: {a}; now: {b}", "reports/mine/").startswith(
        "Params have"
    )


def test_a_dry_run_runs_nothing(project, report, capsys):
    assert main(["study", "run", "--profile", "mine", "--dry-run"]) == 0
    said = capsys.readouterr().out
    assert all(name in said for name in (FIRST, SECOND, THIRD, "book")) and not report.exists()


def test_a_stage_that_is_gone_is_missed_while_the_book_stands(project, report):
    for name in (FIRST, SECOND, THIRD, "book"):
        write_card(report / name, "stage", {})
    assert planned_jobs("mine") == {}
    (report / SECOND / "card.json").unlink()
    assert set(planned_jobs("mine")) == {SECOND, "book"}


def test_runs_tell_how_many_folds_are_done(project, report):
    for fold in (0, 2):
        write_card(report / "runs" / "b" / "folds" / str(fold), "fold", {"folds": 5, "fold": fold}, seconds=1.26)
    write_card(report / "runs" / "a", "run", {}, folds=[{"fold": 0}, {"fold": 1}], seconds=2.5)
    write_card(report / "runs" / "c-complete", "complete", {}, seconds=4)
    (report / "runs" / "d").mkdir()
    assert [tuple(row.values()) for row in run_rows("mine")] == [
        ("a", "complete", "2 of 2", 2.5),
        ("b", "unfinished", "2 of 5", 2.5),
        ("c-complete", "complete", None, 4),
        ("d", "unfinished", "0 of ?", 0),
    ]


def test_a_graph_that_cannot_be_read_is_explained_without_a_trace(project):
    path = project / "notebooks" / "profiles" / "mine.yaml"
    path.write_text(f"notebooks: {{{FIRST}: {{needs: [04_deep_emotion]}}}}\n")
    with pytest.raises(InputError, match="the graph of notebooks cannot be read: .*04_deep_emotion") as caught:
        planned_jobs("mine")
    assert "\n" not in str(caught.value) and ", in <module>" not in str(caught.value)


def test_profiles_of_the_study_name_notebooks_that_are_there(monkeypatch):
    monkeypatch.chdir(ROOT)
    for path in (ROOT / "notebooks" / "profiles").glob("*.yaml"):
        names = notebooks_of(path.stem)
        assert names and all((ROOT / "notebooks" / f"{name}.ipynb").is_file() for name in names)


def test_status_changes_nothing(project, report, capsys):
    write_card(report / FIRST, "stage", {})
    before = {path: path.stat().st_mtime_ns for path in report.rglob("*")}
    assert main(["study", "status", "--profile", "mine"]) == 0
    assert "would run 3 of 4" in capsys.readouterr().out
    assert {path: path.stat().st_mtime_ns for path in report.rglob("*")} == before
    assert json.loads((report / FIRST / "card.json").read_text())["kind"] == "stage"
