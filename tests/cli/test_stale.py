"""fer study status: which results are stale, against what, and why."""

import pytest
import yaml

from fer_lib.artifacts import provenance, save_json, save_text
from fer_lib.artifacts.cards import revision
from fer_lib.cli import stale
from fer_lib.cli.__main__ import main
from fer_lib.cli.asked import asked_parameters
from fer_lib.cli.stale import stale_rows
from fer_lib.datasets import load_dataset

from ..study_fixtures import new_project

NAME = "01_data_preparation"
OPTIONS = {"images": 40, "subjects": 5}


@pytest.fixture
def project(tmp_path, monkeypatch):
    """A project with a profile of one notebook; its code is "v1", where no git can tell more."""
    new_project(tmp_path)
    profile = {"notebooks": {NAME: {"parameters": {"dataset": "synthetic", "dataset_options": OPTIONS}}}}
    save_text(tmp_path / "notebooks" / "profiles" / "mine.yaml", yaml.safe_dump(profile))
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("FER_REVISION", "v1")
    revision.cache_clear()
    yield tmp_path
    revision.cache_clear()


@pytest.fixture
def write(project):
    """``write("01_data_preparation", folds=3, …)``: the card of a result, fresh but for these parameters or facts."""

    def card(place, kind="stage", parameters=None, **facts):
        used = {**asked_parameters("mine", NAME), "data_dir": "data", "reports_dir": "reports", **(parameters or {})}
        used = {key: value for key, value in used.items() if value is not ...}
        save_json(
            project / "reports" / "mine" / place / "card.json",
            {"kind": kind, "parameters": used, **provenance(), **facts},
        )

    return card


def reasons(project):
    rows = stale_rows("mine", project / "reports" / "mine")
    return [(row["result"], row["stale_against"], row["why"]) for row in rows]


def test_a_fresh_result_is_not_stale(project, write):
    write(NAME)
    write("book", kind="book")
    write("runs/a", kind="run")
    assert reasons(project) == []


def test_what_is_not_there_is_not_stale(project):
    assert reasons(project) == []


def test_other_code_is_named_for_notebooks_book_and_runs(project, write):
    write(NAME, revision="v0")
    write("book", kind="book", revision="v0")
    write("runs/a", kind="run", revision="v0")
    write("runs/b", kind="run", revision="v0")
    write("runs/c", kind="run", revision="v0", dirty=True)
    write("runs/d", kind="run")
    why = "made by v0, the code is now v1"
    assert reasons(project) == [
        (NAME, "code", why),
        ("book", "code", why),
        ("2 of 4 runs", "code", why),
        ("1 of 4 runs", "code", "made by v0 with local changes, which nobody can compare"),
    ]


def test_code_is_that_of_the_package_and_of_the_notebook(project, write, monkeypatch):
    write(NAME)
    write("runs/a", kind="run")
    asked = []
    monkeypatch.setattr(stale, "code_change", lambda card, paths: asked.append(paths))
    assert reasons(project) == []
    assert asked == [(*stale.CODE, f"notebooks/{NAME}.ipynb"), stale.CODE]


@pytest.mark.parametrize(
    ("used", "why"),
    [
        ({"folds": 3}, "folds was 3, it is 5 now"),
        ({"dataset_options": {"images": 80, "subjects": 5}}, "dataset_options.images was 80, it is 40 now"),
        ({"dataset": ...}, "dataset was nothing, it is 'synthetic' now"),
    ],
)
def test_other_parameters_are_named(project, write, used, why):
    write(NAME, parameters=used)
    assert reasons(project) == [(NAME, "parameters", why)]


def test_places_and_parameters_that_were_added_to_the_notebook_do_not_count(project, write):
    write(NAME, parameters={"seed": ..., "profile": "yours", "reports_dir": "elsewhere"})
    assert reasons(project) == []


def test_data_prepared_anew_with_other_content(project, write):
    faces = load_dataset("synthetic", project / "data", **OPTIONS)
    write(NAME, data={faces.name: faces.card["content"], "deleted-0": "1"})
    assert reasons(project) == []
    write(NAME, data={faces.name: "0123"})
    why = f"{faces.name} was 0123, it is {faces.card['content']} now"
    assert reasons(project) == [(NAME, "data", why)]
    write(NAME, prepared=faces.name, content="0123")  # as cards of notebook 01 said it before there was `data`
    assert reasons(project) == [(NAME, "data", why)]


def test_raw_files_that_have_changed_since(project, write):
    faces = load_dataset("synthetic", project / "data", **OPTIONS)
    folder, raw = project / "data" / "prepared" / faces.name, project / "data" / "raw" / "synthetic" / "a.csv"
    save_text(raw, "1")
    card = {**faces.card, "raw_files": {"a.csv": "0" * 64, "gone.csv": "0" * 64}}
    save_json(folder / "card.json", card)
    write(NAME, data={faces.name: faces.card["content"]})
    assert reasons(project) == [(NAME, "data", f"{raw} is not what {faces.name} was made from")]


def test_status_shows_it_and_says_what_to_do(project, write, capsys):
    write(NAME, revision="v0", parameters={"folds": 3})
    assert main(["study", "status", "--profile", "mine"]) == 0
    said = capsys.readouterr().out
    assert "stale against" in said and "made by v0, the code is now v1" in said and "folds was 3, it is 5 now" in said
    assert said.endswith(
        "Changed code makes no notebook run again by itself; fer study clean deletes what is to be made anew\n"
    )


def test_published_results_are_looked_at_alone(project, write, capsys):
    assert main(["study", "status", "--profile", "mine", "--published"]) == 1
    assert capsys.readouterr().err.endswith("mine: nothing is published; fer publish --profile mine does it\n")
    write(NAME, revision="v0")
    (project / "reports" / "published").mkdir()
    (project / "reports" / "mine").rename(project / "reports" / "published" / "mine")
    assert main(["study", "status", "--profile", "mine", "--published"]) == 0
    said = capsys.readouterr().out
    assert "made by v0, the code is now v1" in said and "would run" not in said
