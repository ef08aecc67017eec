"""Image files of any bytes, and frames of any shape, through the recogniser."""

import io
import warnings
from copy import copy
from functools import partial

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import array_shapes, arrays
from PIL import Image

from fer_lib.datasets.image_files import RESIZES, read_image
from fer_lib.datasets.stream_reading import read_chunk
from fer_lib.recognizer import Recognizer
from fer_lib.recognizer.detectors import make_detector
from fer_lib.recognizer.images import read_frame

from ..recognizer.conftest import one_thread, run, train  # noqa: F401
from . import accepted, bounded, damaged


def stored(mode: str, format: str, **options) -> bytes:
    pixels = np.random.default_rng(5).integers(0, 256, (40, 36, 4), np.uint8)
    held = io.BytesIO()
    picture = Image.fromarray(pixels[..., :3]).convert(mode) if mode != "RGBA" else Image.fromarray(pixels)
    picture.save(held, format, **options)
    return held.getvalue()


FILES = {
    "png": stored("RGB", "PNG"),
    "palette.png": stored("P", "PNG"),
    "alpha.png": stored("RGBA", "PNG"),
    "16.png": stored("I;16", "PNG"),
    "jpg": stored(
        "RGB",
        "JPEG",
        exif=b"Exif\x00\x00MM\x00*\x00\x00\x00\x08\x00\x01\x01\x12\x00\x03\x00\x00\x00\x01\x00\x06\x00\x00",
    ),
    "gif": stored("P", "GIF"),
    "bmp": stored("L", "BMP"),
    "float.tif": stored("F", "TIFF"),
    "tif": stored("RGB", "TIFF", compression="tiff_lzw"),
    "webp": stored("RGB", "WEBP"),
}


@pytest.fixture(scope="module")
def recognizer(run):  # noqa: F811
    return Recognizer(model=run, device="cpu")


def check(results: list[dict], frame: np.ndarray, classes) -> None:
    height, width = frame.shape[:2]
    for face in results:
        assert 0 <= face["xmin"] < face["xmax"] <= width and 0 <= face["ymin"] < face["ymax"] <= height
        shares = [value for entry in face["proba_list"] for value in entry.values()]
        assert face["emo_label"] in classes and np.isclose(sum(shares), 1, atol=1e-3) and min(shares) >= 0


@pytest.mark.parametrize("name", FILES)
def test_files_are_read_or_refused(name, recognizer, tmp_path):
    path = tmp_path / f"a.{name.rpartition('.')[2]}"

    @bounded(40)
    @given(damaged(FILES[name]) | st.binary(max_size=40))
    def every(content):
        path.write_bytes(content)
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # Pillow's, of what it repairs
            frame = accepted(lambda: read_frame(path))
            if frame is not None and frame.size < 10**7:
                assert frame.dtype == np.uint8 and frame.ndim == 3 and frame.shape[2] == 3
                label, share, _ = recognizer.detect_emotion_for_single_face_image(frame)
                assert label in recognizer.classes and 0 < share <= 1
                check(recognizer.detect_emotion_for_single_frame(frame), frame, recognizer.classes)
            for resize in RESIZES:
                small = accepted(partial(read_image, path, 16, "grey", resize))
                assert small is None or (small.shape == (16, 16) and small.dtype == np.uint8)
            images, facts, faults = read_chunk(str(tmp_path), [path.name], 16, "rgb")
            assert images.shape == (1, 16, 16, 3) and (facts["width"][0] > 0) == (not faults)

    every()


FRAMES = arrays(
    st.sampled_from([np.uint8, np.float32, bool]), array_shapes(min_dims=1, max_dims=4, max_side=40)
) | arrays(
    np.uint8, st.tuples(st.integers(1, 200), st.integers(1, 200), st.just(3)), elements=st.sampled_from([0, 255, 127])
)
BOXES = st.lists(st.tuples(*[st.floats() | st.integers(-300, 300)] * 4) | st.just((1, 2)) | st.none(), max_size=3)


@bounded(150)
@given(FRAMES | st.none() | st.text(max_size=3), BOXES)
def test_frames_and_boxes_are_answered_or_refused(recognizer, frame, boxes):
    made = copy(recognizer)
    made.detector = make_detector(lambda _: boxes)
    for act in (made.detect_faces, made.detect_emotion_for_single_frame, made.detect_emotion_for_single_face_image):
        found = accepted(lambda act=act: act(frame))
        if isinstance(found, list) and act == made.detect_emotion_for_single_frame:
            check(found, frame, made.classes)
            assert accepted(lambda found=found: made.draw(frame.copy(), found)) is not None
