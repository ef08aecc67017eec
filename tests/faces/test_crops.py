"""Faces cut where the detectors find them, stored as a set of their own."""

import numpy as np
import pandas as pd
import pytest
from PIL import Image

from fer_lib.datasets import FaceSet, load_dataset
from fer_lib.datasets.cutting import cut, squares_around
from fer_lib.datasets.registry import DATASETS
from fer_lib.errors import InputError
from fer_lib.faces.crops import cut_faces, load_faces
from fer_lib.faces.rows import BOX

from ..datasets.test_fingerprints import pictures


@pytest.fixture
def boxes(monkeypatch, fake):
    """Images with an even first pixel have a face in this box."""
    box = np.array([10, 20, 30, 36], np.float32)
    find = type(fake).__call__

    def call(self, images, options):
        rows = find(self, images, options)
        rows[:, BOX] = np.where(np.isnan(rows[:, BOX]), np.nan, box)
        return rows

    monkeypatch.setattr(type(fake), "__call__", call)
    return box


def images_of(first_pixels):
    images = pictures(len(first_pixels), size=64)
    images[:, 0, 0] = first_pixels
    return images


def test_faces_are_cut_and_pictures_without_one_are_kept_whole(store, boxes, tmp_path):
    images = images_of([2, 3, 4])
    faces = cut_faces(store(images), tmp_path, margin=0.25, size=16, detectors=("hog",))
    squares = np.vstack([np.tile(squares_around(boxes[None], 0.25, 64, 64), (3, 1))])
    squares[1] = [0, 0, 64, 64]
    assert np.array_equal(faces.images, cut(images, squares, 16))
    assert faces.samples["face_found"].tolist() == [True, False, True]
    columns = ["cut_from_x0", "cut_from_y0", "cut_from_x1", "cut_from_y1"]
    assert np.allclose(faces.samples[columns], squares)
    told = faces.card["faces"]
    assert told["without_face"] == 1 and told["margin"] == 0.25 and told["by_detector"]["dlib-hog"] == 2
    assert faces.folder.parent == tmp_path / "prepared" and faces.name.startswith("tiny-faces-")


def test_cut_once_and_again_when_the_pictures_changed(store, boxes, tmp_path):
    whole = store(images_of([2, 4]))
    made = cut_faces(whole, tmp_path, size=16, detectors=("hog",))
    stamp = (made.folder / "card.json").stat().st_mtime_ns
    assert (cut_faces(whole, tmp_path, size=16, detectors=("hog",)).folder / "card.json").stat().st_mtime_ns == stamp
    assert cut_faces(whole, tmp_path, margin=0.5, size=16, detectors=("hog",)).name != made.name
    again = cut_faces(store(images_of([4, 2, 6])), tmp_path, size=16, detectors=("hog",))
    assert again.name == made.name and len(again) == 3


def test_cut_faces_are_not_cut_again_and_options_are_checked(store, boxes, tmp_path):
    whole = store(images_of([2, 4]))
    made = cut_faces(whole, tmp_path, detectors=("hog",))
    with pytest.raises(InputError, match="its faces are cut already .by detectors.; leave out face_margin"):
        cut_faces(made, tmp_path)
    for margin in (-0.1, 3, "wide", True):
        with pytest.raises(InputError, match="face_margin .*, expected a number 0…2"):
            cut_faces(whole, tmp_path, margin=margin)
    with pytest.raises(InputError, match="tiny: size 4, expected 8…1024"):
        cut_faces(whole, tmp_path, size=4)


@pytest.fixture
def pictured(monkeypatch):
    """A registered set of pictures with the options of JAFFE; returns the options it was asked for."""
    monkeypatch.setattr(DATASETS, "_builders", dict(DATASETS._builders))
    asked = []

    def build(raw, *, size: int = 48, crop: tuple | None = (0, 0, 0.5, 0.5), resize: str = "crop") -> FaceSet:
        asked.append((size, crop, resize))
        images = np.stack([np.asarray(Image.fromarray(i).resize((size, size))) for i in images_of([2, 4])])
        images[:, 0, 0] = [2, 4]
        table = {"sample_id": ["a", "b"], "label": 0, "subject": "", "split": "train", "source": "pictured"}
        return FaceSet("pictured", images, pd.DataFrame(table), ("one",))

    DATASETS.register("pictured")(build)
    return asked


def test_pictures_are_prepared_whole_for_the_detectors(pictured, boxes, tmp_path):
    faces = load_faces("pictured", tmp_path, face_margin=0.1, size=24)
    assert pictured == [(256, None, "pad")] and faces.images.shape == (2, 24, 24)
    assert faces.card["parameters"]["dataset"] == "pictured"
    plain = load_faces("pictured", tmp_path)
    assert pictured[1:] == [(48, (0, 0, 0.5, 0.5), "crop")] and plain.name == "pictured"
    assert np.array_equal(plain.images, load_dataset("pictured", tmp_path).images)


def test_a_set_of_one_size_cannot_be_cut(tmp_path):
    with pytest.raises(InputError, match="data set 'fer2013' takes no size, so faces cannot be cut from it"):
        load_faces("fer2013", tmp_path, face_margin=0.1)


def test_real_pictures(jaffe_data):
    pytest.importorskip("dlib")
    faces = load_faces("jaffe", jaffe_data, face_margin=0.15)
    assert len(faces) == 213 and faces.images.shape == (213, 48, 48)
    assert faces.card["faces"]["without_face"] == 0 and faces.card["faces"]["by_detector"] == {"dlib-hog": 213}
    sides = faces.samples["cut_from_x1"] - faces.samples["cut_from_x0"]
    assert sides.between(140, 240).all()
