"""Tables, copies, and the places they go to."""

import json
import os
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from PIL import Image

from fer_lib.errors import InputError
from fer_lib.recognizer.frames import Frame
from fer_lib.recognizer.outputs import annotated_names, check_outputs, columns, csv_rows, json_frames, save_image

from .pretending import CLASSES, face, picture


@pytest.fixture(autouse=True)
def here(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    return tmp_path


FRAMES = [
    Frame(Path("ü, 1.png"), 0, None, picture(), (face(0, 1, 20, 21, 0.25), face(30, 0, 60, 30, 0.875))),
    Frame(Path("v.mp4"), 12, 0.48, picture(), ()),
    Frame(Path("v.mp4"), 13, 0.52, picture(), (face(5, 5, 25, 25, 1 / 3),)),
]


def write(opened, frames):
    with opened as tell:
        for frame in frames:
            tell(frame)


def test_csv_has_a_row_per_face_and_one_where_there_is_none():
    write(csv_rows(Path("faces.csv"), CLASSES), FRAMES)
    table = pd.read_csv("faces.csv")
    assert table.columns.to_list() == columns(CLASSES)
    assert table["file"].to_list() == ["ü, 1.png", "ü, 1.png", "v.mp4", "v.mp4"]
    assert table["face"].to_list() == [1, 2, 0, 1] and table["frame"].to_list() == [0, 0, 12, 13]
    assert table["seconds"].isna().to_list() == [True, True, False, False] and table["seconds"][3] == 0.52
    assert table.loc[1, ["xmin", "ymin", "xmax", "ymax"]].to_list() == [30, 0, 60, 30]
    assert table["label"].to_list()[:2] == ["sad", "happy"] and table.loc[2, "xmin":].isna().all()
    assert table.loc[3, ["p_sad", "p_happy"]].to_list() == [0.666667, 0.333333]
    assert table["probability"].to_list()[:2] == [0.75, 0.875]


def test_json_says_the_same():
    write(json_frames(Path("faces.json")), FRAMES)
    found = json.loads(Path("faces.json").read_text(encoding="utf-8"))
    assert [(one["file"], one["frame"], one["seconds"], len(one["faces"])) for one in found] == [
        ("ü, 1.png", 0, None, 2),
        ("v.mp4", 12, 0.48, 0),
        ("v.mp4", 13, 0.52, 1),
    ]
    assert found[0]["faces"][0] == {
        **{"xmin": 0, "ymin": 1, "xmax": 20, "ymax": 21},
        **{"label": "sad", "probability": 0.75, "probabilities": {"sad": 0.75, "happy": 0.25}},
    }


def test_nothing_told_is_still_a_table():
    write(json_frames(Path("faces.json")), [])
    write(csv_rows(Path("faces.csv"), CLASSES), [])
    assert json.loads(Path("faces.json").read_text()) == [] and len(pd.read_csv("faces.csv")) == 0


@pytest.mark.parametrize("opened", [lambda: csv_rows(Path("t"), CLASSES), lambda: json_frames(Path("t"))])
def test_a_stopped_table_is_not_there(opened):
    with pytest.raises(KeyboardInterrupt), opened() as tell:
        tell(FRAMES[0])
        raise KeyboardInterrupt
    assert os.listdir() == []


@pytest.mark.parametrize("suffix", [".png", ".jpg", ".bmp", ".tif", ".webp"])
def test_images_keep_their_colours(suffix):
    image = np.zeros((40, 60, 3), np.uint8)
    image[..., 0] = 200  # blue
    path = Path(f"ü b{suffix}")
    save_image(path, image)
    found = np.asarray(Image.open(path).convert("RGB"))
    assert found.shape == image.shape and abs(found[..., ::-1].astype(int) - image).max() < 12


def test_names_of_copies():
    files = [Path("a/1.JPG"), Path("a/2.gif"), Path("a/photo"), Path("b/v.AVI")]
    named = annotated_names(files, Path("out"), True)
    assert [path.as_posix() for path in named.values()] == ["out/1.JPG", "out/2.png", "out/photo.png", "out/v.mp4"]
    assert annotated_names(files[:1], Path("x.png"), False) == {files[0]: Path("x.png")}
    assert annotated_names(files[3:], Path("x.mp4"), False) == {files[3]: Path("x.mp4")}


@pytest.mark.parametrize(
    ("files", "target", "folder", "sentence"),
    [
        (["a/1.png", "b/1.png"], "out", True, "^out/1.png: named for two inputs, expected files with different names"),
        (["a/1.png", "a/1.gif"], "out", True, "^out/1.png: named for two inputs"),
        (["a/1.png"], "out.gif", False, "^out.gif: expected a name ending in .png, .*or a folder"),
        (["a/1.png"], "out", False, "^out: expected a name ending in .png"),
        (["v.avi"], "out.avi", False, "^out.avi: annotated videos are MPEG-4, expected a name ending in .mp4"),
    ],
)
def test_names_that_cannot_be(files, target, folder, sentence):
    with pytest.raises(InputError, match=sentence):
        annotated_names([Path(file) for file in files], Path(target), folder)


def test_every_output_has_a_place_of_its_own(here):
    (here / "in").mkdir()
    (here / "in" / "1.png").touch()
    (here / "link").symlink_to(here / "in")
    os.link("in/1.png", "same.png")
    check_outputs([Path("t.csv"), Path("out/1.png"), Path("out/2.png")], [Path("in/1.png")], Path("out"))
    for outputs, folder, sentence in [
        (["no/t.csv"], None, "^no/t.csv: no folder no, expected one that is there"),
        (["no/out/1.png"], "no/out", "^no/out/1.png: no folder no, expected"),
        (["in"], None, "^in: a folder, expected the name of a file"),
        (["in/../in/1.png"], None, "^in/../in/1.png: would be written over the input"),
        (["link/1.png"], "link", "^link/1.png: would be written over the input"),
        (["same.png"], None, "^same.png: would be written over the input"),
        (["t.csv", "./in/../t.csv"], None, "^in/../t.csv: named for two outputs"),
    ]:
        with pytest.raises(InputError, match=sentence):
            check_outputs([Path(out) for out in outputs], [Path("in/1.png")], folder and Path(folder))
