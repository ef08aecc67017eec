"""Images, folders and videos through a recognizer."""

import json
import os

import cv2
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from fer_lib.cli.__main__ import main
from fer_lib.errors import InputError
from fer_lib.recognizer import frames as frames_module
from fer_lib.recognizer.frames import Frame, answered, batches
from fer_lib.recognizer.predict import find_files, natural, predict_files

from .pretending import Pretender, picture, write_picture, write_video


@pytest.fixture(autouse=True)
def here(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    return tmp_path


def told(files, recognizer=None, **options):
    """What was told of `files`, and the sentences."""
    seen = []
    failed = predict_files(recognizer or Pretender(), files, seen.append, **options)
    return seen, failed


def labels(frames):
    return [[face["emo_label"] for face in frame.faces] for frame in frames]


def test_a_folder_is_its_images_in_natural_order(here):
    for name in ("10.png", "2.png", "a 1.JPG", "ü.gif", ".hidden.png", "notes.txt", "clip.mp4"):
        (here / "faces" / name).parent.mkdir(exist_ok=True)
        (here / "faces" / name).touch()
    (here / "faces" / "more.png").mkdir()
    files, left_out = find_files(["faces"])
    assert [path.name for path in files] == ["2.png", "10.png", "a 1.JPG", "ü.gif"]
    assert [path.name for path in left_out] == ["clip.mp4", "more.png", "notes.txt"]


@given(st.lists(st.text("ab01½٣_", min_size=1), unique=True))
def test_any_names_have_an_order(names):
    ranked = sorted((frames_module.Path(name) for name in names), key=natural)
    assert sorted(path.name for path in ranked) == sorted(names)


def test_numbers_count_as_numbers():
    names = ["frame9b2", "frame9b10", "frame10b1", "frame010b2"]
    assert [p.name for p in sorted(map(frames_module.Path, reversed(names)), key=natural)] == names


def test_what_is_not_there_is_named_with_what_is_near(here):
    write_picture("photo.png")
    (here / "none").mkdir()
    with pytest.raises(InputError, match=r"^photo.jpg: no such file; did you mean 'photo.png'\?, expected an image"):
        find_files(["photo.jpg"])
    with pytest.raises(InputError, match=r"did you mean 'webcam'\?"):
        find_files(["webcm"])
    with pytest.raises(InputError, match="^none: no images, expected files ending in .png"):
        find_files(["none"])


def test_faces_of_images_are_told_in_order():
    files = [write_picture("a b.png", 0), write_picture("ü.png"), write_picture("c.png", 1, 2, size=(80, 100))]
    recognizer = Pretender()
    seen, failed = told(files, recognizer)
    assert labels(seen) == [["happy"], [], ["sad", "happy"]] and not failed
    assert [(frame.file, frame.number, frame.seconds) for frame in seen] == [(f.name, 0, None) for f in files]
    assert recognizer.asked == [3]


def test_what_cannot_be_read_is_named_and_the_others_are_answered(here):
    (here / "text.png").write_text("no picture")
    (here / "empty.png").touch()
    seen, failed = told([here / "text.png", write_picture("a.png", 0), here / "empty.png"])
    assert labels(seen) == [["happy"]]
    assert len(failed) == 2 and "text.png: not a readable image" in failed[0] and "empty.png: empty" in failed[1]


def test_copies_show_the_boxes(here):
    file = write_picture("a.png", 0)
    told([file], copies={file: here / "out" / "a.png"})
    copy = cv2.imread("out/a.png")
    assert copy.shape == (48, 64, 3) and not np.array_equal(copy, picture(0))
    assert os.listdir("out") == ["a.png"] and np.array_equal(cv2.imread("a.png"), picture(0))


def test_videos_come_after_images_and_a_bad_one_stops_nothing(here):
    (here / "text.mp4").write_text("no video")
    files = [here / "text.mp4", write_video("v.mp4", [picture(0)] * 3), write_picture("a.png", 1)]
    seen, failed = told(files)
    assert [frame.file for frame in seen] == ["a.png", "v.mp4", "v.mp4", "v.mp4"]
    assert labels(seen) == [["sad"], ["happy"], ["happy"], ["happy"]]
    assert len(failed) == 1 and "text.mp4: not a readable video" in failed[0]


def some_frames(count, size=(4, 6)):
    return [
        Frame(frames_module.Path("v"), number, number / 10, picture(number % 4, size=size)) for number in range(count)
    ]


@given(st.integers(0, 70), st.integers(1, 9))
def test_each_frame_is_answered_or_keeps_the_faces_before(count, every):
    frames = some_frames(count)
    alone = Pretender()
    expected = [alone.detect_emotion_for_single_frame(frames[k - k % every].image) for k in range(count)]
    found = list(answered(Pretender(), frames, every))
    assert [list(frame.faces) for frame in found] == expected
    assert [frame.looked for frame in found] == [k % every == 0 for k in range(count)]


def test_few_frames_wait_for_each_other(monkeypatch):
    assert [len(batch) for batch in batches(some_frames(70))] == [32, 32, 6]
    monkeypatch.setattr(frames_module, "MOST_PIXELS", 50)
    assert [len(batch) for batch in batches(some_frames(7))] == [3, 3, 1]


def test_frames_are_read_when_they_are_wanted():
    read = []
    source = (read.append(frame.number) or frame for frame in some_frames(100))
    next(answered(Pretender(), source))
    assert read == list(range(32))


def test_names_that_are_no_text_can_be_shown():
    name = os.fsdecode(b"caf\xe9.png")
    assert Frame(frames_module.Path(name), 0, None, picture()).file == "caf\\udce9.png"


def test_the_command_goes_all_the_way_to_a_network_and_back(run, here, portraits):
    cv2.imwrite("one.png", portraits[0])
    cv2.imwrite("none.png", picture())
    assert main(["predict", "one.png", "none.png", "--model", str(run), "--json", "t.json"]) == 0
    one, none = json.loads((here / "t.json").read_text())
    (face,) = one["faces"]
    assert list(face["probabilities"]) == ["neutral", "positive", "negative"] and none["faces"] == []
    assert sum(face["probabilities"].values()) == pytest.approx(1, abs=1e-5)
