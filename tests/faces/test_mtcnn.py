import sys
import warnings

import cv2
import numpy as np
import pytest

from fer_lib.errors import InputError
from fer_lib.faces import detect_landmarks, five_points, mtcnn, to_grey
from fer_lib.faces.mtcnn import dlib_square, find_faces


@pytest.fixture(scope="module")
def small(portraits):
    """Five faces of 48 px, in colour."""
    return np.stack([cv2.resize(image, (48, 48), interpolation=cv2.INTER_AREA) for image in portraits.images[:5]])


@pytest.fixture(scope="module")
def scene(portraits):
    """A large face at the left, a small one at the right."""
    picture = np.full((300, 500, 3), 128, np.uint8)
    picture[40:240, 20:220] = cv2.resize(portraits.images[0], (200, 200))
    picture[100:200, 330:430] = cv2.resize(portraits.images[1], (100, 100))
    return picture[None]


@pytest.mark.parametrize("size", [128, 48])
def test_landmarks_sit_on_drawn_faces(size, portraits, small):
    images = portraits.images[:5] if size == 128 else small
    truth = (portraits.extras["landmarks"][:5] + 0.5) * (size / 128) - 0.5
    found = detect_landmarks(images, detectors=["mtcnn"])
    assert found.has_face.all() and (found.table["detector"] == "mtcnn").all()
    assert (found.table["faces_found"] >= 1).all() and found.table["score"].between(0.7, 1).all()
    error = np.linalg.norm(found.points - truth, axis=2).mean(1) / np.linalg.norm(truth[:, 36] - truth[:, 45], axis=1)
    assert np.median(error) < 0.06
    centre = (found.table[["x0", "y0"]].to_numpy() + found.table[["x1", "y1"]].to_numpy()) / 2
    assert (np.linalg.norm(centre - truth[:, 30], axis=1) < size / 8).all(), "the nose is in the middle of the box"


def test_nothing_is_warned_about(small):
    mtcnn.load_mtcnn.cache_clear()
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        detect_landmarks(small, detectors=["mtcnn"])


def test_no_face_is_found_in_noise():
    noise = np.random.default_rng(0).integers(0, 256, (3, 48, 48), dtype=np.uint8)
    found = detect_landmarks(np.concatenate([noise, np.zeros((1, 48, 48), np.uint8)]), detectors=["mtcnn"])
    assert not found.has_face.any() and np.isnan(found.points).all()


def test_a_face_that_fills_the_image_needs_the_border(portraits, small, monkeypatch):
    """Cropped to brows and chin, faces reach beyond the image as they do in FER-2013."""
    tight = np.stack([cv2.resize(image[12:44, 10:38], (48, 48)) for image in small])
    truth = (portraits.extras["landmarks"][:5] + 0.5) * (48 / 128)  # in pixels from the image's corner
    truth = five_points((truth - [10, 12]) * [48 / 28, 48 / 32] - 0.5)

    def error(faces, true):
        own = faces[0, 5:].reshape(5, 2) if len(faces) else np.inf
        return np.linalg.norm(own - true, axis=1).mean() / np.linalg.norm(true[0] - true[1])

    with_border = [error(*pair) for pair in zip(find_faces(tight, upscale=2), truth, strict=True)]
    monkeypatch.setattr(mtcnn, "BORDER", 0)
    without = [error(*pair) for pair in zip(find_faces(tight, upscale=2), truth, strict=True)]
    assert max(with_border) < 0.12 and min(without) > 0.5


def test_batches_do_not_show(small, monkeypatch):
    whole = find_faces(small, upscale=2)
    monkeypatch.setattr(mtcnn, "PIXELS", 2 * 96 * 96)
    for one, other in zip(whole, find_faces(small, upscale=2), strict=True):
        assert np.allclose(one, other, atol=1e-2)


def test_which_of_several_faces(scene):
    boxes = find_faces(scene, upscale=1)[0]
    assert len(boxes) == 2 and boxes[0, 4] >= boxes[1, 4], "best first"
    widths = boxes[:, 2] - boxes[:, 0]
    expected = {"largest": widths.argmax(), "best": 0, "last": 1}
    for how, position in expected.items():
        found = detect_landmarks(scene, detectors=["mtcnn"], face_choice=how)
        assert (
            found.table["x1"][0] == pytest.approx(boxes[position, 2], abs=0.01) and found.table["faces_found"][0] == 2
        )


def test_bgr_changes_what_is_seen_in_colour_only(small):
    blue = small.copy()
    blue[..., 0] //= 4  # what was warm skin is blue once the order is mistaken
    right, swapped = (find_faces(blue, 2, bgr=bgr) for bgr in (False, True))
    by_hand = find_faces(np.ascontiguousarray(blue[..., ::-1]), 2)
    assert all(np.array_equal(one, other) for one, other in zip(swapped, by_hand, strict=True))
    assert not all(
        one.shape == other.shape and np.allclose(one, other) for one, other in zip(right, swapped, strict=True)
    )
    grey = to_grey(small)
    assert all(
        np.array_equal(one, other) for one, other in zip(find_faces(grey, 2), find_faces(grey, 2, True), strict=True)
    )


def test_the_bgr_switch_reaches_the_networks(small):
    scores = [detect_landmarks(small, detectors=["mtcnn"], mtcnn_bgr=bgr).table["score"] for bgr in (False, True)]
    assert not np.allclose(*scores, equal_nan=True)


def test_dlib_square():
    x0, y0, x1, y1 = dlib_square(np.array([10.0, 20, 50, 70]))  # 40 wide, 50 high
    assert (x1 - x0, y1 - y0) == (pytest.approx(0.93 * 2000**0.5), pytest.approx(x1 - x0))
    assert ((x0 + x1) / 2, (y0 + y1) / 2) == (pytest.approx(30), pytest.approx(47.5))


def test_the_raw_box_is_clipped_and_gives_other_landmarks(small, monkeypatch):
    seen = []
    fit = mtcnn.fit_landmarks
    monkeypatch.setattr(
        mtcnn, "fit_landmarks", lambda image, box, upscale: (seen.append(box), fit(image, box, upscale))[1]
    )
    shifted = np.roll(small, -14, axis=2)  # the face leaves the image at the left
    fitted, raw = (detect_landmarks(shifted, detectors=["mtcnn"], mtcnn_box=box) for box in ("fitted", "raw"))
    assert raw.has_face.any() and np.array_equal(raw.has_face, fitted.has_face)
    half = len(seen) // 2
    assert min(box.min() for box in seen[:half]) < 0 and min(box.min() for box in seen[half:]) == 0
    assert not np.allclose(fitted.found_points, raw.found_points, equal_nan=True)


class Failing:
    """Fails like the package does where a candidate box is empty: on any batch with a black image."""

    def __init__(self, model):
        self.model = model

    def detect(self, batch, landmarks):
        if (batch.reshape(len(batch), -1).max(1) <= mtcnn.GREY).any():
            raise RuntimeError("torch.cat(): expected a non-empty list of Tensors")
        return self.model.detect(batch, landmarks=landmarks)


def test_an_image_that_fails_takes_no_other_along(small, monkeypatch):
    failing = Failing(mtcnn.load_mtcnn())
    monkeypatch.setattr(mtcnn, "load_mtcnn", lambda: failing)
    images = small.copy()
    images[2] = 0
    with pytest.warns(UserWarning, match="MTCNN failed on an image, which counts as one without a face"):
        found = detect_landmarks(images, detectors=["mtcnn", "whole_image"])
    assert found.has_face.tolist() == [True, True, False, True, True]
    assert found.table["detector"][2] == "whole_image" and np.isfinite(found.points).all()


def test_missing_package_says_what_to_install(monkeypatch, small):
    monkeypatch.setitem(sys.modules, "facenet_pytorch", None)
    mtcnn.load_mtcnn.cache_clear()
    with pytest.raises(InputError, match="run `pip install --no-deps facenet-pytorch==2.6.0`"):
        detect_landmarks(small, detectors=["mtcnn"])
