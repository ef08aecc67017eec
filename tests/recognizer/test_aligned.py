"""Runs that were trained on aligned faces: their networks see faces aligned, alone and beside other runs."""

import json
import sys
from pathlib import Path

import cv2
import numpy as np
import pytest

from fer_lib.cli.__main__ import main
from fer_lib.errors import InputError
from fer_lib.faces.detector import load_models
from fer_lib.models.frame import frame_size
from fer_lib.recognizer import Recognizer, views
from fer_lib.recognizer.model import load_classifier
from fer_lib.recognizer.views import Face

from ..training.conftest import CLASSES, bars

DATASET = {"dataset": "bars"}


def aligned_to(frame, points="eyes"):
    return {"points": points, "landmarks": "dlib", "frame": frame}


@pytest.fixture(scope="module")
def aligned(train):
    """A run of two folds on faces of 48 pixels."""
    return train(seed=3, identity={"dataset": DATASET, "variant": "aligned", "alignment": aligned_to(48)})


@pytest.fixture(scope="module")
def other(train):
    """A run on faces of 24 pixels, aligned by five points, of a colour set."""
    identity = {"dataset": {**DATASET, "channels": "rgb", "size": 64}, "alignment": aligned_to(24, "five")}
    return train(images=bars(np.arange(36) % 3)[:, ::2, ::2], model="residual_masking_slim", identity=identity)


@pytest.fixture(scope="module")
def frames(portraits):
    """The same face upright and turned by 20°, BGR (300, 260, 3)."""
    turned = []
    for degrees in (0, 20):
        turn = cv2.getRotationMatrix2D((64, 64), degrees, 1.5)
        turn[:, 2] += 60, 90
        turned.append(cv2.warpAffine(portraits[3], turn, (260, 300), borderMode=cv2.BORDER_REPLICATE))
    return turned


@pytest.fixture
def fits(monkeypatch):
    """A list that grows by one with every fit of landmarks."""
    asked, fit = [], views.fit_landmarks
    monkeypatch.setattr(views, "fit_landmarks", lambda *given: asked.append(1) or fit(*given))
    return asked


def happy(results):
    return np.array([[value for single in face["proba_list"] for value in single.values()] for face in results])


def test_a_turned_face_is_answered_as_the_upright_one(run, aligned, frames):
    """dlib finds both; what a network says of crops differs by far more."""
    answers = {}
    for name, model in (("cut", run), ("aligned", aligned)):
        recognizer = Recognizer(model=model, device="cpu")
        answers[name] = [happy(recognizer.detect_emotion_for_single_frame(frame)) for frame in frames]
    assert [len(found) for found in answers["aligned"]] == [1, 1]
    changes = {name: np.abs(upright - turned).max() for name, (upright, turned) in answers.items()}
    assert changes["aligned"] < 0.02 and changes["cut"] > 3 * changes["aligned"]


def test_members_see_their_own_kind_and_are_averaged(run, aligned, other, frames, fits):
    alone = []
    for model in (run, aligned, other):
        recognizer = Recognizer(model=model, device="cpu")
        alone.append([happy(found) for found in recognizer.detect_emotion_for_frames(frames)])
    del fits[:]
    together = Recognizer(model=[run, aligned, other, aligned], device="cpu").detect_emotion_for_frames(frames)
    assert len(fits) == 2, "one for each face"
    for cut, eyes, five, found in zip(*alone, together, strict=True):
        np.testing.assert_allclose(happy(found), (cut + 2 * eyes + five) / 4, atol=1e-6)
    assert np.abs(alone[0][0] - alone[1][0]).max() > 0.01


def test_nothing_is_fitted_where_no_member_is_aligned(run, frames, fits, monkeypatch):
    monkeypatch.setattr(views.Face, "_scene", property(lambda face: pytest.fail("nobody asks for it")))
    recognizer = Recognizer(model=[run, run], device="cpu")
    assert len(recognizer.detect_emotion_for_frames(frames)) == 2
    recognizer.classifier.probabilities(frames)
    assert not fits


@pytest.mark.parametrize("batch_size", [1, 2, 3, 64])
def test_batches_change_nothing(aligned, run, portraits, fixed, batch_size):
    model, pictures = [aligned, run], [*portraits[:4], portraits[4][:100]]
    reference = Recognizer(model=model, detector=fixed((20, 20, 100, 100)), device="cpu")
    recognizer = Recognizer(model=model, detector=reference.detector, device="cpu", batch_size=batch_size)
    alone = [happy(reference.detect_emotion_for_single_frame(picture)) for picture in pictures]
    together = recognizer.detect_emotion_for_frames(pictures)
    np.testing.assert_allclose([happy(found) for found in together], alone, atol=1e-6)
    crops = [happy([dict(proba_list=reference.detect_emotion_for_single_face_image(one)[2])])[0] for one in pictures]
    np.testing.assert_allclose(recognizer.classifier.probabilities(pictures, batch_size), crops, atol=1e-6)


def test_faces_that_are_handed_over_are_aligned_within_themselves(aligned, portraits, fits):
    recognizer = Recognizer(face_detector=False, model=aligned, device="cpu")
    label, probability, answers = recognizer.detect_emotion_for_single_face_image(portraits[3])
    face = Face.whole(portraits[3])
    image = face.seen(48, "grey", "eyes")
    expected = load_classifier(aligned, device="cpu").answers([{(48, "grey", "eyes"): image}])[0]
    assert [next(iter(single.values())) for single in answers] == pytest.approx(list(expected), abs=1e-6)
    assert label == CLASSES[expected.argmax()] and len(fits) == 2
    recognizer.detect_emotion_for_single_face_image(portraits[3][:1, :1])


def test_what_is_missing_is_told_before_the_first_face(aligned, run, monkeypatch, tmp_path):
    monkeypatch.setenv("FER_LANDMARK_MODEL", str(tmp_path / "none.dat"))
    load_models.cache_clear()
    with pytest.raises(InputError, match=r"none.dat: no such file, expected dlib's shape_predictor_68_face_landmarks"):
        Recognizer(model=[run, aligned], device="cpu").load()
    Recognizer(model=run, device="cpu").load()
    monkeypatch.setitem(sys.modules, "dlib", None)
    load_models.cache_clear()
    with pytest.raises(InputError, match="^dlib is not installed; run `pip install dlib-bin`"):
        Recognizer(face_detector=False, model=aligned, device="cpu").load()
    assert Recognizer(face_detector=False, model=run, device="cpu").load()


def test_images_and_videos_from_the_command_line(aligned, frames, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    cv2.imwrite("upright.png", frames[0])
    cv2.imwrite("turned.png", frames[1])
    video = cv2.VideoWriter("v.mp4", cv2.VideoWriter_fourcc(*"mp4v"), 5, (260, 300))
    for frame in frames:
        video.write(frame)
    video.release()
    assert main(["predict", ".", "v.mp4", "--model", str(aligned), "--json", "faces.json", "--device", "cpu"]) == 0
    found = [list(entry["faces"][0]["probabilities"].values()) for entry in json.loads(Path("faces.json").read_text())]
    assert len(found) == 4
    recognizer = Recognizer(model=aligned, device="cpu")
    expected = happy([recognizer.detect_emotion_for_single_frame(frame)[0] for frame in frames])
    np.testing.assert_allclose(found[:2], expected[::-1], atol=1e-5)  # by name: turned, upright
    np.testing.assert_allclose(found[2:], expected, atol=0.05)  # MPEG-4 loses a little


@pytest.fixture(scope="module")
def fmpn(train, portraits):
    """A run of fmpn_slim for 32 pixels, on frames of 34."""
    size = 32
    images = np.stack([Face.whole(face).seen(frame_size(size), "grey", "eyes") for face in portraits[:36]])
    return train(
        model="fmpn_slim",
        images=images,
        model_options={"image_size": size, "width": 4, "blocks": 1},
        identity={"dataset": DATASET, "variant": "prior", "alignment": aligned_to(frame_size(size))},
    )


def test_fmpn_sees_the_centre_of_an_aligned_frame(fmpn, portraits):
    recognizer = Recognizer(model=fmpn, device="cpu", face_detector=False)
    (member,) = recognizer.classifier.members
    sizes = []
    member.networks[0].generator.register_forward_hook(lambda module, given, made: sizes.append(given[0].shape))
    found = recognizer.classifier.probabilities(list(portraits[:3]))
    assert sizes == [(3, 1, 32, 32)] and member.view == (34, "grey", "eyes")
    cut = [Face.whole(face).seen(34, "grey", "eyes")[1:-1, 1:-1] for face in portraits[:3]]
    seen = [{member.view: image} for image in cut]  # of the network's own size: taken as they are
    np.testing.assert_allclose(recognizer.classifier.answers(seen), found, atol=1e-6)
