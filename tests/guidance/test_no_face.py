"""Every kind drawn from landmarks × every fill: what an image without a face gets."""

import numpy as np
import pandas as pd
import pytest

from fer_lib.errors import InputError
from fer_lib.faces import Landmarks
from fer_lib.guidance import has_face, make_guidance, render_guidance
from fer_lib.guidance import store as guidance_store

EXPECTED = {
    ("binary", "white"): 255,
    ("binary", "black"): 0,
    ("soft", "white"): 255,
    ("soft", "black"): 127,
    ("dilated", "white"): 255,
    ("dilated", "black"): 0,
    ("patches", "white"): "image",
    ("patches", "black"): 0,
    ("weighted", "white"): "image",
    ("weighted", "black"): "dimmed",
}


@pytest.mark.parametrize("fill", ["white", "black", "drop"])
@pytest.mark.parametrize("kind", ["binary", "soft", "dilated", "patches", "weighted"])
def test_no_face_fill(kind, fill, images, points):
    maps = render_guidance(kind, images, points, no_face_fill=fill)
    expected = EXPECTED[kind, "white" if fill == "drop" else fill]
    lost = images[[2, 5]]
    if expected == "image":
        expected = lost
    elif expected == "dimmed":
        expected = (lost * (127 / 255)).astype(np.uint8)
    assert (maps[[2, 5]] == expected).all()
    assert not (maps[0] == 255).all(), "images with a face are drawn"


def test_drop_tells_how_many_and_which(faces, tmp_path, capsys):
    maps = make_guidance("soft", faces, tmp_path, landmarks="dataset", no_face_fill="drop")
    assert len(maps) == 6
    assert "2 of 6 images have no face; drop them with faces.subset(has_face(faces, …))" in capsys.readouterr().out
    kept = faces.subset(has_face(faces, tmp_path, landmarks="dataset"))
    assert kept.rows.tolist() == [0, 1, 3, 4]
    make_guidance("soft", kept, tmp_path, landmarks="dataset", no_face_fill="drop")
    assert "0 of 4 images have no face" in capsys.readouterr().out


def test_images_without_a_face_are_counted_in_card_and_print(faces, tmp_path, capsys):
    make_guidance("binary", faces, tmp_path, landmarks="dataset", no_face_fill="black")
    assert "6 maps, 2 images without a face (black), 2 uniform maps" in capsys.readouterr().out
    (card,) = (tmp_path / "guidance" / "tiny").glob("binary-*.card.json")
    assert '"without_face": 2' in card.read_text()


def test_fitted_draws_what_was_fitted_into_the_whole_image(store, images, scattered, monkeypatch, tmp_path):
    """Found faces are drawn either way; only "fitted" looks at the points of the others."""
    points, known = scattered(6), np.array([True, True, False, True, True, False])
    table = pd.DataFrame({"has_face": known, "detector": np.where(known, "dlib-hog", "whole_image")})
    card = {"identity": "made-up", "standard": True, "options": {}}
    monkeypatch.setattr(guidance_store, "find_landmarks", lambda *_, **__: Landmarks(points, known, table, card))
    faces = store(images)
    white, fitted = (make_guidance("binary", faces, tmp_path, no_face_fill=fill) for fill in ("white", "fitted"))
    everywhere = render_guidance("binary", images, points)
    assert np.array_equal(fitted, everywhere)
    assert np.array_equal(white[known], everywhere[known]) and (white[~known] == 255).all()
    assert render_guidance("binary", images, np.full_like(points, np.nan), no_face_fill="fitted").min() == 255


def test_an_unknown_fill_is_told(faces, tmp_path):
    with pytest.raises(InputError, match="no_face_fill is 'whit'; did you mean 'white'"):
        make_guidance("soft", faces, tmp_path, landmarks="dataset", no_face_fill="whit")
