"""Similarities against least squares written out, and faces that come to lie where the template says."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from fer_lib.datasets import load_dataset
from fer_lib.errors import InputError
from fer_lib.faces import detect_landmarks, find_landmarks, five_points, to_grey
from fer_lib.faces.similarity import EYES, TARGETS, aligned, aligned_faces, moved_points, similarity, template, whole


def similarity_slowly(points, target):
    """Unknown a, b, tx, ty of x' = ax − by + tx, y' = bx + ay + ty: two equations a point, solved by least squares."""
    rows, values = [], []
    for (x, y), (u, v) in zip(points, target, strict=True):
        rows += [[x, -y, 1, 0], [y, x, 0, 1]]
        values += [u, v]
    a, b, tx, ty = np.linalg.lstsq(np.array(rows, float), np.array(values, float), rcond=None)[0]
    return np.array([[a, -b, tx], [b, a, ty]])


def aligned_slowly(image, matrix, size):
    """Every pixel of the square asks the picture where it comes from: bilinear, borders go on."""
    full = np.linalg.inv(np.vstack([matrix, [0, 0, 1]]))
    out = np.empty((size, size))
    for v in range(size):
        for u in range(size):
            x, y, _ = full @ [u, v, 1]
            x0, y0 = int(np.floor(x)), int(np.floor(y))
            total = 0.0
            for dy, dx in ((0, 0), (0, 1), (1, 0), (1, 1)):
                weight = (1 - abs(x - x0 - dx)) * (1 - abs(y - y0 - dy))
                row, column = np.clip(y0 + dy, 0, image.shape[0] - 1), np.clip(x0 + dx, 0, image.shape[1] - 1)
                total += weight * image[row, column]
            out[v, u] = total
    return out


@settings(max_examples=30)
@given(st.integers(0, 2**32 - 1), st.integers(2, 6))
def test_similarity_is_the_least_squares_solution(seed, count):
    rng = np.random.default_rng(seed)
    points, target = rng.uniform(0, 100, (3, count, 2)), rng.uniform(0, 100, (count, 2))
    found = similarity(points, target)
    assert found.shape == (3, 2, 3) and found.dtype == np.float64
    for matrix, row in zip(found, points, strict=True):
        assert np.allclose(matrix, similarity_slowly(row, target), atol=1e-6)


@given(st.floats(0.2, 5), st.floats(-3.1, 3.1), st.floats(-50, 50), st.floats(-50, 50))
def test_a_known_movement_is_found_again_and_never_a_reflection(scale, angle, x, y):
    points = np.random.default_rng(3).uniform(0, 50, (1, 5, 2))
    turn = scale * np.array([[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]])
    known = np.concatenate([turn, [[x], [y]]], axis=1)[None]
    target = moved_points(points, known)[0]
    assert np.allclose(similarity(points, target), known, atol=1e-9)
    mirrored = similarity(points, target * [-1, 1])[0]
    assert np.linalg.det(mirrored[:, :2]) > 0


def test_nothing_known_stays_unknown():
    points = np.array([[[1, 2], [np.nan, 0]], [[3, 3], [3, 3]], [[0, 0], [1, 0]]], float)
    found = similarity(points, template("eyes", 70))
    assert np.isnan(found[:2]).all() and np.isfinite(found[2]).all()


def test_pictures_against_every_pixel_asked_for_by_itself():
    # smooth, because OpenCV samples at thirty-seconds of a pixel
    y, x = np.mgrid[:40, :50]
    image = (127 + 60 * np.sin(x / 5) + 60 * np.cos(y / 4 + x / 9)).astype(np.uint8)
    matrices = np.array([[[1.2, -0.3, 4.1], [0.3, 1.2, -9.7]], [[0.9, 0.2, -5.0], [-0.2, 0.9, 3.3]]])
    found = aligned(np.stack([image, image]), matrices, 32)
    assert found.shape == (2, 32, 32) and found.dtype == np.uint8
    for result, matrix in zip(found, matrices, strict=True):
        assert np.abs(result - aligned_slowly(image, matrix, 32)).max() < 2


def test_a_shrinking_picture_is_averaged_and_does_not_skip_pixels():
    board = (np.indices((96, 96)).sum(0) % 2 * 255).astype(np.uint8)
    third = whole(96, 96, 32)
    assert np.abs(aligned(board[None], third[None], 32).astype(int) - 127.5).max() < 20
    blocks = np.random.default_rng(0).integers(0, 256, (96, 96)).astype(np.uint8)
    means = blocks.reshape(32, 3, 32, 3).mean((1, 3))
    assert np.abs(aligned(blocks[None], third[None], 32)[0] - means).max() <= 1


def test_an_image_does_not_depend_on_those_beside_it():
    rng = np.random.default_rng(1)
    images = rng.integers(0, 256, (5, 30, 30, 3)).astype(np.uint8)
    matrices = np.tile(whole(30, 30, 16), (5, 1, 1)) * rng.uniform(0.5, 2, (5, 1, 1))
    together = aligned(images, matrices, 16)
    assert together.shape == (5, 16, 16, 3)
    assert all(np.array_equal(together[k], aligned(images[[k]], matrices[[k]], 16)[0]) for k in range(5))


def face(eyes, side=60, bright=True):
    """68 points with these eyes and a face below them; a picture with a bright spot on each eye."""
    eyes = np.array(eyes, np.float32)
    points = np.tile(eyes.mean(0) + [0, 20], (68, 1)).astype(np.float32)
    points[36:42], points[42:48] = eyes
    image = np.zeros((side, side), np.uint8)
    if bright:
        for x, y in eyes.astype(int):
            image[y - 1 : y + 2, x - 1 : x + 2] = 255
    return image, points


def test_eyes_come_to_lie_on_the_template_and_the_rest_is_taken_whole(store):
    tilted, upright, unknown = (
        face([(20, 25), (38, 33)]),
        face([(15, 20), (45, 20)]),
        face([(1, 1), (2, 2)], bright=False),
    )
    unknown[0][:, 30:] = 200
    images, points = (np.stack(part) for part in zip(tilted, upright, unknown, strict=True))
    points[2] = np.nan
    faces = store(images, landmarks=points, face_mask=images)
    found = aligned_faces(faces, size=80, landmarks="dataset")
    assert found.images.shape == (3, 80, 80) and found.images.dtype == np.uint8
    for image in found.images[:2]:
        for x, y in np.array(EYES) * 80 - 0.5:
            assert image[round(y), round(x)] > 200
        assert image[:, 35:45].max() == 0  # nothing between the eyes
    assert (found.images[2, :, :35] == 0).all() and (found.images[2, :, 45:] == 200).all()
    assert found.card["alignment"] == {
        "landmarks": "dataset", "points": "eyes", "frame": 80, "without_landmarks": 1
    }  # fmt: skip
    assert found.name == faces.name and found.folder == faces.folder and found.samples.equals(faces.samples)
    assert not {"landmarks", "face_mask"} & found.extras.keys()


@pytest.mark.parametrize("points", sorted(TARGETS))
def test_subsets_colour_and_landmarks_agree(tmp_path, points):
    faces = load_dataset("synthetic", tmp_path, images=40, size=96, channels="rgb", style="wild")
    found = aligned_faces(faces, tmp_path, 48, landmarks="dataset", points=points)
    assert found.images.shape == (40, 48, 48)
    some = np.array([7, 3, 31])
    assert np.array_equal(
        aligned_faces(faces.subset(some), tmp_path, 48, landmarks="dataset", points=points).images, found.images[some]
    )
    five = five_points(find_landmarks(faces, tmp_path, "dataset").points)
    matrices = similarity(five[:, : len(TARGETS[points])], template(points, 48))
    off = moved_points(five, matrices)[:, : len(TARGETS[points])] - template(points, 48)
    assert np.abs(off).max() < (1e-3 if points == "eyes" else 9)
    assert np.array_equal(found.images, aligned(to_grey(faces.images), matrices, 48))


def test_unknown_points_and_sizes_are_refused(store):
    faces = store(np.zeros((1, 9, 9), np.uint8), landmarks=np.full((1, 68, 2), np.nan, np.float32))
    with pytest.raises(InputError, match="points is 'nose', expected one of eyes, five"):
        aligned_faces(faces, size=48, landmarks="dataset", points="nose")
    with pytest.raises(InputError, match="aligned to size 4, expected 8…1024"):
        aligned_faces(faces, size=4, landmarks="dataset")


def test_ckplus_faces_have_their_eyes_where_the_masks_have_them(ckplus_data):
    """CK+48 is cut with more of the head than FMPN's masks: eyes at 0.32 and 0.68 of the width."""
    faces = load_dataset("ckplus", ckplus_data).subset(np.arange(0, 981, 20))
    known = detect_landmarks(faces.images)
    assert known.has_face.all()
    five = five_points(known.points)
    again = detect_landmarks(aligned(faces.images, similarity(five[:, :2], template("eyes", 103)), 103))
    off = (five_points(again.found_points)[:, :2] + 0.5) / 103 - np.array(EYES)
    assert again.has_face.mean() > 0.95
    assert np.abs(np.nanmedian(off, axis=0)).max() < 0.01 and np.nanpercentile(np.abs(off), 95) < 0.03
