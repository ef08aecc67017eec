"""Video files in and out, and the webcam."""

import os
import signal
import threading

import cv2
import numpy as np
import pytest

from fer_lib.errors import InputError
from fer_lib.recognizer import camera
from fer_lib.recognizer.video import Video, predict_video, video_writer, webcam

from .pretending import Pretender, picture, write_video


@pytest.fixture(autouse=True)
def here(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    return tmp_path


def frames_of(path):
    with Video(path) as video:
        return list(video.frames())


def moving(count=10, **options):
    return [picture(k % 4, **options) for k in range(count)]


def test_frames_come_with_the_containers_times():
    write_video("ü v.mp4", moving(10), fps=12.5)
    frames = frames_of("ü v.mp4")
    assert [frame.number for frame in frames] == list(range(10)) and frames[0].file == "ü v.mp4"
    assert [frame.seconds for frame in frames] == pytest.approx([k / 12.5 for k in range(10)])
    assert all(abs(f.image.astype(int) - picture(f.number % 4)).mean() < 12 for f in frames)


def test_every_nth_frame():
    write_video("v.mp4", moving(10), fps=10)
    with Video("v.mp4") as video:
        assert (video.fps, video.announced, video.size) == (10, 10, (48, 64))
        found = [(frame.number, frame.seconds) for frame in video.frames(4)]
        assert found == [(0, 0), (4, pytest.approx(0.4)), (8, pytest.approx(0.8))]
        assert video.read == 10 and video.cut_off() is None
        video.announced = 20
        assert video.cut_off() == "v.mp4: ends after 10 frames, expected the 20 that it announces"


@pytest.mark.parametrize(
    ("content", "sentence"),
    [(b"no video", "not a readable video"), (b"", "empty file"), (None, "no such file")],
)
def test_what_is_no_video(here, content, sentence):
    if content is not None:
        (here / "v.mp4").write_bytes(content)
    with pytest.raises(InputError, match=f"^v.mp4: {sentence}, expected a video"):
        Video("v.mp4")


def test_a_video_without_frames():
    write_video("v.mp4", moving(2))
    cv2.VideoWriter("v.avi", cv2.VideoWriter_fourcc(*"MJPG"), 25, (64, 48)).release()
    with pytest.raises(InputError, match="^v.avi: (a video without frames|not a readable video), expected"):
        Video("v.avi")


def test_annotated_frames_have_rate_size_and_boxes(here):
    write_video("v.mp4", moving(6, size=(96, 128)), fps=12.5)
    seen = []
    assert predict_video(Pretender(), here / "v.mp4", seen.append, every=2, annotated=here / "out.mp4") is None
    with Video("out.mp4") as video:
        assert (video.fps, video.announced, video.size) == (12.5, 6, (96, 128))
    assert [frame.number for frame in seen] == [0, 2, 4] and all(frame.looked for frame in seen)
    recognizer, drawn = Pretender(), [frame.image for frame in frames_of("out.mp4")]
    for number, frame in enumerate(frames_of("v.mp4")):  # frames between keep the boxes of the one before
        boxes = recognizer.detect_emotion_for_single_frame(picture(number // 2 * 2 % 4, size=(96, 128)))
        expected = recognizer.draw(frame.image.copy(), boxes)
        assert abs(drawn[number].astype(int) - expected).mean() < 6


def test_tables_of_a_video_do_not_depend_on_its_copy(here):
    write_video("v.mp4", moving(7))
    with_copy, without = [], []
    predict_video(Pretender(), here / "v.mp4", with_copy.append, every=3, annotated=here / "out.mp4")
    predict_video(Pretender(), here / "v.mp4", without.append, every=3)
    assert [(f.number, f.seconds, f.faces) for f in with_copy] == [(f.number, f.seconds, f.faces) for f in without]


@pytest.mark.parametrize("error", [KeyboardInterrupt, InputError])
def test_a_video_that_is_stopped_leaves_nothing(here, error):
    write_video("v.mp4", moving(5))

    def stop(frame):
        if frame.number == 3:
            raise error("stop")

    with pytest.raises(error):
        predict_video(Pretender(), here / "v.mp4", stop, annotated=here / "out.mp4")
    assert os.listdir() == ["v.mp4"]


def test_odd_sizes_lose_a_row_or_column():
    with video_writer("v.mp4", 10, (49, 65)) as write:
        write(picture(0, size=(49, 65)))
    assert frames_of("v.mp4")[0].image.shape == (48, 64, 3)


def test_what_cannot_be_written(here):
    with pytest.raises(InputError, match="^v.avi: annotated videos are MPEG-4, expected a name ending in .mp4"):
        video_writer("v.avi", 10, (48, 64)).__enter__()
    with pytest.raises(InputError, match="^v.mp4: 64 × 48 pixels at 0 frames per second cannot be written as MPEG-4"):
        video_writer("v.mp4", 0, (48, 64)).__enter__()
    with pytest.raises(InputError, match="1 of 2 frames were written"), video_writer("v.mp4", 10, (48, 64)) as write:
        write(picture(0))
        write(picture(0, size=(20, 20)))  # OpenCV leaves it out without a word
    assert os.listdir() == []


class Lens:
    """A camera that shows these frames."""

    def __init__(self, frames):
        self.frames = iter(frames)

    def isOpened(self):
        return True

    def read(self):
        image = next(self.frames, None)
        return image is not None, image

    def release(self):
        pass


@pytest.fixture
def lens(monkeypatch):
    """``lens(frames, seconds=0.1)``: camera 0 shows these; a frame takes so long, and no window can be shown."""

    def put(frames, seconds=0.11):
        real, clock = cv2.VideoCapture, iter(np.arange(10_000) * seconds)
        monkeypatch.setattr(cv2, "VideoCapture", lambda what: Lens(frames) if what == 0 else real(what))
        monkeypatch.setattr(camera.time, "monotonic", lambda: float(next(clock)))

    monkeypatch.setattr(camera, "can_show", lambda: False)
    return put


def test_a_recording_keeps_the_cameras_time(here, lens):
    lens([picture(0), picture(1), picture(3), picture(1)])
    seen = []
    said = webcam(Pretender(), tell=seen.append, annotated="out.mp4", every=2)
    assert said == "webcam: the camera stopped, expected it to go on"
    assert [(f.file, f.number) for f in seen] == [("webcam", 0), ("webcam", 2)]
    assert [f.seconds for f in seen] == pytest.approx([0.11, 0.33])
    assert [f.faces[0]["emo_label"] for f in seen] == ["sad", "happy"], "mirrored"
    assert len(frames_of("out.mp4")) == int(0.44 * camera.FPS) + 1


def test_ctrl_c_ends_a_recording_and_keeps_it(here, lens):
    def endless():
        for k in range(1000):
            if k == 5:
                os.kill(os.getpid(), signal.SIGINT)
            yield picture(0)

    lens(endless())
    seen, before = [], signal.getsignal(signal.SIGINT)
    assert webcam(Pretender(), tell=seen.append, annotated="out.mp4") is None
    assert 5 <= len(seen) < 10 and len(frames_of("out.mp4")) >= 5
    assert signal.getsignal(signal.SIGINT) is before


def test_other_threads_record_too(lens):
    lens([picture(0)] * 3)
    seen = []
    thread = threading.Thread(target=webcam, args=(Pretender(),), kwargs={"tell": seen.append})
    thread.start()
    thread.join()
    assert len(seen) == 3


def test_the_window_ends_it(lens, monkeypatch):
    lens([picture(0)] * 9)
    shown = []
    monkeypatch.setattr(camera, "can_show", lambda: True)
    monkeypatch.setattr(camera, "shown_on", lambda image: shown.append(image) or len(shown) < 4)
    assert webcam(Pretender()) is None and len(shown) == 4


def test_the_window_says_how_to_close_it(monkeypatch):
    shown, keys = [], iter([-1, ord("q"), -1])
    monkeypatch.setattr(cv2, "imshow", lambda name, image: shown.append((name, image)))
    monkeypatch.setattr(cv2, "waitKey", lambda delay: next(keys))
    monkeypatch.setattr(cv2, "destroyAllWindows", lambda: None)
    visible = iter([1, 1, 0])
    monkeypatch.setattr(cv2, "getWindowProperty", lambda name, what: next(visible))
    image = picture(0, size=(100, 300))
    assert [camera.shown_on(image) for _ in range(3)] == [True, False, False]
    assert shown[0][0] == "press q to exit" and not np.array_equal(shown[0][1], image)
    assert np.array_equal(image, picture(0, size=(100, 300))), "the recording shows no words"


def test_no_camera_no_picture_no_window(lens, monkeypatch, capfd):
    lens([])
    with pytest.raises(InputError, match="^webcam: no window can be shown here.*--annotated FILE.mp4"):
        webcam(Pretender())
    with pytest.raises(InputError, match="^webcam: camera 0 gives no picture"):
        webcam(Pretender(), tell=print)
    real = cv2.VideoCapture
    monkeypatch.setattr(cv2, "VideoCapture", lambda what: real("nowhere.mp4"))
    with pytest.raises(InputError, match="^webcam: no camera 0 here"):
        webcam(Pretender(), tell=print)
    assert capfd.readouterr().err == ""


def test_no_window_without_a_display(monkeypatch):
    monkeypatch.delenv("DISPLAY", raising=False)
    monkeypatch.delenv("WAYLAND_DISPLAY", raising=False)
    monkeypatch.setattr(camera.sys, "platform", "linux")
    assert not camera.can_show()


def test_a_headless_opencv_shows_nothing(monkeypatch):
    def refuse(name):
        raise cv2.error("The function is not implemented")

    monkeypatch.setenv("DISPLAY", ":0")
    monkeypatch.setattr(cv2, "namedWindow", refuse)
    assert not camera.can_show()
