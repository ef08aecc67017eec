"""What is published: numbers and plots; never faces, labels, weights or executed notebooks."""

import shutil

import pytest

from fer_lib.artifacts import read_card, write_card
from fer_lib.errors import InputError
from fer_lib.reporting.publish import publish

PUBLIC = [
    "03_guided/card.json",
    "03_guided/figures/accuracy.svg",
    "03_guided/tables/results.csv",
    "runs/soft/card.json",
    "runs/soft/history.parquet",
]
PRIVATE = [
    "03_guided/pictures/samples.png",
    "01_data/published_folds.csv",
    "notebooks/03_guided.ipynb",
    "runs/soft/predictions.parquet",
    "runs/soft/theta.parquet",
    "runs/soft/weights/fold0.safetensors",
    "book/html/index.html",
]


@pytest.fixture
def reports(tmp_path):
    for name in (*PUBLIC, *PRIVATE):
        path = tmp_path / "mine" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(name)
    write_card(tmp_path / "mine" / "book", "book", {})
    return tmp_path / "mine"


def files_of(folder):
    return sorted(str(path.relative_to(folder)) for path in folder.rglob("*") if path.is_file())


def test_numbers_and_plots_are_copied_and_nothing_else(reports):
    target = publish(reports)
    assert target == reports.parent / "published" / "mine" and files_of(target) == PUBLIC


def test_published_again_it_holds_what_there_is_now(reports):
    publish(reports)
    (reports / "03_guided" / "figures" / "accuracy.svg").unlink()
    assert "03_guided/figures/accuracy.svg" not in files_of(publish(reports))


def test_unfinished_study_is_not_published(reports):
    (reports / "book" / "card.json").unlink()
    with pytest.raises(InputError, match="run make study PROFILE=mine"):
        publish(reports)
    assert not (reports.parent / "published").exists() and read_card(reports / "book") is None


def test_smoke_study_publishes_its_plots_but_no_faces(smoke_project, tmp_path):
    shutil.copytree(smoke_project / "reports" / "smoke", tmp_path / "smoke")
    published = files_of(publish(tmp_path / "smoke"))
    assert "03_guided_spatial_transformers/figures/accuracy.svg" in published
    assert not [name for name in published if "pictures" in name or name.endswith((".ipynb", ".safetensors"))]
