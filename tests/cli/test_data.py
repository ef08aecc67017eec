"""fer data: what is listed, prepared, described, dealt."""

import numpy as np
import pandas as pd
import pytest

from fer_lib.cli.__main__ import main
from fer_lib.cli.inventory import fold_counts, fold_leaks, subject_counts
from fer_lib.datasets import list_datasets, load_dataset
from fer_lib.datasets.folds import make_folds
from fer_lib.datasets.labels import polarity
from fer_lib.datasets.published_folds import align_published_folds, read_published_folds
from fer_lib.faces import crops

SMALL = ("--option", "images=80", "--option", "subjects=8")


@pytest.fixture(autouse=True)
def project(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.fixture
def says(capsys):
    """``says("data", "list")``: what a command that succeeds prints."""

    def run(*words):
        assert main(list(words)) == 0
        return capsys.readouterr().out

    return run


def rows_of(text: str) -> list[list[str]]:
    return [line.split() for line in text.splitlines() if line.strip()]


def test_list_names_every_set_and_what_it_reads(says):
    rows = rows_of(says("data", "list"))[2:]
    assert [row[0] for row in rows] == list_datasets()
    assert all(row[1:6] == ["–"] * 5 and len(row) > 7 for row in rows)
    assert not any(mark in word for row in rows for word in row for mark in ("`", ":func:"))


def test_list_shows_what_is_prepared_and_what_lies_in_raw(says, project):
    (project / "data" / "raw" / "fer2013").mkdir(parents=True)
    (project / "data" / "raw" / "fer2013" / "fer2013.csv").write_bytes(bytes(2000))
    load_dataset("synthetic", images=80, subjects=8)
    load_dataset("synthetic", images=40, subjects=8)
    lines = says("data", "list").splitlines()
    assert sum(line.startswith("synthetic ") and "subjects=8" in line for line in lines) == 2
    assert any("images=80" in line and "synthetic-" in line and " 80 " in line for line in lines)
    assert any(line.startswith("fer2013 ") and "2.0 kB" in line for line in lines)


def test_prepare_stores_a_set_where_it_is_told_to(says, project):
    said = says("data", "prepare", "synthetic", *SMALL, "--data-dir", str(project / "faces"))
    (folder,) = (project / "faces" / "prepared").glob("synthetic-*")
    assert said.startswith(f"{folder}: 80 images of 48 × 48, 7 classes, ")
    assert not (project / "data").exists()


def test_describe_counts_classes_splits_and_subjects(says):
    said = says("data", "describe", "synthetic", *SMALL)
    faces = load_dataset("synthetic", images=80, subjects=8)
    by_class = faces.samples["label"].value_counts().sort_index().astype(str).to_list()
    rows = rows_of(said)
    assert ["all", *by_class, "80"] in rows
    assert {row[0] for row in rows} >= {"train", "validation", "test"}
    assert ["subjects", "8"] in rows and ["distinct", "images", "80"] in [row[:3] for row in rows]
    assert faces.card["content"] in said and "nan" not in said


def test_folds_are_printed_and_stored(says, project):
    words = ("data", "folds", "synthetic", *SMALL, "--scheme", "subject", "--folds", "3")
    said = says(*words, "--out", "mine/folds.csv")
    faces = polarity(load_dataset("synthetic", images=80, subjects=8))
    folds = make_folds("subject", faces, 3)
    assert np.array_equal(align_published_folds(faces, read_published_folds(project / "mine/folds.csv")), folds)
    sizes = np.bincount(folds)
    assert [row[-1] for row in rows_of(said)[2:5]] == sizes.astype(str).tolist()
    assert "mine/folds.csv" in said and "identity-disjoint: yes (8 subjects, each in one part)" in said
    assert "csv" not in says(*words)


def test_folds_in_the_sets_own_classes(says):
    said = says("data", "folds", "synthetic", *SMALL, "--label-space", "native", "--folds", "2")
    assert "surprise" in said and rows_of(said)[4][-1] == "80"


def test_leaks_are_counted_as_a_slow_twin_does(make_faces):
    random = np.random.default_rng(0)
    images = random.integers(0, 3, (40, 1, 1), dtype=np.uint8).repeat(2, 1).repeat(2, 2)
    subject = np.array(["anna", "berta", "clara", ""])[random.integers(0, 4, 40)]
    faces = make_faces([0, 1] * 20, images=images, subject=subject)
    folds = random.integers(0, 3, 40)
    equal = [any(images[i, 0, 0] == images[j, 0, 0] and folds[i] != folds[j] for j in range(40)) for i in range(40)]
    person = [
        subject[i] and any(subject[i] == subject[j] and folds[i] != folds[j] for j in range(40)) for i in range(40)
    ]
    counts = fold_leaks(faces, folds)["count"].to_list()
    assert counts[0] == sum(equal) and counts[2:] == [sum(map(bool, person)), int((subject == "").sum())]


def test_official_parts_leak_where_a_tested_image_is_trained_on(make_faces):
    images = np.zeros((6, 48, 48), np.uint8)
    images[:, 0, 0] = [1, 2, 3, 1, 2, 4]
    faces = make_faces([0, 1] * 3, images=images, split=["train"] * 3 + ["test"] * 3, subject=list("abcdea"))
    folds = make_folds("official", faces)
    assert fold_leaks(faces, folds)["count"].to_list()[::2] == [2, 1]
    assert fold_counts(faces, folds)["all"].to_dict() == {0: 3, "never tested": 3, "all": 6}


def test_official_parts_are_not_stored_as_folds(capsys, project):
    assert main(["data", "folds", "synthetic", *SMALL, "--scheme", "official", "--out", "f.csv"]) == 1
    assert "leave out --out" in capsys.readouterr().err and not (project / "f.csv").exists()
    assert main(["data", "folds", "synthetic", *SMALL, "--scheme", "official"]) == 0
    assert "never tested" in capsys.readouterr().out


def test_counts_per_fold_add_up(make_faces):
    table = fold_counts(make_faces([0, 1, 2, 1, 1]), np.array([0, 0, 1, 1, 1]))
    assert table.loc[0].to_list() == [1, 1, 0, 2] and table.loc["all"].to_list() == [1, 3, 1, 5]


def test_subjects_are_counted_where_they_are_known(make_faces):
    counts = subject_counts(make_faces([0] * 4, subject=["anna", "anna", "berta", ""])).set_index("what")["count"]
    assert counts.to_list() == [2, 1, 1, 2]
    assert len(subject_counts(make_faces([0, 1]))) == 2


def test_faces_are_cut_where_a_margin_is_asked_for(says, monkeypatch):
    asked = []
    monkeypatch.setattr(crops, "cut_faces", lambda faces, data, margin, size: asked.append((margin, size)) or faces)
    says("data", "prepare", "synthetic", *SMALL, "--option", "face_margin=0.2", "--option", "size=40")
    assert asked == [(0.2, 40)]


def test_nothing_is_prepared_before_all_words_are_understood(capsys, project):
    assert main(["data", "folds", "synthetic", *SMALL, "--label-space", "polarty"]) == 1
    assert "did you mean 'polarity'" in capsys.readouterr().err and not (project / "data").exists()


def test_published_folds_of_the_public_file(fer2013, says, project):
    data = fer2013.folder.parents[1]
    says("data", "folds", "fer2013", "--data-dir", str(data), "--out", "folds.csv")
    table = pd.read_csv(project / "folds.csv", sep=";")
    assert table["fold"].head(10).to_list() == [3, 4, 3, 1, 3, 2, 4, 4, 2, 1] and len(table) == 31_885
