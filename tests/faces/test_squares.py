"""Faces as squares: the same picture, mask and scene as when every face is moved by itself, from its true landmarks."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.ndimage import map_coordinates
from scipy.spatial import Delaunay

from fer_lib.datasets import load_dataset
from fer_lib.errors import InputError
from fer_lib.faces import to_grey
from fer_lib.faces.similarity import aligned, moved_points, whole
from fer_lib.faces.squares import face_squares, scene_matrices, squares_of_run

SIZE, SCENE, SIDE = 80, 150, 0.6  # pictures of 64 pixels grow in both, so that nothing is averaged


@pytest.fixture(scope="module")
def drawn(tmp_path_factory):
    """40 faces of 64 pixels in colour with their true landmarks and outlines."""
    return load_dataset("synthetic", tmp_path_factory.mktemp("drawn"), images=40, size=64, channels="rgb", style="wild")


@pytest.fixture(scope="module")
def cut(drawn):
    return face_squares(drawn, size=SIZE, scene_size=SCENE, side=SIDE, landmarks="dataset")


def upright_slowly(points, canvas, side):
    """The similarity a·z + b of the plane that levels the inner corners of the eyes and puts the box around all points,
    wider by a fifth of the corners' distance on every side, into the middle of the canvas."""
    z = points.astype(float) @ (1, 1j)
    across = z[42] - z[39]
    turned = z * np.conj(across) / abs(across)
    middle = complex(turned.real.min() + turned.real.max(), turned.imag.min() + turned.imag.max()) / 2
    width = max(np.ptp(turned.real), np.ptp(turned.imag)) + 0.4 * abs(across)
    scale = side * canvas / width
    return scale * np.conj(across) / abs(across), (canvas - 1) / 2 * (1 + 1j) - scale * middle


def drawn_slowly(image, a, b, canvas):
    """Every pixel of the canvas asks the picture where it comes from; borders go on."""
    v, u = np.indices((canvas, canvas))
    z = (u + 1j * v - b) / a
    return map_coordinates(image.astype(float), [z.imag, z.real], order=1, mode="nearest")


def test_squares_masks_and_scenes_face_by_face(drawn, cut):
    grey, points = to_grey(drawn.images), drawn.extras["landmarks"]
    assert cut.images.shape == (40, SCENE, SCENE) and cut.images.dtype == np.uint8
    for name in ("square", "square_mask"):
        assert cut.extras[name].shape == (40, SIZE, SIZE) and cut.extras[name].dtype == np.uint8
    assert set(np.unique(cut.extras["square_mask"])) == {0, 255}
    pixels = np.indices((SIZE, SIZE))[::-1].reshape(2, -1).T
    for row in range(0, 40, 5):
        a, b = upright_slowly(points[row], SIZE, 1)
        square = drawn_slowly(grey[row], a, b, SIZE)
        assert np.abs(cut.extras["square"][row] - square).mean() < 1
        moved = a * (points[row].astype(float) @ (1, 1j)) + b
        inside = Delaunay(np.stack([moved.real, moved.imag], 1)).find_simplex(pixels).reshape(SIZE, SIZE) >= 0
        assert (inside != (cut.extras["square_mask"][row] > 0)).sum() <= 2, "but for pixels on an edge"
        scene = drawn_slowly(grey[row], *upright_slowly(points[row], SCENE, SIDE), SCENE)
        assert np.abs(cut.images[row] - scene).mean() < 1


def test_masks_end_where_the_true_landmarks_do(drawn, cut):
    for mask, points in zip(cut.extras["square_mask"], drawn.extras["landmarks"], strict=True):
        a, b = upright_slowly(points, SIZE, 1)
        z = a * (points.astype(float) @ (1, 1j)) + b
        rows, columns = np.flatnonzero(mask.any(1)), np.flatnonzero(mask.any(0))
        x, y = z.real, z.imag
        # the first and last pixels within; less than one pixel of a corner may lie beyond them
        for found, place in ((columns, x), (rows, y)):
            assert -1e-3 < found[0] - place.min() < 1.6 and -1e-3 < place.max() - found[-1] < 1.6
        assert max(np.ptp(x), np.ptp(y)) < SIZE


def test_hulls_lie_on_the_drawn_faces(drawn, cut):
    shares = []
    for hull, face, points in zip(
        cut.extras["square_mask"], drawn.extras["face_mask"], drawn.extras["landmarks"], strict=True
    ):
        face = drawn_slowly(face, *upright_slowly(points, SIZE, 1), SIZE) > 127
        shares.append((face & (hull > 0)).sum() / (hull > 0).sum())
    assert min(shares) > 0.9 and np.median(shares) > 0.97


def test_the_square_lies_in_the_middle_of_its_scene(drawn):
    some = drawn.subset(np.arange(8))
    options = {"size": 40, "landmarks": "dataset"}
    alone = face_squares(some, scene_size=40, **options)
    assert np.array_equal(alone.images, alone.extras["square"])
    half = face_squares(some, scene_size=80, side=0.5, **options)
    middle = half.images[:, 20:60, 20:60].astype(int)
    assert np.abs(middle - alone.extras["square"]).max() <= 8  # OpenCV samples at thirty-seconds of a pixel
    assert np.array_equal(half.extras["square_mask"], alone.extras["square_mask"])


@given(st.integers(8, 200), st.floats(0.2, 1), st.integers(0, 2**32 - 1))
def test_scenes_are_squares_scaled_about_their_centre(size, side, seed):
    rng = np.random.default_rng(seed)
    matrices, points = rng.uniform(-2, 2, (3, 2, 3)), rng.uniform(0, 50, (3, 4, 2))
    centre = (size - 1) / 2
    expected = centre + side * (moved_points(points, matrices) - centre)
    assert np.allclose(moved_points(points, scene_matrices(matrices, size, side)), expected)


def test_spots_lie_on_their_landmarks_in_squares_and_scenes(drawn, store):
    """What the picture shows, the mask and the landmarks agree to a fraction of a pixel."""
    points = drawn.extras["landmarks"][:8]
    v, u = np.indices((64, 64))
    nose = points[:, 30, :, None, None]
    images = (255 * np.exp(-((u - nose[:, 0]) ** 2 + (v - nose[:, 1]) ** 2) / 8)).astype(np.uint8)
    found = face_squares(store(images, landmarks=points), size=70, scene_size=90, side=0.5, landmarks="dataset")
    for pictures, canvas, side in ((found.extras["square"], 70, 1), (found.images, 90, 0.5)):
        rows, columns = np.indices((canvas, canvas))
        for picture, known in zip(pictures.astype(float), points, strict=True):
            a, b = upright_slowly(known, canvas, side)
            place = a * complex(*known[30]) + b
            centre = complex(np.average(columns, weights=picture), np.average(rows, weights=picture))
            assert abs(centre - place) < 0.25


def test_pictures_without_landmarks_are_left_out_and_counted(drawn, store, capsys):
    points = drawn.extras["landmarks"][:5].copy()
    points[1, 20] = np.nan
    points[3, 39] = points[3, 42]  # nothing says which way is up
    images = to_grey(drawn.images[:5])
    faces = store(images, landmarks=points, face_mask=images, marks=np.arange(5))
    capsys.readouterr()
    found = face_squares(faces, size=32, scene_size=40, side=0.8, landmarks="dataset")
    assert capsys.readouterr().out == "tiny: 3 faces with masks (hull), left out without landmarks: 2\n"
    assert found.card == {
        **faces.card,
        "squares": {
            "masks": "hull", "landmarks": "dataset", "size": 32, "scene_size": 40, "side": 0.8, "left_out": 2
        },
    }  # fmt: skip
    assert found.rows.tolist() == [0, 2, 4] and found.samples.equals(faces.subset([0, 2, 4]).samples)
    assert found.extras.keys() == {"marks", "square", "square_mask"} and found.extras["marks"].tolist() == [0, 2, 4]
    again = squares_of_run(faces.subset([4, 3, 2]), "data", found.card["squares"])
    assert np.array_equal(again.images, found.images[[2, 1]])
    assert np.array_equal(again.extras["square"], found.extras["square"][[2, 1]])
    assert np.array_equal(again.extras["square_mask"], found.extras["square_mask"][[2, 1]])


def test_own_masks_of_whole_pictures(drawn):
    own = face_squares(drawn, size=64, scene_size=64, masks="dataset")
    assert np.array_equal(own.extras["square_mask"], drawn.extras["face_mask"])
    assert np.array_equal(own.extras["square"], to_grey(drawn.images)) and np.array_equal(
        own.images, own.extras["square"]
    )
    assert own.card["squares"]["landmarks"] is None and len(own) == 40
    half = face_squares(drawn, size=32, scene_size=80, side=0.4, masks="dataset")
    blocks = (drawn.extras["face_mask"] > 0).reshape(40, 32, 2, 32, 2).mean((2, 4))
    assert np.array_equal(half.extras["square_mask"] > 0, blocks >= 0.5)
    middle = aligned(to_grey(drawn.images), np.tile(whole(64, 64, 32), (40, 1, 1)), 32)
    assert np.abs(half.images[:, 24:56, 24:56].astype(int) - middle).max() <= 8
    assert np.array_equal(half.images[:, :20, :20], np.tile(half.images[:, :1, :1], (1, 20, 20))), "the border goes on"


def test_faces_on_black(store, capsys):
    images = np.zeros((3, 24, 24), np.uint8)
    images[0, 6:18, 8:16] = 1
    images[2, 3:9, 3:9] = 200
    found = face_squares(store(images), size=48, scene_size=24, masks="black")
    assert "2 faces with masks (black), left out with an empty mask: 1" in capsys.readouterr().out
    assert found.rows.tolist() == [0, 2] and found.card["squares"]["left_out"] == 1
    for mask, picture in zip(found.extras["square_mask"], images[[0, 2]], strict=True):
        assert np.array_equal(mask > 0, np.kron(picture > 0, np.ones((2, 2))) > 0)


@pytest.mark.parametrize("side", [0.19, 1.01, float("nan"), True, "1"])
def test_sides_that_are_none(drawn, side):
    with pytest.raises(InputError, match="side .*, expected 0.2…1"):
        face_squares(drawn, size=48, scene_size=48, side=side, masks="dataset")


def test_hulls_of_real_faces_fill_their_squares(ckplus_data):
    faces = load_dataset("ckplus", ckplus_data)
    found = face_squares(faces, ckplus_data, size=64, scene_size=64)
    assert len(found) == len(faces) == 981
    inside = found.extras["square_mask"] > 0
    assert (
        0.58 < np.median(inside.mean((1, 2))) < 0.65 and not inside[:, [0, -1]].any() and not inside[..., [0, -1]].any()
    )
