"""HOG, then MTCNN, then the whole image: who is asked for what, and what is kept of it."""

import numpy as np
import pandas as pd
import pytest

from fer_lib.artifacts import read_card
from fer_lib.errors import InputError
from fer_lib.faces import DetectorOptions, detect_landmarks, detector, find_landmarks

# of 20 images HOG's stand-in finds the even ones, MTCNN's those divisible by five
BY_HOG, BY_MTCNN = list(range(0, 20, 2)), [5, 15]
BY_NOBODY = [1, 3, 7, 9, 11, 13, 17, 19]


def find(faces, tmp_path, **options):
    return find_landmarks(faces, tmp_path, workers=1, chunk=4, **options)


def test_each_detector_is_asked_for_what_those_before_left(store, fake, numbered, tmp_path):
    found = find(store(numbered(20)), tmp_path)
    assert [row for part in fake.seen_by_mtcnn for row in part] == list(range(1, 20, 2))
    names = found.table["detector"]
    assert [names[names == name].index.tolist() for name in ("dlib-hog", "mtcnn", "whole_image")] == [
        BY_HOG,
        BY_MTCNN,
        BY_NOBODY,
    ]
    assert (found.points[5] == 105).all() and (found.points[7] == 207).all() and (found.points[8] == 8).all()
    assert found.by_detector() == {"dlib-hog": 10, "whole_image": 8, "mtcnn": 2}


def test_the_whole_image_is_no_face_though_its_points_are_stored(store, fake, numbered, tmp_path):
    faces = store(numbered(20))
    find(faces, tmp_path)
    found = find(faces, tmp_path)  # as read from disk
    assert np.flatnonzero(~found.has_face).tolist() == BY_NOBODY
    assert np.isfinite(found.points).all() and np.isnan(found.found_points[BY_NOBODY]).all()
    assert np.array_equal(found.found_points[BY_HOG + BY_MTCNN], found.points[BY_HOG + BY_MTCNN])
    whole = found.table.loc[BY_NOBODY]
    assert (whole[["x0", "y0", "x1", "y1"]] == [0, 0, 5, 5]).all(axis=None) and (whole["faces_found"] == 0).all()
    card = read_card(tmp_path / "guidance" / "tiny", "landmarks.card.json")
    assert card["without_face"] == 8 and card["by_detector"]["mtcnn"] == 2


@pytest.mark.parametrize(
    ("detectors", "faces_in", "known"),
    [
        (["hog"], BY_HOG, BY_HOG),
        (["mtcnn"], [0, 5, 10, 15], [0, 5, 10, 15]),
        (["hog", "mtcnn"], BY_HOG + BY_MTCNN, BY_HOG + BY_MTCNN),
        (["hog", "whole_image"], BY_HOG, list(range(20))),
        (["whole_image"], [], list(range(20))),
    ],
)
def test_any_part_of_the_chain(detectors, faces_in, known, store, fake, numbered, tmp_path):
    found = find(store(numbered(20)), tmp_path, detectors=detectors)
    assert np.flatnonzero(found.has_face).tolist() == sorted(faces_in)
    assert np.flatnonzero(np.isfinite(found.points).all((1, 2))).tolist() == sorted(known)
    assert (found.table["detector"] == "").sum() == 20 - len(known)
    assert not found.card["standard"]


def test_mtcnn_first_then_hog(store, fake, numbered, tmp_path):
    found = find(store(numbered(20)), tmp_path, detectors=["mtcnn", "hog"])
    assert found.table["detector"][[10, 4]].tolist() == ["mtcnn", "dlib-hog"]
    assert sorted(row for part in fake.seen for row in part) == [row for row in range(20) if row % 5]


def test_an_interrupted_second_stage_continues_where_it_stopped(store, fake, numbered, tmp_path, monkeypatch):
    faces = store(numbered(20))
    monkeypatch.setattr(fake, "mtcnn_fails_after", 1)
    with pytest.raises(KeyboardInterrupt):
        find(faces, tmp_path)
    assert not (tmp_path / "guidance" / "tiny" / "landmarks.card.json").exists()
    fake.mtcnn_fails_after = None
    fake.seen.clear()
    first = fake.seen_by_mtcnn.pop()
    found = find(faces, tmp_path)
    assert fake.seen == [] and first == [1, 3, 5, 7], "what HOG and MTCNN had done is not done again"
    assert [part[0] for part in fake.seen_by_mtcnn] == [9, 17]
    assert np.flatnonzero(~found.has_face).tolist() == BY_NOBODY
    assert not (tmp_path / "guidance" / "tiny" / ".landmarks-parts").exists()


def test_parts_of_a_chain_in_another_order_are_not_reused(store, fake, numbered, tmp_path, monkeypatch):
    """The last detector's part of the one order would be found by the other if only its own settings counted."""
    faces = store(numbered(20))
    monkeypatch.setattr(fake, "mtcnn_fails_after", 1)
    with pytest.raises(KeyboardInterrupt):
        find(faces, tmp_path, detectors=["hog", "mtcnn"])
    fake.mtcnn_fails_after = None
    fake.seen_by_mtcnn.clear()
    find(faces, tmp_path, detectors=["mtcnn", "hog"])
    assert [row for part in fake.seen_by_mtcnn for row in part] == list(range(20))


def test_corners_beyond_the_image_are_clipped_to_zero(store, fake, numbered, tmp_path):
    table = find(store(numbered(20)), tmp_path).table  # MTCNN's stand-in reports −3
    assert (table.loc[BY_MTCNN, ["x0", "y0"]] == 0).all(axis=None)
    assert (table[["x0", "y0"]] >= 0).all(axis=None)


def test_a_table_read_back_says_the_same(store, fake, numbered, tmp_path):
    find(store(numbered(6)), tmp_path)
    table = pd.read_parquet(tmp_path / "guidance" / "tiny" / "faces.parquet")
    assert {"sample_id", "has_face", "x0", "y0", "x1", "y1", "score", "faces_found", "detector"} <= set(table)
    assert table["detector"].tolist()[:2] == ["dlib-hog", "whole_image"] and table["has_face"].dtype == bool


def test_an_image_that_hog_fails_on_goes_on_down_the_chain(monkeypatch, portraits):
    describe = detector.describe_face

    def fails_on_black(image, **options):
        if not image.any():
            raise RuntimeError("bad image")
        return describe(image, **options)

    monkeypatch.setattr(detector, "describe_face", fails_on_black)
    images = np.concatenate([portraits.images[:1], np.zeros_like(portraits.images[:1])])
    with pytest.warns(UserWarning, match="dlib failed on an image.*bad image"):
        found = detect_landmarks(images, detectors=["hog", "whole_image"])
    assert found.table["detector"].tolist() == ["dlib-hog", "whole_image"] and np.isfinite(found.points).all()


def test_options_that_do_not_matter_leave_the_files_alone(store, fake, numbered, tmp_path):
    faces = store(numbered(6))
    for bgr in (False, True):
        find(faces, tmp_path, detectors=["hog"], mtcnn_bgr=bgr)
    assert len(list((tmp_path / "guidance" / "tiny").glob("landmarks-*.npy"))) == 1


@pytest.mark.parametrize(
    ("options", "sentence"),
    [
        ({"detectors": []}, "detectors is \\[\\], expected a list of hog, mtcnn, whole_image"),
        ({"detectors": "hog"}, "detectors is 'hog', expected a list"),
        ({"detectors": ["hogg"]}, "detectors names 'hogg'; did you mean 'hog'"),
        ({"detectors": ["hog", "hog"]}, "expected each name once"),
        ({"detectors": ["whole_image", "hog"]}, "expected whole_image last"),
        ({"mtcnn_box": "square"}, "mtcnn_box is 'square', expected one of fitted, raw"),
        ({"mtcnn_bgr": "yes"}, "mtcnn_bgr is 'yes', expected one of False, True"),
    ],
)
def test_bad_options_are_told(options, sentence):
    with pytest.raises(InputError, match=sentence):
        DetectorOptions(**options)
