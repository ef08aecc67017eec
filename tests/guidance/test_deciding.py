import json

import pytest

from fer_lib.errors import InputError
from fer_lib.guidance import deciding_options, list_guidance

DRAWING = {"canvas": "native", "invert": False, "dilate_mode": "reference"}


@pytest.mark.parametrize(
    ("kind", "expected"),
    [
        ("none", {}),
        ("noise", {"seed": 2020}),
        ("saliency_spectral", {}),
        ("soft", {"no_face_fill": "white"}),
        ("dilated", {"no_face_fill": "white"}),
        ("shuffled", {"no_face_fill": "white", "seed": 2020}),
    ],
)
def test_defaults_name_only_fill_and_seed(kind, expected):
    assert deciding_options(kind) == expected
    assert deciding_options(kind, landmarks="dlib", landmark_options={}, **DRAWING) == expected


def test_options_away_from_their_default_are_named_by_the_kinds_that_take_them():
    asked = {"no_face_fill": "black", "seed": 1, "canvas": 48, "invert": True, "dilate_mode": "centered"}
    named = {kind: deciding_options(kind, **asked) for kind in list_guidance()}
    assert named["none"] == {} and named["noise"] == {"seed": 1}
    assert named["soft"] == {"no_face_fill": "black", "canvas": 48, "invert": True}
    assert named["dilated"] == {**named["soft"], "dilate_mode": "centered"}
    assert named["shuffled"] == {**named["soft"], "seed": 1}


def test_landmarks_decide_the_kinds_that_are_drawn_from_them():
    asked = {"detectors": ["hog"], "face_choice": "largest", "mtcnn_box": "raw"}
    named = deciding_options("binary", landmark_options=asked)
    assert named["landmark_options"] == {"detectors": ["hog"], "mtcnn_box": "raw"}
    assert json.loads(json.dumps(named)) == named
    assert deciding_options("binary", landmark_options={"detectors": ["hog", "mtcnn", "whole_image"]}) == {
        "no_face_fill": "white"
    }
    assert deciding_options("binary", landmarks="dataset")["landmarks"] == "dataset"
    for kind in ("noise", "none", "saliency_spectral"):
        assert deciding_options(kind, landmarks="dataset") == deciding_options(kind)


def test_an_option_that_no_kind_takes_is_told():
    with pytest.raises(InputError, match="no option 'canvass'; did you mean 'canvas'"):
        deciding_options("none", canvass=48)
