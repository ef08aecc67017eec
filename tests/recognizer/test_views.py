"""Faces as networks see them: cut out, or brought into the template by landmarks."""

import cv2
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from fer_lib.faces import five_points
from fer_lib.faces.detector import load_models
from fer_lib.faces.similarity import EYES
from fer_lib.recognizer import views
from fer_lib.recognizer.detectors import UP, square
from fer_lib.recognizer.views import Face, face_images

ALIGNED = (48, "grey", "eyes")


def test_faces_become_what_the_training_images_are():
    exact = np.random.default_rng(0).integers(0, 256, (48, 48), dtype=np.uint8)
    assert np.array_equal(face_images([exact], 48)[0], exact)
    red = np.zeros((90, 70, 3), np.uint8)
    red[..., 2] = 200  # BGR
    assert (face_images([red, exact], 48)[0] == 60).all()
    colour = face_images([red, exact], 32, "rgb")
    assert colour.shape == (2, 32, 32, 3) and (colour[0] == (200, 0, 0)).all()
    assert (colour[1] == colour[1, ..., :1]).all()
    checks = np.indices((480, 480)).sum(0).astype(np.uint8) % 2 * 255
    assert np.abs(face_images([checks], 48)[0] - 127.5).max() < 2, "pixels are averaged, not skipped"


@pytest.fixture(scope="module")
def photograph(drawn_set):
    """``photograph(degrees)``: a drawn face turned about its middle, BGR (300, 260, 3); its 68 points; a box of it."""
    image, points = drawn_set.images[3][..., ::-1], drawn_set.extras["landmarks"][3].astype(float)

    def make(degrees, scale=1.2):
        turn = cv2.getRotationMatrix2D((64, 64), degrees, scale)
        turn[:, 2] += 60, 90
        frame = cv2.warpAffine(image, turn, (260, 300), flags=cv2.INTER_CUBIC, borderMode=cv2.BORDER_REPLICATE)
        moved = points @ turn[:, :2].T + turn[:, 2]
        (x, y), half = moved[17:].mean(0), np.ptp(points[:, 0]) * scale / 2
        return frame, moved, (x - half, y - half - 2 * half * UP, x + half, y + half - 2 * half * UP)

    return make


@pytest.fixture
def fits(monkeypatch):
    """Images and boxes in which landmarks are fitted, and how much these are enlarged."""
    asked, fit = [], views.fit_landmarks

    def listen(image, box, upscale):
        asked.append((image, np.asarray(box), upscale))
        return fit(image, box, upscale)

    monkeypatch.setattr(views, "fit_landmarks", listen)
    return asked


@pytest.fixture
def known(monkeypatch):
    """``known(face, points)``: instead of dlib's, these landmarks of its picture are found."""

    def know(face, points):
        def fit(scene, box, upscale):
            return (points + np.asarray(box)[:2] - face.box[:2]).ravel()

        monkeypatch.setattr(views, "fit_landmarks", fit)

    return know


def found(frame, box):
    return Face.found(frame, square(box, *frame.shape[:2]), box)


def difference(one, other):
    return np.abs(one.astype(float) - other).mean()


def aligned_slowly(frame, points, size):
    """From the whole frame, grey by Pillow, a pixel of the result at a time, from a frame of about its resolution."""
    grey = np.asarray(Image.fromarray(frame[..., ::-1].copy()).convert("L"), float)
    left, right = five_points(points[None]).astype(float)[0, :2] @ (1, 1j)
    first, second = (np.array(EYES) * size - 0.5) @ (1, 1j)
    image = np.empty((size, size))
    for row in range(size):
        for column in range(size):
            place = left + (column + 1j * row - first) / (second - first) * (right - left)
            x, y = np.clip(place.real, 0, grey.shape[1] - 1.001), np.clip(place.imag, 0, grey.shape[0] - 1.001)
            i, j, u, v = int(x), int(y), x % 1, y % 1
            above = (1 - u) * grey[j, i] + u * grey[j, i + 1]
            image[row, column] = (1 - v) * above + v * ((1 - u) * grey[j + 1, i] + u * grey[j + 1, i + 1])
    return image


def test_eyes_come_to_the_template_from_anywhere_in_the_frame(photograph, known):
    for degrees in (0, 20, -35):
        frame, points, box = photograph(degrees)
        face = found(frame, box)
        known(face, points)
        side = int(1 / 0.52 * np.linalg.norm(np.diff(five_points(points[None])[0, :2], axis=0)))  # of one resolution
        image = face.seen(side, "grey", "eyes")
        assert image.dtype == np.uint8 and image.shape == (side, side)
        assert np.abs(image - aligned_slowly(frame, points, side)).max() < 3, "rounding of OpenCV's weights"


def test_a_turned_face_looks_as_the_upright_one(photograph):
    upright, turned = (found(frame, box) for frame, _, box in map(photograph, (0, 20)))
    aligned = difference(upright.seen(*ALIGNED), turned.seen(*ALIGNED))
    cut = difference(upright.seen(48, "grey", None), turned.seen(48, "grey", None))
    assert aligned < 6 and cut > 2 * aligned


def test_what_lies_outside_of_the_crop_is_seen(photograph, known):
    """A crop that ends at the eyes hides nothing from the template."""
    frame, points, box = photograph(20)
    face = found(frame, box)
    known(face, points)
    narrow = Face(frame, (face.crop[0], face.crop[1], face.crop[2], (face.crop[1] + face.crop[3]) // 2), face.box)
    assert np.array_equal(face.seen(*ALIGNED), narrow.seen(*ALIGNED))
    assert difference(face.seen(48, "grey", None), narrow.seen(48, "grey", None)) > 10


@pytest.mark.parametrize(("scale", "upscale"), [(0.6, 2), (1.2, 1)])
def test_landmarks_are_fitted_in_dlibs_own_box(photograph, fits, scale, upscale):
    """What the detector's box was moved by is undone, and small faces are enlarged as for the training images."""
    detector, _ = load_models()
    frame, _, _ = photograph(0, scale)
    grey = np.asarray(Image.fromarray(frame[..., ::-1].copy()).convert("L"))
    double = cv2.resize(grey, None, fx=2, fy=2, interpolation=cv2.INTER_CUBIC)
    own = np.array([getattr(detector(double, 0)[0], side)() for side in ("left", "top", "right", "bottom")]) / 2
    box = np.array([*own[:2], *(own[2:] + 1)]) - np.array([0, 1, 0, 1]) * UP * (own[3] - own[1] + 1)
    face = found(frame, box)
    for points in ("eyes", "five"):
        face.seen(48, "grey", points)
        face.seen(32, "grey", points)
    ((scene, inside, enlarged),) = fits
    assert enlarged == upscale and scene.ndim == 2
    at = (inside - own)[:2]
    np.testing.assert_allclose(inside - np.tile(at, 2), own, atol=0.6)  # dlib rounds corners
    x, y = np.rint(-at).astype(int)
    assert np.array_equal(scene, grey[y : y + scene.shape[0], x : x + scene.shape[1]]), "a part of the frame"


def test_a_crop_is_a_box_as_the_detector_chain_takes_it(drawn_set, fits):
    image = drawn_set.images[0]
    Face.whole(image[..., ::-1]).seen(*ALIGNED)
    Face.whole(image[20:100, 30:100, 0]).seen(*ALIGNED)
    Face.whole(image[..., 0]).seen(48, "grey", None)
    assert [(tuple(box), upscale) for _, box, upscale in fits] == [((0, 0, 127, 127), 1), ((0, 0, 69, 79), 2)]


def test_where_the_eyes_coincide_the_crop_is_resized_whole(drawn_set):
    for height, width in ((1, 1), (2, 1)):
        speck = drawn_set.images[0][:height, :width]
        assert np.array_equal(Face.whole(speck).seen(*ALIGNED), Face.whole(speck).seen(48, "grey", None))


@given(
    st.tuples(st.integers(-60, 60), st.integers(-60, 60), st.integers(2, 150), st.integers(2, 150)),
    st.sampled_from(["eyes", "five"]),
)
def test_any_box_that_touches_the_frame_gives_an_image(corner, points):
    x, y, width, height = corner
    frame = np.random.default_rng(0).integers(0, 256, (50, 60), dtype=np.uint8)
    box = x, y, x + width, y + height
    if (crop := square(box, 50, 60)) is not None:
        assert Face.found(frame, crop, box).seen(24, "grey", points).shape == (24, 24)
