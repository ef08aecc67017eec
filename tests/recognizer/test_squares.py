"""Runs whose pictures show the face in a square of known place: their networks see faces brought there."""

import sys

import numpy as np
import pytest
from PIL import Image
from scipy.ndimage import map_coordinates

from fer_lib.datasets import load_dataset
from fer_lib.errors import InputError
from fer_lib.faces.detector import load_models
from fer_lib.faces.hulls import upright_matrices
from fer_lib.faces.squares import face_squares
from fer_lib.recognizer import Recognizer, export, views
from fer_lib.recognizer.int8 import Images
from fer_lib.recognizer.model import load_classifier, load_member
from fer_lib.recognizer.views import Face, Square

SET = {"images": 40, "subjects": 5, "size": 64}
DATASET = {"dataset": "synthetic", **SET}


@pytest.fixture
def known(monkeypatch):
    """``known(face, points)``: instead of dlib's, these landmarks of its picture are found."""

    def know(face, points):
        def fit(scene, box, upscale):
            return (points + np.asarray(box)[:2] - face.box[:2]).ravel()

        monkeypatch.setattr(views, "fit_landmarks", fit)
        return face

    return know


def far(one, other):
    """Means, as OpenCV samples at thirty-seconds of a pixel."""
    return np.abs(one.astype(float) - other).mean()


def drawn_slowly(grey, matrix, size, side):
    """A pixel of the scene is that of the square, seen from further away; the whole picture is asked for it."""
    v, u = np.indices((size, size)).astype(float)
    centre = (size - 1) / 2
    places = np.stack([(u - centre) / side + centre, (v - centre) / side + centre]).reshape(2, -1)
    x, y = np.linalg.inv(matrix[:, :2]) @ (places - matrix[:, 2:])
    return map_coordinates(grey.astype(float), [y, x], order=1, mode="nearest").reshape(size, size)


@pytest.mark.parametrize("side", [1.0, 0.6, 0.2])
def test_a_scene_is_the_training_picture_of_the_same_photograph(drawn_set, portraits, known, side):
    trained = face_squares(drawn_set, size=32, scene_size=56, side=side, landmarks="dataset").images
    for row in range(0, 40, 7):
        face = known(Face.whole(portraits[row]), drawn_set.extras["landmarks"][row])
        scene = face.seen(56, "grey", Square(side, upright=True))
        assert scene.dtype == np.uint8 and scene.shape == (56, 56)
        assert far(scene, trained[row]) < 0.1
    whole = face_squares(drawn_set, size=32, scene_size=56, side=side, masks="dataset").images
    found = [Face.whole(picture).seen(56, "grey", Square(side, upright=False)) for picture in portraits]
    assert far(np.stack(found), whole) < 0.1


@pytest.mark.parametrize("corner", [(0, 0), (90, 40)])
def test_scenes_go_on_in_the_frame(drawn_set, portraits, known, corner):
    """Also where the face lies at the frame's border, beyond which its values go on."""
    x, y = corner
    frame = np.random.default_rng(0).integers(0, 256, (12, 15, 3)).astype(np.uint8).repeat(20, 0).repeat(20, 1)
    frame[y : y + 128, x : x + 128] = portraits[5]
    grey = np.asarray(Image.fromarray(frame[..., ::-1].copy()).convert("L"))
    points = drawn_set.extras["landmarks"][5] + corner
    box = (x + 20, y + 20, x + 110, y + 110)
    face = known(Face.found(frame, box, box), points)
    size = 120  # faces grow, so that nothing is averaged
    for side in (0.9, 0.5):
        canvas = round(size / side)
        slow = drawn_slowly(grey, upright_matrices(points[None], canvas)[0], canvas, side)
        assert far(face.seen(canvas, "grey", Square(side, upright=True)), slow) < 0.6
        a = canvas / 90
        cut = np.array([[a, 0, (a - 1) / 2 - a * box[0]], [0, a, (a - 1) / 2 - a * box[1]]])
        slow = drawn_slowly(grey, cut, canvas, side)
        assert far(face.seen(canvas, "grey", Square(side, upright=False)), slow) < 0.6


def test_where_the_eyes_coincide_the_crop_lies_in_the_square(drawn_set, known):
    speck = drawn_set.images[0][40:42, 40:41]
    face = known(Face.whole(speck), np.ones((68, 2)))
    upright, crop = (face.seen(24, "grey", Square(0.5, upright=upright)) for upright in (True, False))
    assert np.array_equal(upright, crop) and upright.shape == (24, 24)


def run_on(train, data, **asked):
    """A finished run on drawn faces that lie in squares, and these faces."""
    faces = face_squares(load_dataset("synthetic", data, **SET), data, size=32, **asked)
    folder = train(
        images=faces.images,
        labels=faces.labels,
        classes=faces.classes,
        folds=np.random.default_rng(0).permutation(40) % 2,
        groups=np.arange(40),
        sample_ids=faces.samples["sample_id"].to_numpy(),
        model="residual_masking_slim",
        identity={"dataset": DATASET, "label_space": "native", "variant": "v", "squares": faces.card["squares"]},
    )
    return folder, faces


@pytest.fixture(scope="module")
def data(tmp_path_factory):
    return tmp_path_factory.mktemp("data")


@pytest.fixture(scope="module")
def hulls(train, data):
    return run_on(train, data, scene_size=40, side=0.8, landmarks="dataset")


@pytest.fixture(scope="module")
def whole(train, data):
    return run_on(train, data, scene_size=40, side=0.5, masks="dataset")


def test_runs_see_what_their_cards_say(hulls, whole, portraits):
    views = [(40, "grey", Square(0.8, upright=True)), (40, "grey", Square(0.5, upright=False))]
    for (folder, _), view in zip((hulls, whole), views, strict=True):
        assert load_member(folder, None).view == view
        classifier = load_classifier(folder, device="cpu")
        seen = [{view: Face.whole(picture).seen(*view)} for picture in portraits[:3]]
        expected = classifier.answers(seen)
        np.testing.assert_allclose(classifier.probabilities(list(portraits[:3])), expected, atol=1e-6)
        recognizer = Recognizer(face_detector=False, model=folder, device="cpu")
        _, _, answers = recognizer.detect_emotion_for_single_face_image(portraits[0])
        assert [next(iter(single.values())) for single in answers] == pytest.approx(list(expected[0]), abs=1e-6)


def test_upright_squares_alone_need_dlib(hulls, whole, monkeypatch):
    monkeypatch.setitem(sys.modules, "dlib", None)
    load_models.cache_clear()
    with pytest.raises(InputError, match="^dlib is not installed"):
        Recognizer(face_detector=False, model=hulls[0], device="cpu").load()
    assert Recognizer(face_detector=False, model=whole[0], device="cpu").load()


def test_exports_say_where_the_face_lies(hulls, whole, data):
    assert export.shown(load_member(hulls[0], 0)).startswith(
        "the face turned until the inner corners of the eyes are level, and dlib's 68 landmarks with a margin of 0.2 "
        "of these corners' distance in a square that takes 0.8 of the width, in the middle; beyond"
    )
    assert export.shown(load_member(whole[0], 0)).startswith("the face as it is cut out in a square that takes 0.5 of")
    for folder, faces in (hulls, whole):
        own = Images.of_run(folder, 0, "grey", data)
        pictures = {picture.tobytes() for picture in faces.images}
        assert {picture.tobytes() for picture in (*own.selecting, *own.calibration)} <= pictures
        assert len(own.selecting) + len(own.calibration) == 20
