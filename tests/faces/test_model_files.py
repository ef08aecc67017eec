import importlib.util

import pytest

from fer_lib.errors import InputError
from fer_lib.faces import detector, landmark_model_path


def test_the_installed_model_is_found_without_importing_its_package():
    path = landmark_model_path()
    assert path.name == "shape_predictor_68_face_landmarks.dat" and path.stat().st_size > 9e7


def test_the_variable_wins(tmp_path, monkeypatch):
    mine = tmp_path / "mine.dat"
    mine.write_bytes(b"")
    monkeypatch.setenv("FER_LANDMARK_MODEL", str(mine))
    assert landmark_model_path() == mine


def test_a_variable_that_points_to_nothing_is_told(monkeypatch):
    monkeypatch.setenv("FER_LANDMARK_MODEL", "/nowhere/model.dat")
    with pytest.raises(InputError, match="FER_LANDMARK_MODEL=/nowhere/model.dat: no such file"):
        landmark_model_path()


def test_a_missing_model_says_what_to_install_and_where_to_put_it(monkeypatch):
    monkeypatch.delenv("FER_LANDMARK_MODEL", raising=False)
    monkeypatch.setattr(importlib.util, "find_spec", lambda name: None)
    with pytest.raises(InputError, match="pip install face-recognition-models.*FER_LANDMARK_MODEL"):
        landmark_model_path()


def test_a_file_that_is_no_model_is_named(tmp_path, monkeypatch):
    broken = tmp_path / "broken.dat"
    broken.write_bytes(b"no trees here")
    monkeypatch.setenv("FER_LANDMARK_MODEL", str(broken))
    detector.load_models.cache_clear()
    with pytest.raises(InputError, match="broken.dat: dlib cannot read it"):
        detector.load_models()


def test_missing_dlib_says_what_to_install(monkeypatch):
    monkeypatch.setitem(__import__("sys").modules, "dlib", None)
    detector.load_models.cache_clear()
    with pytest.raises(InputError, match="pip install dlib-bin"):
        detector.load_models()
