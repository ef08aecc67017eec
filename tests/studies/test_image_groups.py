"""Groups of images: by detector, by raters, by intensity."""

from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest

from fer_lib.studies import image_groups
from fer_lib.studies.common import GuidanceParameters
from fer_lib.studies.confusion_matrices import ConfusionParameters

TABLE = pd.DataFrame({"detector": ["dlib-hog", "mtcnn", "", "dlib-hog", "whole_image"]})


def test_detectors_come_before_what_was_done_without_one(monkeypatch):
    has_face = np.array([True, True, False, True, False])
    calls = []

    def find(faces, data, source, **options):
        calls.append((source, options["detectors"]))
        return SimpleNamespace(table=TABLE, has_face=has_face)

    monkeypatch.setattr(image_groups, "find_landmarks", find)
    guidance = GuidanceParameters.check({"detectors": ["hog", "mtcnn"]})
    group, found = image_groups.detectors(None, SimpleNamespace(guidance=guidance), ConfusionParameters())
    assert calls == [("dlib", ["hog", "mtcnn"])]  # those of notebook 03
    assert list(group) == ["dlib-hog", "mtcnn", "no face", "dlib-hog", "whole_image"]
    assert list(group.categories[:2]) == ["dlib-hog", "mtcnn"]
    assert set(group.categories[2:]) == {"no face", "whole_image"}
    assert found.tolist() == has_face.tolist()


def test_bins_hold_their_upper_edge():
    group = image_groups.in_bins([0.0, 0.5, 0.51, 0.6, 1.0, 1.01, np.nan], [0.0, 0.5, 0.6, 1.0])
    assert list(group.categories) == ["0–0.5", "0.5–0.6", "0.6–1"]
    assert group.codes.tolist() == [0, 0, 1, 1, 2, -1, -1]


def test_neutral_images_have_no_intensity(make_faces):
    faces = make_faces([0, 1, 2], expression=["neutral", "happy", "angry"], intensity=[0.0, 0.4, 0.9])
    assert image_groups.intensity_groups(faces, [0.0, 0.5, 1.0]).codes.tolist() == [-1, 0, 1]
    assert image_groups.intensity_groups(make_faces([0]), [0.0, 1.0]) is None


VOTES = pd.DataFrame(
    {
        "majority": ["happy", "sad", "contempt", "surprise", "", "", "neutral"],
        "agreement": [1.0, 0.6, 0.5, 0.9, 0.4, 0.9, 0.8],
        "unknown": [False] * 4 + [True, False, False],
        "not_a_face": [False] * 5 + [True, False],
    }
)


def test_raters_polarity_of_their_majority():
    assert image_groups.rater_polarity(VOTES).tolist() == [1, 2, 2, -1, -1, -1, 0]


def test_what_raters_call_no_face_is_in_no_group():
    group = image_groups.agreement_groups(VOTES, [0.0, 0.5, 1.0])
    assert group.codes.tolist() == [1, 1, 0, 1, 0, -1, 1]


def test_without_votes_there_are_none(make_faces, tmp_path):
    study = ConfusionParameters.check({"data_dir": str(tmp_path), "dataset": "fer2013"})
    assert image_groups.votes(make_faces([0], name="fer2013"), study) is None
    other = ConfusionParameters.check({"data_dir": str(tmp_path)})
    votes = tmp_path / "raw" / "ferplus" / "fer2013new.csv"
    votes.parent.mkdir(parents=True)
    votes.write_text("here, but not for this set")
    assert image_groups.votes(make_faces([0]), other) is None


def test_votes_of_real_images_join_by_row(real_data, fer2013, tmp_path):
    """Raters call most of the happy images happy, which a join of the wrong rows would not give."""
    if not (real_data / "fer2013new.csv").is_file():
        pytest.skip("no fer2013new.csv there")
    folder = tmp_path / "raw" / "ferplus"
    folder.mkdir(parents=True)
    (folder / "fer2013new.csv").symlink_to(real_data / "fer2013new.csv")
    study = ConfusionParameters.check({"data_dir": str(tmp_path), "dataset": "fer2013"})
    votes = image_groups.votes(fer2013, study)
    assert len(votes) == len(fer2013)
    polarity = image_groups.rater_polarity(votes)
    happy = fer2013.labels == fer2013.classes.index("happy")
    assert (polarity[happy] == 1).mean() > 0.85
