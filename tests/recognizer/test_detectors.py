"""Boxes of faces: the formula, frames of all sizes, and photographs."""

import cv2
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from fer_lib.errors import InputError
from fer_lib.recognizer import Recognizer, read_frame
from fer_lib.recognizer.detectors import Scaled, square


@pytest.fixture
def recognizer():
    return Recognizer()


def corners(box):
    return box["xmin"], box["ymin"], box["xmax"], box["ymax"]


@pytest.mark.parametrize(
    ("box", "expected"),
    [
        ((100, 100, 200, 200), (95, 95, 205, 205)),  # half side 1.1 · 200 / 4 = 55
        ((100, 100, 150, 180), (89, 104, 160, 175)),  # 130 // 4 = 32, · 1.1 = 35.2; 125 − 35.2 is cut to 89
        ((101.9, 100.2, 200.9, 200.1), (96, 96, 203, 203)),  # whole pixels first; 199 // 4 = 49, · 1.1 = 53.9
        ((-30, 10, 70, 110), (0, 4, 75, 115)),  # cut off at the left; 50 · 1.1 is 55.00000000000001, as in rmn
        ((560, 380, 660, 480), (555, 375, 640, 480)),  # at the right and at the bottom
        ((700, 10, 800, 110), None),
        ((10, 10, 12, 11), None),  # 3 // 4 = 0
    ],
)
def test_squares_by_hand(box, expected):
    assert square(box, 480, 640) == expected


numbers = st.integers(-100, 900)


@given(numbers, numbers, st.integers(1, 500), st.integers(1, 500), st.integers(1, 700), st.integers(1, 700))
def test_squares_stay_inside_and_are_square_where_nothing_is_cut_off(x, y, w, h, height, width):
    found = square((x, y, x + w, y + h), height, width)
    if found is not None:
        left, top, right, bottom = found
        assert 0 <= left < right <= width and 0 <= top < bottom <= height
        if left > 0 and top > 0 and right < width and bottom < height:
            assert right - left == bottom - top
            assert abs((right - left) - 1.1 * (w + h) / 2) < 4


@pytest.mark.parametrize(
    ("height", "width", "seen"),
    [(200, 300, (400, 600)), (480, 640, (480, 640)), (3200, 1600, (1600, 800)), (1, 1, (2, 2)), (3, 9000, (1, 1600))],
)
@pytest.mark.parametrize("channels", [(), (3,)])
def test_a_detector_sees_a_size_that_it_is_good_at(height, width, seen, channels):
    sizes = []

    def find(frame):
        sizes.append(frame.shape)
        rows, columns = frame.shape[:2]
        return np.array([[0, 0, columns, rows], [columns / 4, rows / 2, columns / 2, rows]])

    boxes = Scaled(find, longest=1600, doubled_below=320)(np.zeros((height, width, *channels), np.uint8))
    assert sizes == [(*seen, *channels)]
    np.testing.assert_allclose(boxes, [(0, 0, width, height), (width / 4, height / 2, width / 2, height)])


def test_ones_own_detector():
    frame = np.zeros((100, 200, 3), np.uint8)
    given = Recognizer(detector=lambda frame: np.array([[20, 20, 60.5, 60]])).detect_faces(frame)
    assert given == [{"xmin": 18, "ymin": 18, "xmax": 62, "ymax": 62}]
    assert Recognizer(detector=lambda frame: ()).detect_faces(frame) == []
    for wrong in ((1, 2, 3), "face", (1, 2, 3, None), (1, 2, 3, np.nan), 7):
        with pytest.raises(InputError, match="expected four numbers xmin, ymin, xmax, ymax"):
            Recognizer(detector=lambda frame, box=wrong: [box]).detect_faces(frame)


def test_no_face(recognizer):
    noise = np.random.default_rng(0).integers(0, 256, (120, 160, 3), dtype=np.uint8)
    for frame in (noise, np.zeros((1, 1), np.uint8), np.zeros((300, 2, 3), np.uint8), np.zeros((2, 5000), np.uint8)):
        assert recognizer.detect_faces(frame) == []


def test_many_faces(recognizer, portraits):
    """Six drawn faces, one in each tile."""
    mosaic = np.concatenate([np.concatenate(portraits[k : k + 3], axis=1) for k in (0, 3)])
    boxes = np.array([corners(box) for box in recognizer.detect_faces(mosaic)])
    tiles = {(int(y) // 128, int(x) // 128) for x, y in (boxes[:, :2] + boxes[:, 2:]) / 2}
    assert len(boxes) == 6 and len(tiles) == 6


def test_grey_and_colour_give_the_same_boxes(recognizer, portraits):
    grey = cv2.cvtColor(portraits[0], cv2.COLOR_BGR2GRAY)
    assert recognizer.detect_faces(grey) == recognizer.detect_faces(portraits[0]) != []


def test_a_face_in_ten_thousand_by_ten_thousand_pixels(recognizer, portraits):
    """Searched on a reduced copy: the box is the one of the portrait alone, larger and shifted."""
    frame = np.zeros((10_000, 10_000, 3), np.uint8)
    frame[4000:6000, 6000:8000] = cv2.resize(portraits[0], (2000, 2000), interpolation=cv2.INTER_LINEAR)
    (found,), (alone,) = recognizer.detect_faces(frame), recognizer.detect_faces(portraits[0])
    expected = np.array(corners(alone)) * 2000 / 128 + [6000, 4000, 6000, 4000]
    side = found["xmax"] - found["xmin"]
    assert np.abs(np.array(corners(found)) - expected).max() < 0.2 * side


def test_haar_where_this_opencv_has_it(portraits, monkeypatch, tmp_path):
    if hasattr(cv2, "CascadeClassifier"):
        recognizer = Recognizer(detector="haar")
        found = [recognizer.detect_faces(portrait) for portrait in portraits[:10]]
        assert sum(len(boxes) == 1 for boxes in found) >= 6
    monkeypatch.setattr(cv2, "data", None, raising=False)
    with pytest.raises(InputError, match="detector 'haar': OpenCV .* ships no cascades.*use 'dlib' instead"):
        Recognizer(detector="haar")


def test_yunet_tells_where_its_file_belongs(monkeypatch, tmp_path):
    monkeypatch.chdir(tmp_path)
    with pytest.raises(InputError, match="weights/face_detection_yunet_2023mar.onnx is not there; download .*https://"):
        Recognizer(detector="yunet")
    path = tmp_path / "data" / "weights" / "face_detection_yunet_2023mar.onnx"
    path.parent.mkdir(parents=True)
    path.write_bytes(b"half a file")
    with pytest.raises(InputError, match="yunet_2023mar.onnx: OpenCV cannot read it, expected"):
        Recognizer(detector="yunet")


def test_yunet_gives_width_and_height(monkeypatch, tmp_path):
    """Its network stands for the file, which no test may fetch."""

    class Network:
        def setInputSize(self, size):
            self.size = size

        def detect(self, frame):
            assert frame.shape == (self.size[1], self.size[0], 3)
            found = np.zeros((1, 15), np.float32)
            found[0, :4] = 100, 50, 40, 60
            return 1, found if frame.any() else None

    monkeypatch.chdir(tmp_path)
    path = tmp_path / "data" / "weights" / "face_detection_yunet_2023mar.onnx"
    path.parent.mkdir(parents=True)
    path.touch()
    monkeypatch.setattr(cv2.FaceDetectorYN, "create", lambda *args, **options: Network())
    recognizer = Recognizer(detector="yunet")
    for frame in (np.full((640, 1280, 3), 9, np.uint8), np.full((640, 1280), 9, np.uint8)):  # seen half as large
        assert recognizer.detect_faces(frame) == [{"xmin": 185, "ymin": 105, "xmax": 295, "ymax": 215}]
    assert recognizer.detect_faces(np.zeros((640, 1280, 3), np.uint8)) == []


def test_every_london_photograph_has_one_face(recognizer, london):
    photographs = [read_frame(path) for path in london]
    found = [recognizer.detect_faces(photograph) for photograph in photographs]
    assert len(found) == 204 and all(len(boxes) == 1 for boxes in found)
    boxes = np.array([corners(box) for (box,) in found])
    assert ((boxes[:, 2:] - boxes[:, :2]) > 80).all() and (boxes[:, :2] > 0).all() and (boxes[:, 2:] < 256).all()


def test_london_faces_in_a_crowd_and_at_the_borders(recognizer, london):
    photographs = [read_frame(path) for path in london[:12]]
    crowd = np.concatenate([np.concatenate(photographs[k : k + 4], axis=1) for k in (0, 4, 8)])
    assert len(recognizer.detect_faces(crowd)) == 12
    photograph = photographs[0]
    (box,) = recognizer.detect_faces(photograph)
    side = box["xmax"] - box["xmin"]
    for cut in (
        photograph[:, box["xmin"] + side // 12 :],
        photograph[:, : box["xmax"] - side // 12],
        photograph[box["ymin"] + side // 12 :],
        photograph[: box["ymax"] - side // 12],
    ):
        (found,) = recognizer.detect_faces(cut)
        height, width = cut.shape[:2]
        left, top, right, bottom = corners(found)
        assert 0 <= left < right <= width and 0 <= top < bottom <= height
        assert left == 0 or top == 0 or right == width or bottom == height
        assert max(right - left, bottom - top) > 0.8 * side
