"""fer study clean: exactly what it lists, never data, never what is published, never while somebody works."""

import io

import pytest

from fer_lib.artifacts import alone, write_card
from fer_lib.cli.__main__ import main
from fer_lib.cli.clean import delete, doomed, report_folder
from fer_lib.errors import InputError

from ..study_fixtures import new_project

FIRST, THIRD = "01_data_preparation", "03_guided_spatial_transformers"


@pytest.fixture
def project(tmp_path, monkeypatch):
    """A project with results of notebooks 01 and 03, two runs, data, and a published report."""
    new_project(tmp_path)
    monkeypatch.chdir(tmp_path)
    reports = tmp_path / "reports" / "smoke"
    for name, facts in (
        (FIRST, {}),
        (THIRD, {"runs": {"soft": {"2020": "soft-1"}}}),
        ("book", {}),
        ("runs/none-2", {}),
    ):
        write_card(reports / name, "stage", {}, **facts)
        (reports / name / "more").mkdir()
        (reports / name / "more" / "file.txt").write_text("x")
    write_card(reports / "runs" / "soft-1", "run", {})
    for name in (FIRST, THIRD):
        (reports / "notebooks").mkdir(exist_ok=True)
        (reports / "notebooks" / f"{name}.ipynb").write_text("{}")
    for kept in ("data/raw/mine/1.png", "data/prepared/mine/card.json", "reports/published/smoke/card.json"):
        path = tmp_path / kept
        path.parent.mkdir(parents=True)
        path.write_text("kept")
    return tmp_path


def files(root):
    return {str(p.relative_to(root)) for p in root.rglob("*") if p.is_file() and not p.name.endswith(".lock")}


def clean(*words):
    return main(["study", "clean", "--profile", "smoke", *words])


def gone(project, *words):
    """What `fer study clean … --yes` deletes."""
    before = files(project)
    assert clean(*words, "--yes") == 0
    assert files(project) < before
    return {name.removeprefix("reports/smoke/") for name in before - files(project)}


def of(name):
    return {f"{name}/card.json", f"{name}/more/file.txt"}


def test_stages_copies_and_book_go_and_runs_stay(project):
    copies = {f"notebooks/{name}.ipynb" for name in (FIRST, THIRD)}
    assert gone(project) == of(FIRST) | of(THIRD) | of("book") | copies


def test_one_notebook_goes_with_the_book_that_shows_it(project):
    assert gone(project, "--notebook", "03") == of(THIRD) | of("book") | {f"notebooks/{THIRD}.ipynb"}


def test_runs_of_a_notebook_are_those_its_card_names(project):
    deleted = gone(project, "--notebook", "03", "--runs")
    assert "runs/soft-1/card.json" in deleted and not any(name.startswith("runs/none-2") for name in deleted)


def test_all_runs_go_where_no_notebook_is_named(project):
    assert {"runs/soft-1/card.json", *of("runs/none-2")} < gone(project, "--runs")


def test_a_dry_run_lists_and_deletes_nothing(project, capsys):
    before = files(project)
    assert clean("--runs", "--dry-run") == 0
    said = capsys.readouterr().out
    assert "runs/soft-1/" in said and "would delete 7 items" in said and files(project) == before


@pytest.mark.parametrize(("answer", "status"), [("y\n", 0), ("yes\n", 0), ("n\n", 1), ("\n", 1), ("", 1)])
def test_it_asks_first(project, monkeypatch, answer, status):
    monkeypatch.setattr("sys.stdin", io.StringIO(answer))
    assert clean() == status
    assert (project / "reports" / "smoke" / FIRST).exists() is bool(status)


@pytest.mark.parametrize("held", ["smoke", f"smoke/notebooks/{THIRD}.ipynb"])
def test_nothing_goes_while_somebody_works(project, held, capsys):
    before = files(project)
    with alone(project / "reports" / held, "a test"):
        assert clean("--yes") == 1
    assert "is at work here already" in capsys.readouterr().err and files(project) == before


def test_where_there_is_nothing_it_says_so(project, capsys):
    assert main(["study", "clean", "--profile", "demo", "--yes"]) == 0
    assert "nothing to delete" in capsys.readouterr().out
    assert not (project / "reports" / "demo").exists()


def test_notebooks_opened_by_hand_can_be_cleared_too(project):
    write_card(project / "reports" / "lab" / FIRST, "stage", {})
    assert [path.name for path in doomed(report_folder("lab"))] == [FIRST]


@pytest.mark.parametrize("profile", ["published", "benchmarks", "../data", ".", "", "smoke/runs"])
def test_only_a_report_can_be_named(project, profile):
    (project / "reports" / "benchmarks").mkdir()
    with pytest.raises(InputError, match="unknown profile"):
        report_folder(profile)


def test_a_link_inside_a_report_goes_and_what_it_leads_to_stays(project):
    reports = project / "reports" / "smoke"
    link = reports / "02_guidance_generation"
    link.symlink_to(project / "data" / "prepared" / "mine")
    delete(reports, doomed(reports))
    assert not link.is_symlink() and (project / "data" / "prepared" / "mine" / "card.json").read_text() == "kept"


def test_the_card_goes_first(project, monkeypatch):
    """Interrupted in the middle, no card vouches for what is left."""
    reports = project / "reports" / "smoke"

    def interrupted(path):
        raise KeyboardInterrupt

    monkeypatch.setattr("shutil.rmtree", interrupted)
    with pytest.raises(KeyboardInterrupt):
        delete(reports, [reports / FIRST])
    assert not (reports / FIRST / "card.json").exists() and (reports / FIRST / "more").exists()
