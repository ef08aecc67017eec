"""The methods and results of the ``rmn`` package."""

import subprocess
import sys
import types

import numpy as np
import pytest
import torch
from PIL import Image

from fer_lib.errors import InputError
from fer_lib.recognizer import RMN, Recognizer
from fer_lib.training.trained import trained_network

from ..training.conftest import CLASSES

BOXES = ((10, 12, 50, 52), (60, 10, 101, 49), (20, 60, 80, 110))


@pytest.fixture
def frame():
    return np.random.default_rng(1).integers(0, 256, (120, 130, 3), dtype=np.uint8)


@pytest.fixture
def recognizer(run, fixed):
    return Recognizer(model=run, detector=fixed(*BOXES), device="cpu")


def asked_slowly(run, face, folds=(0, 1)):
    """Probabilities of one face, by Pillow and formulas: grey, 48 × 48, [-1, 1], mean over the folds' networks."""
    picture = Image.fromarray(face if face.ndim == 2 else np.ascontiguousarray(face[..., ::-1])).convert("L")
    pixels = torch.tensor(np.array(picture.resize((48, 48), Image.Resampling.BILINEAR), np.float32))
    image = ((pixels / 255 - 0.5) / 0.5)[None, None]
    with torch.no_grad():
        return sum(trained_network(run, fold)(image).softmax(1)[0] for fold in folds).numpy() / len(folds)


def test_a_frame_gives_what_rmn_gives(recognizer, run, frame):
    results = recognizer.detect_emotion_for_single_frame(frame)
    assert len(results) == 3
    for box, found in zip(recognizer.detect_faces(frame), results, strict=True):
        assert list(found) == ["xmin", "ymin", "xmax", "ymax", "emo_label", "emo_proba", "proba_list"]
        assert {key: found[key] for key in box} == box and all(type(value) is int for value in box.values())
        expected = asked_slowly(run, frame[box["ymin"] : box["ymax"], box["xmin"] : box["xmax"]])
        assert [list(single) for single in found["proba_list"]] == [[name] for name in CLASSES]
        given = [value for single in found["proba_list"] for value in single.values()]
        assert all(type(value) is float for value in given)
        np.testing.assert_allclose(given, expected, atol=1e-6)
        assert found["emo_label"] == CLASSES[expected.argmax()]
        assert found["emo_proba"] == max(given) and sum(given) == pytest.approx(1, abs=1e-5)


def test_one_face(recognizer, run, frame):
    label, probability, proba_list = recognizer.detect_emotion_for_single_face_image(frame[:70, :50])
    expected = asked_slowly(run, frame[:70, :50])
    assert label == CLASSES[expected.argmax()] and probability == pytest.approx(expected.max(), abs=1e-6)
    assert [next(iter(single.values())) for single in proba_list] == pytest.approx(list(expected), abs=1e-6)


def test_grey_is_what_colour_of_equal_channels_is(recognizer):
    grey = np.random.default_rng(2).integers(0, 256, (120, 130), dtype=np.uint8)
    colour = np.repeat(grey[..., None], 3, axis=-1)
    assert recognizer.detect_emotion_for_single_frame(grey) == recognizer.detect_emotion_for_single_frame(colour)


def test_frames_of_many_sizes_are_answered_as_each_alone(recognizer, frame):
    frames = [frame, frame[::-1], np.zeros((200, 300), np.uint8), frame[:100, :90]]
    alone = [recognizer.detect_emotion_for_single_frame(one) for one in frames]
    together = recognizer.detect_emotion_for_frames(one for one in frames)
    for one, other in zip(alone, together, strict=True):
        assert [face["emo_label"] for face in one] == [face["emo_label"] for face in other]
        assert [face["emo_proba"] for face in one] == pytest.approx([face["emo_proba"] for face in other], abs=1e-5)
    assert recognizer.detect_emotion_for_frames([]) == []


def test_faces_share_forward_passes(run, fixed, frame):
    recognizer = Recognizer(model=run, fold=0, detector=fixed(*BOXES), device="cpu", batch_size=7).load()
    batches = []
    (network,) = recognizer.classifier.members[0].networks
    network.register_forward_hook(lambda module, images, logits: batches.append(len(logits)))
    recognizer.detect_emotion_for_single_frame(frame)
    assert batches == [3]
    recognizer.detect_emotion_for_frames([frame] * 6)
    assert batches[1:] == [7, 2, 7, 2]  # nine faces, then nine: more frames than a batch holds are not kept


def test_faces_below_ten_pixels_are_found_and_not_classified(run, fixed, frame):
    recognizer = Recognizer(model=run, detector=fixed((10, 10, 16, 16), (40, 40, 52, 52)), device="cpu")
    assert len(recognizer.detect_faces(frame)) == 2
    (found,) = recognizer.detect_emotion_for_single_frame(frame)
    assert found["xmin"] > 30


def test_weights_are_read_at_first_use(fixed, frame):
    """A frame without faces asks no network, so that nobody misses one."""
    recognizer = Recognizer(model="nowhere", detector=fixed())
    assert recognizer.detect_emotion_for_single_frame(frame) == []
    with pytest.raises(InputError, match="nowhere: no card.json"):
        recognizer.load()


def test_without_a_face_detector(run, frame):
    recognizer = Recognizer(False, run, device="cpu")
    assert recognizer.detect_emotion_for_single_face_image(frame)[0] in CLASSES
    for ask in (recognizer.detect_faces, recognizer.detect_emotion_for_single_frame):
        with pytest.raises(InputError, match="has no face detector; make it with face_detector=True"):
            ask(frame)


def test_nothing_is_printed_and_nothing_is_changed(recognizer, frame, capsys):
    before = frame.copy()
    recognizer.detect_emotion_for_single_frame(frame)
    assert capsys.readouterr() == ("", "") and np.array_equal(frame, before)


def test_what_is_no_frame_is_named(recognizer):
    for wrong, said in (
        (None, "frame is None, as cv2.imread gives for a file that it cannot read"),
        ("me.jpg", "frame is of type str"),
        (np.zeros((4, 4), np.float32), r"frame is float32 of shape \(4, 4\)"),
        (np.zeros((4, 4, 4), np.uint8), r"frame is uint8 of shape \(4, 4, 4\)"),
        (np.zeros((0, 4, 3), np.uint8), r"frame is uint8 of shape \(0, 4, 3\)"),
    ):
        with pytest.raises(InputError, match=said + r", expected a uint8 array|" + said + "; expected a uint8"):
            recognizer.detect_emotion_for_single_frame(wrong)
    with pytest.raises(InputError, match="face is None"):
        recognizer.detect_emotion_for_single_face_image(None)


def test_wrong_arguments_are_named():
    with pytest.raises(InputError, match="detector 'yunt'; did you mean 'yunet'"):
        Recognizer(detector="yunt")
    with pytest.raises(InputError, match="detector is of type int, expected dlib, haar, yunet or a function"):
        Recognizer(detector=3)
    with pytest.raises(InputError, match="batch_size is 0, expected a whole number from 1"):
        Recognizer(batch_size=0)
    with pytest.raises(InputError, match="face_detector is 'reports/run', expected True or False; a run is named with"):
        Recognizer("reports/run")


def test_the_webcam_is_handed_this_recognizer(recognizer, monkeypatch):
    shown = []
    monkeypatch.setitem(sys.modules, "fer_lib.recognizer.video", types.SimpleNamespace(webcam=shown.append))
    recognizer.video_demo()
    assert shown == [recognizer]


def test_importing_is_quick():
    code = "import sys, fer_lib.recognizer; sys.exit(bool({'torch', 'cv2', 'dlib', 'PIL'} & set(sys.modules)))"
    assert subprocess.run([sys.executable, "-c", code]).returncode == 0
    assert RMN is Recognizer
