import matplotlib.pyplot as plt
import pandas as pd
import pytest

from fer_lib.artifacts import read_card
from fer_lib.datasets import load_dataset
from fer_lib.reporting.stage import Stage


@pytest.fixture
def stage(tmp_path):
    return Stage(tmp_path / "demo" / "03_guided", {"epochs": 2})


@pytest.fixture
def figure():
    figure, axes = plt.subplots()
    axes.plot([0, 1])
    yield figure
    plt.close(figure)


def test_figures_are_kept_as_pixels_and_as_vectors_and_closed(stage, figure):
    assert stage.figure("curves", figure) is figure
    assert (stage.folder / "figures/curves.png").read_bytes().startswith(b"\x89PNG")
    svg = (stage.folder / "figures/curves.svg").read_text(encoding="utf-8")
    assert "<svg" in svg and "<dc:date>" not in svg  # a date would change the file without a change of content
    assert not plt.fignum_exists(figure.number)


def test_tables_are_kept_as_csv(stage):
    stage.table("results", pd.DataFrame({"variant": ["soft"], "accuracy": [73.64]}))
    assert (stage.folder / "tables/results.csv").read_text(encoding="utf-8") == "variant,accuracy\nsoft,73.64\n"


def test_the_card_comes_last_and_lists_the_files(stage, figure):
    stage.figure("curves", figure)
    stage.table("results", pd.DataFrame({"a": [1]}))
    stage.table("results", pd.DataFrame({"a": [2]}))  # a cell run twice
    assert read_card(stage.folder) is None
    card = stage.finish(runs=["soft"])
    assert card == read_card(stage.folder)
    assert card["kind"] == "stage" and card["parameters"] == {"epochs": 2} and card["runs"] == ["soft"]
    assert card["files"] == ["figures/curves.png", "figures/curves.svg", "tables/results.csv"]
    assert card["seconds"] >= 0


def test_a_stage_that_fails_leaves_no_half_file(stage):
    class Broken:
        def savefig(self, path, **_):
            path.write_text("half")
            raise OSError("disk full")

    with pytest.raises(OSError, match="disk full"):
        stage.figure("curves", Broken())
    assert [path for path in stage.folder.rglob("*") if path.is_file()] == []
    assert stage.files == []


def test_a_stage_is_read_by_its_notebook_once_it_is_finished(stage):
    reports = stage.folder.parent
    assert read_card(reports / "03_guided") is None
    stage.finish()
    assert read_card(reports / "03_guided")["parameters"] == {"epochs": 2}


def test_the_card_keeps_which_content_the_prepared_sets_had(tmp_path):
    faces = load_dataset("synthetic", tmp_path / "data", images=40, subjects=5)
    other = load_dataset("synthetic", tmp_path / "data", images=40, subjects=4)
    stage = Stage(tmp_path / "demo" / "03_guided", {"data_dir": str(tmp_path / "data")})
    assert stage.finish(prepared=faces.name)["data"] == {faces.name: faces.card["content"]}
    both = stage.finish(prepared=[faces.name, "of another place"], source=other.name)
    assert both["data"] == {faces.name: faces.card["content"], other.name: other.card["content"]}
    assert "data" not in stage.finish()
