"""Runs on upright faces beside others: asked about what they were trained on, or not at all."""

from types import SimpleNamespace

import numpy as np
import pytest

from fer_lib.datasets import load_dataset
from fer_lib.errors import InputError
from fer_lib.faces.squares import face_squares
from fer_lib.studies import explained_runs
from fer_lib.studies.ensemble_members import inputs_of
from fer_lib.studies.profile_runs import Entry


def test_ensembles_ask_them_about_their_own_pictures(tmp_path):
    faces = load_dataset("synthetic", tmp_path, images=40, subjects=5).subset(np.arange(5, 15))
    squares = face_squares(faces, tmp_path, size=24, scene_size=32, side=0.9, landmarks="dataset")
    run = SimpleNamespace(card={"parameters": {"model": "simple_cnn", "squares": squares.card["squares"]}})
    images, guidance = inputs_of(SimpleNamespace(data=tmp_path), SimpleNamespace(faces=faces), run)
    assert np.array_equal(images, squares.images) and guidance is None


def test_they_are_not_explained_on_images_that_they_do_not_see():
    card = {"parameters": {"squares": {"masks": "hull"}}}
    with pytest.raises(InputError, match="its networks see aligned faces"):
        explained_runs._choose(None, [Entry("07_feratt", {2020: SimpleNamespace(card=card)})])
