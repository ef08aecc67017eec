"""Coverage of landmarks and statistics of maps, on cases whose answer is known."""

import numpy as np
import pandas as pd
import pytest

from fer_lib.datasets import load_dataset
from fer_lib.errors import InputError
from fer_lib.faces import find_landmarks
from fer_lib.faces.landmarks import Landmarks
from fer_lib.guidance import has_face, make_guidance, network_inputs
from fer_lib.reporting import figures
from fer_lib.studies import guidance_generation as steps

from ..guidance.kinds import DRAWN


def found_by(*detectors):
    has_face = np.array([name not in ("", "whole_image") for name in detectors])
    table = pd.DataFrame({"has_face": has_face, "detector": detectors})
    return Landmarks(np.zeros((len(detectors), 68, 2), np.float32), has_face, table)


@pytest.fixture
def faces(make_faces):
    return make_faces(np.array([0, 0, 1, 1]), ("happy", "sad", "angry"))


def test_coverage_per_class_and_over_all(faces):
    table = steps.coverage_table(faces, found_by("dlib-hog", "", "dlib-hog", "dlib-hog"))
    assert list(table) == ["class", "images", "with a face", "coverage (%)"], "one detector needs no columns"
    table = table.set_index("class")
    assert table["coverage (%)"].tolist() == pytest.approx([50, 100, np.nan, 75], nan_ok=True)
    assert table["images"].tolist() == [2, 2, 0, 4] and table.loc["all", "with a face"] == 3


def test_coverage_per_detector(faces):
    table = steps.coverage_table(faces, found_by("dlib-hog", "mtcnn", "dlib-hog", "whole_image")).set_index("class")
    assert table.loc["happy", ["dlib-hog (%)", "mtcnn (%)", "whole_image (%)"]].tolist() == [50, 50, 0]
    assert table.loc["all", ["coverage (%)", "dlib-hog (%)", "mtcnn (%)", "whole_image (%)"]].tolist() == [
        75,
        50,
        25,
        25,
    ]
    assert table.loc[["happy", "sad"], "with a face"].tolist() == [2, 1]


def test_coverage_figure_stacks_the_detectors_of_the_table(faces):
    table = steps.coverage_table(faces, found_by("dlib-hog", "mtcnn", "dlib-hog", "whole_image"))
    (axis,) = figures.coverage_bars(table, "faces").axes
    ends = [[bar.get_x() + bar.get_width() for bar in bars] for bars in axis.containers]
    assert len(ends) == 3 and [row[-1] for row in ends] == [50, 75, 100]
    assert {text.get_text() for text in axis.texts} >= {"75.0"}


def test_map_statistics_count_white_and_uniform():
    maps = np.zeros((2, 2, 2), dtype=np.uint8)
    maps[0] = 255
    maps[1, 0, 0] = 255
    row = steps.map_statistics({"binary": maps}).iloc[0]
    assert row["white pixels (%)"] == 62.5 and row["uniform maps (%)"] == 50


def test_unknown_kind_names_the_nearest():
    with pytest.raises(InputError, match="did you mean 'dilated'"):
        steps.GuidanceGenerationParameters.check({"kinds": ["dilate"]})


def test_options_of_a_study_are_taken_by_every_kind(tmp_path):
    """Every parameter away from its default, and every kind."""
    study = steps.GuidanceGenerationParameters.check(
        {
            "data_dir": str(tmp_path),
            "dataset_options": {"images": 40, "subjects": 5, "size": 64},
            "detectors": ["hog", "whole_image"],
            "face_choice": "best",
            "no_face_fill": "fitted",
            "canvas": 48,
            "invert": True,
            "dilate_mode": "centered",
            "seed": 7,
            "kinds": DRAWN,
        }
    )
    faces = study.load()
    landmarks, maps = steps.make_all(faces, study)
    assert {array.shape for array in maps.values()} == {(40, 48, 48)}
    same = find_landmarks(faces, tmp_path, detectors=["hog", "whole_image"], face_choice="best")
    assert np.array_equal(landmarks.points, same.points) and set(landmarks.table["detector"]) <= {
        "dlib-hog",
        "whole_image",
    }
    assert np.array_equal(has_face(faces, tmp_path, **study.landmark_options()), landmarks.has_face)
    image, localization = network_inputs("soft", faces, tmp_path, **study.guidance_options("soft"))
    assert np.array_equal(localization, maps["soft"]) and image.shape == (40, 48, 48)


@pytest.mark.parametrize(
    ("parameters", "sentence"),
    [
        ({"detectors": ["mtcn"]}, "'detectors'.*names 'mtcn'; did you mean 'mtcnn'"),
        ({"detectors": []}, "'detectors'.*expected a list of hog, mtcnn, whole_image"),
        ({"landmarks": "dataset", "detectors": ["hog"]}, "'detectors'.*are not detected, so this stays at its default"),
        ({"landmarks": "dataset", "mtcnn_bgr": True}, "'mtcnn_bgr'.*are not detected"),
        ({"face_choice": "first"}, "'face_choice'"),
        ({"canvas": 64}, "'canvas' = 64.*'native' or 48"),
        ({"no_face_fill": "grey"}, "'no_face_fill'"),
        ({"compared": 0}, "'compared'"),
    ],
)
def test_a_parameter_that_cannot_be_meant_is_one_sentence(parameters, sentence):
    with pytest.raises(InputError, match=sentence) as told:
        steps.GuidanceGenerationParameters.check(parameters)
    assert "; parameter" not in str(told.value)


def test_landmarks_of_the_data_set_need_no_detector(tmp_path):
    faces = load_dataset("synthetic", tmp_path, images=40, subjects=5)
    study = steps.GuidanceGenerationParameters.check({"data_dir": str(tmp_path), "landmarks": "dataset"})
    assert np.array_equal(study.find_landmarks(faces).points, faces.extras["landmarks"])
    maps = make_guidance("soft", faces, tmp_path, **study.guidance_options("soft"))
    assert np.array_equal(maps, make_guidance("soft", faces, tmp_path, landmarks="dataset"))
