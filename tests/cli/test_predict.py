"""fer predict: what is printed and written, and how it ends."""

import json
import os
import signal
import subprocess
import sys
import time
import warnings
from pathlib import Path

import cv2
import pandas as pd
import pytest

import fer_lib.recognizer
from fer_lib.cli.__main__ import main
from fer_lib.recognizer import camera

from ..recognizer.pretending import Pretender, picture, write_picture, write_video


@pytest.fixture(autouse=True)
def here(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.fixture
def made(monkeypatch):
    """The arguments of every recognizer that was made; none of them reads a network."""
    found = []

    def pretend(**given):
        found.append(given)
        pretender = Pretender()
        pretender.load = lambda: pretender
        if given["model"] is None:
            warnings.warn("Recognizer: no model was named, so a small network answers", stacklevel=2)
        return pretender

    monkeypatch.setattr(fer_lib.recognizer, "Recognizer", pretend)
    return found


@pytest.fixture
def fer(made, capsys):
    """``fer("photo.png")``: exit status, output and errors."""

    def run(*words):
        status = main(["predict", *words])
        said = capsys.readouterr()
        return status, said.out, said.err

    return run


def rows(text):
    return [line.split() for line in text.splitlines() if line.strip()]


def test_a_row_per_face(fer, made):
    write_picture("a ü.png", 0, 3)
    status, out, err = fer("a ü.png", "--model", "RUN", "--model", "OTHER", "--fold", "1", "--detector", "haar")
    assert status == 0 and made == [{"model": ["RUN", "OTHER"], "fold": 1, "device": "auto", "detector": "haar"}]
    assert rows(out)[2:] == [
        ["a", "ü.png", "1", "0", "0", "32", "24", "happy", "0.969"],
        ["a", "ü.png", "2", "32", "24", "64", "48", "sad", "0.969"],
    ]
    assert err == ""


def test_no_model_is_said_loudly(fer):
    write_picture("a.png")
    status, out, err = fer("a.png")
    assert status == 0 and err == "fer predict: Recognizer: no model was named, so a small network answers\n"
    assert rows(out)[2] == ["a.png", "none", "–", "–", "–", "–", "–", "–"]


def test_a_folder_with_everything(fer, here):
    for name, bright in (("2.png", (0,)), ("10.jpg", (1,)), ("1.png", ())):
        write_picture(here / "my faces" / name, *bright)
    (here / "my faces" / "bad.png").write_text("no picture")
    (here / "my faces" / "worse.png").touch()
    (here / "my faces" / "list.txt").touch()
    tables = ("--csv", "t.csv", "--json", "t.json", "--annotated", "out")
    status, out, err = fer("my faces", "--model", "RUN", *tables)
    assert status == 1
    assert err.splitlines() == [
        "fer predict: left out, as they are no images: list.txt",
        "fer predict: my faces/bad.png: not a readable image, expected an image",
        "fer predict: my faces/worse.png: empty file, expected an image",
        "fer predict: 2 of 5 files could not be read to their end",
    ]
    names = ["my faces/1.png", "my faces/2.png", "my faces/10.jpg"]
    assert pd.read_csv("t.csv")["file"].to_list() == names and len(rows(out)) == 5
    assert [one["file"] for one in json.loads(Path("t.json").read_text())] == names
    assert sorted(os.listdir("out")) == ["1.png", "10.jpg", "2.png"]


def test_a_video_with_everything(fer):
    write_video("v.mp4", [picture(0)] * 4 + [picture()] * 2 + [picture(1)] * 2, fps=10)
    words = ("--csv", "t.csv", "--annotated", "out.mp4", "--every", "2")
    status, out, err = fer("v.mp4", "--model", "RUN", *words)
    assert (status, err) == (0, "")
    table = pd.read_csv("t.csv")
    assert table["seconds"].to_list() == [0, 0.2, 0.4, 0.6] and table["label"].to_list()[::3] == ["happy", "sad"]
    assert [row[:5] for row in rows(out)[2:]] == [
        ["v.mp4", "4", "1", "happy", "2"],
        ["v.mp4", "4", "1", "sad", "1"],
    ]
    assert cv2.VideoCapture("out.mp4").get(cv2.CAP_PROP_FRAME_COUNT) == 8


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        (["who.jpeg"], "who.jpeg: no such file, expected an image, a folder, a video or webcam"),
        (["bad.mp4"], "bad.mp4: not a readable video, expected a video such as .mp4 or .avi"),
        (["bad.png"], "bad.png: not a readable image, expected an image"),
        (["empty"], "empty: no images, expected files ending in .png, .jpg, .jpeg, .bmp, .tif, .tiff, .webp, .gif"),
        (["a.png", "--csv", "no/t.csv"], "no/t.csv: no folder no, expected one that is there"),
        (["a.png", "--annotated", "a.png"], "a.png: would be written over the input, expected another name or folder"),
        (["faces", "--annotated", "faces"], "faces/1.png: would be written over the input, expected another name or "
         "folder"),
        (["a.png", "--every", "2"], "every = 2, but no video is named"),
        (["v.mp4", "--every", "0"], "every = 0, expected at least 1"),
        (["webcam", "a.png"], "webcam beside other sources, expected it alone; ./webcam names a file"),
        (["webcam", "--annotated", "v.avi"], "v.avi: annotated videos are MPEG-4, expected a name ending in .mp4"),
    ],
)  # fmt: skip
def test_one_sentence_and_nothing_left_behind(fer, here, words, sentence):
    write_picture("a.png", 0)
    write_picture("faces/1.png", 0)
    (here / "empty").mkdir()
    (here / "bad.mp4").write_text("no video")
    (here / "bad.png").write_text("no picture")
    write_video("v.mp4", [picture(0)] * 2)
    before = sorted(map(str, here.rglob("*")))
    tables = ("--json", "t.json") if "--csv" not in words else ()
    status, out, err = fer(*words, *tables, "--model", "RUN")
    assert (status, out, err) == (1, "", f"fer predict: {sentence}\n")
    assert sorted(map(str, here.rglob("*"))) == before


def test_what_is_wrong_is_said_before_a_network_is_read(fer, made):
    assert fer("no.png")[0] == 1 and made == []


def test_a_misspelt_detector(made, capsys):
    with pytest.raises(SystemExit) as stopped:
        main(["predict", "a.png", "--detector", "dlibb"])
    assert stopped.value.code == 2 and "did you mean 'dlib'?" in capsys.readouterr().err


def test_the_webcam_is_recorded(fer, monkeypatch):
    asked = []

    def record(recognizer, *, tell, annotated, every):
        asked.append((annotated, every))
        if tell:
            tell(
                camera.Frame(
                    camera.CAMERA, 0, 0.5, picture(), tuple(recognizer.detect_emotion_for_single_frame(picture(0)))
                )
            )

    monkeypatch.setattr(camera, "webcam", record)
    status, out, err = fer("webcam", "--model", "RUN", "--csv", "t.csv", "--annotated", "o.mp4", "--every", "3")
    assert (status, err) == (0, "") and rows(out)[2][:5] == ["webcam", "1", "0", "happy", "1"]
    assert pd.read_csv("t.csv")["seconds"].to_list() == [0.5]
    assert fer("webcam", "--model", "RUN")[0] == 0
    assert asked == [(Path("o.mp4"), 3), (None, 1)]


SLOW = """
import sys, time, warnings
import fer_lib.recognizer
from fer_lib.cli.__main__ import main
sys.path.insert(0, {root!r})
from tests.recognizer.pretending import Pretender

class Slow(Pretender):
    def __init__(self, **given):
        super().__init__()
    def load(self):
        return self
    def draw(self, frame, results):
        print("drawing", flush=True)
        time.sleep(0.2)
        return frame

fer_lib.recognizer.Recognizer = Slow
sys.exit(main(["predict", "v.mp4", "--csv", "t.csv", "--annotated", "out.mp4"]))
"""


def test_ctrl_c_leaves_nothing_half_written(here):
    write_video("v.mp4", [picture(0)] * 60)
    code = SLOW.format(root=str(Path(__file__).resolve().parents[2]))
    running = subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    assert running.stdout.readline() == "drawing\n"
    assert len(os.listdir()) == 3, "the video and two temporary files"
    time.sleep(0.3)
    running.send_signal(signal.SIGINT)
    _, err = running.communicate(timeout=200)
    assert running.returncode == 130 and err.endswith("fer predict: stopped\n") and "Traceback" not in err
    assert os.listdir() == ["v.mp4"]
