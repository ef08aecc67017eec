import cv2
import numpy as np
import pytest

from fer_lib.errors import InputError
from fer_lib.faces import DetectorOptions, detect_landmarks, to_grey
from fer_lib.faces.detector import choose, to_native


def test_landmarks_sit_on_drawn_faces(portraits):
    truth = portraits.extras["landmarks"]
    found = detect_landmarks(portraits.images)
    assert found.has_face.mean() > 0.95
    eyes = np.linalg.norm(truth[:, 36] - truth[:, 45], axis=1)
    error = np.linalg.norm(found.points - truth, axis=2).mean(1) / eyes
    assert np.nanmedian(error) < 0.06  # of the distance between the outer eye corners


def test_grey_and_rgb_give_the_same_landmarks(portraits):
    images = portraits.images[:6]
    grey, rgb = detect_landmarks(to_grey(images)), detect_landmarks(images)
    assert np.array_equal(grey.points, rgb.points, equal_nan=True)


def test_half_pixel_convention(portraits):
    """The same enlarged pixels, once enlarged by hand: the two answers differ by the mapping only."""
    image = to_grey(portraits.images[0])
    doubled = cv2.resize(image, None, fx=2, fy=2, interpolation=cv2.INTER_CUBIC)
    by_hand = detect_landmarks(doubled[None], upscale=1)
    native = detect_landmarks(image[None], upscale=2)
    assert np.allclose(native.points, (by_hand.points + 0.5) / 2 - 0.5)
    assert np.allclose(native.table[["x0", "y1"]], (by_hand.table[["x0", "y1"]] + 0.5) / 2 - 0.5)


@pytest.mark.parametrize("upscale", [1, 2, 3])
def test_mapping_puts_pixel_centres_on_pixel_centres(upscale):
    """A pixel becomes a block of upscale × upscale; the block's centre maps back to the pixel's."""
    block = np.arange(5 * upscale, 6 * upscale)
    assert to_native(block, upscale).mean() == pytest.approx(5)
    assert (np.rint(to_native(block, upscale)) == 5).all()


def test_small_images_are_doubled_first_and_larger_ones_are_not():
    assert DetectorOptions().resolved(48, 48)["upscale"] == 2
    assert DetectorOptions().resolved(95, 300)["upscale"] == 2
    assert DetectorOptions().resolved(96, 96)["upscale"] == 1
    assert DetectorOptions(upscale=3).resolved(48, 48)["upscale"] == 3


def test_no_face_gives_nan_and_a_flag():
    noise = np.random.default_rng(0).integers(0, 256, (2, 48, 48), dtype=np.uint8)
    found = detect_landmarks(np.concatenate([noise, np.zeros((1, 48, 48), np.uint8)]))
    assert not found.has_face.any() and np.isfinite(found.points).all() and np.isnan(found.found_points).all()
    assert found.summary() == "3 images, 0 with a face (0.0 %)"
    assert (found.table["detector"] == "whole_image").all() and (found.table["faces_found"] == 0).all()


def test_which_of_several_faces():
    areas, scores = [9, 25, 16], [2.0, 0.5, 0.1]
    assert [choose(areas, scores, how) for how in ("largest", "best", "last")] == [1, 0, 2]


def test_the_larger_of_two_faces_is_kept(portraits):
    large, small = portraits.images[0], cv2.resize(portraits.images[1], (100, 100))
    scene = np.zeros((300, 500, 3), np.uint8)
    scene[40:240, 20:220] = cv2.resize(large, (200, 200))
    scene[100:200, 330:430] = small
    found = detect_landmarks(scene[None])
    assert found.table["faces_found"][0] == 2
    assert found.points[0, :, 0].max() < 240


def test_no_images_at_all():
    assert len(detect_landmarks(np.empty((0, 48, 48), np.uint8))) == 0


def test_bad_options_are_named():
    image = np.zeros((1, 48, 48), np.uint8)
    with pytest.raises(InputError, match="no option 'treshold'; did you mean 'threshold'"):
        detect_landmarks(image, treshold=0)
    with pytest.raises(InputError, match="expected one of largest, best, last"):
        detect_landmarks(image, face_choice="first")
    with pytest.raises(InputError, match="upscale is 0"):
        detect_landmarks(image, upscale=0)
