"""fer guidance: kinds, maps and landmarks."""

import numpy as np
import pytest

from fer_lib.cli.__main__ import main
from fer_lib.cli.guidance import _options_of
from fer_lib.datasets import load_dataset
from fer_lib.guidance import list_guidance, make_guidance

SMALL = ("--dataset", "synthetic", "--dataset-option", "images=40", "--dataset-option", "subjects=5")


@pytest.fixture(autouse=True)
def project(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    return tmp_path


def test_list_names_every_kind_and_its_options(capsys):
    assert main(["guidance", "list"]) == 0
    lines = capsys.readouterr().out.splitlines()[2:]
    assert [line.split()[0] for line in lines] == list_guidance()
    assert any(line.startswith("dilated") and "dilate_mode=reference" in line for line in lines)
    assert any(line.split()[:3] == ["patches", "landmarks", "binary"] for line in lines)


def test_make_stores_the_maps_the_library_makes(capsys, project):
    assert main(["guidance", "make", "noise", "saliency_spectral", *SMALL, "--option", "seed=7"]) == 0
    said = capsys.readouterr().out
    faces = load_dataset("synthetic", images=40, subjects=5)
    maps = make_guidance("noise", faces, seed=7)
    (line,) = [line for line in said.splitlines() if line.startswith("noise: 40 maps of 48 × 48")]
    assert np.array_equal(np.load(line.split(", ")[1]), maps)


def test_an_option_that_no_kind_takes_stops_before_any_work(capsys, project):
    assert main(["guidance", "make", "noise", "soft", *SMALL, "--option", "dilate_mode=centered"]) == 1
    assert "no option 'dilate_mode' of noise, soft" in capsys.readouterr().err
    assert not (project / "data").exists()


def test_an_option_reaches_the_kinds_that_take_it():
    given = _options_of(["dilated", "saliency_spectral"], {"sigma": 3.0, "landmarks": "dataset"})
    assert given["saliency_spectral"]["sigma"] == 3.0 and "sigma" not in given["dilated"]
    assert given["dilated"]["landmarks"] == "dataset"
    assert _options_of(["soft"], {"detectors": ["hog"]})["soft"]["landmark_options"]["detectors"] == ["hog"]


@pytest.mark.parametrize("option", ["seed=-1", "seed=first", "seed=1.5", "no_face_fill=wite", "sed=1"])
def test_an_option_that_cannot_be_meant_stops_before_any_work(option, capsys, project):
    assert main(["guidance", "make", "shuffled", *SMALL, "--option", option]) == 1
    assert option.split("=")[0] in capsys.readouterr().err and not (project / "data").exists()


def test_landmarks_are_counted_per_class(capsys):
    assert main(["guidance", "landmarks", *SMALL, "--source", "dataset"]) == 0
    said = capsys.readouterr().out
    assert "40 images, 40 with a face (100.0 %)" in said
    assert said.splitlines()[-1].split() == ["all", "40", "40", "100.0"]
