"""What a user will try: a frame, or one clear sentence; and what the recogniser answers to it."""

import time
import warnings

import numpy as np
import pytest
from PIL import Image

from fer_lib.errors import InputError
from fer_lib.recognizer import Recognizer, read_frame

from ..training.conftest import CLASSES


def save_whole(path, image, **options):
    image.save(path, **options)


def turned(path, image):
    exif = Image.Exif()
    exif[0x0112] = 6  # upright is a quarter turn clockwise
    image.transpose(Image.Transpose.ROTATE_90).save(path, exif=exif, quality=95)


def sixteen(path, image):
    Image.fromarray(np.asarray(image.convert("L")).astype(np.uint16) * 257).save(path)


def transparent(path, image):
    image.putalpha(255)
    image.save(path)


def animated(path, image):
    image.save(path, save_all=True, append_images=[Image.new("RGB", image.size)] * 2)


#: File name → how a portrait is written into it.
GOOD = {
    "plain.png": save_whole,
    "photograph.jpg": save_whole,
    "LOUD.JPEG": save_whole,
    "ümlaut 笑顔 🙂 .webp": save_whole,
    "sixteen bits.png": sixteen,
    "sixteen bits.tif": sixteen,
    "cmyk.jpg": lambda path, image: image.convert("CMYK").save(path, quality=95),
    "cmyk.tif": lambda path, image: image.convert("CMYK").save(path),
    "palette.png": lambda path, image: image.quantize(256).save(path),
    "grey.png": lambda path, image: image.convert("L").save(path),
    "grey alpha.png": lambda path, image: image.convert("LA").save(path),
    "alpha.png": transparent,
    "turned.jpg": turned,
    "animated.gif": animated,
}

BAD = {
    "empty.jpg": (b"", "empty file, expected an image"),
    "text.png": ("Ceci n’est pas une image.\n".encode() * 99, "not a readable image, expected an image"),
    "short.png": (b"\x89PNG\r\n\x1a\n" + bytes(30), "not a readable image, expected an image"),
}


@pytest.fixture(scope="module")
def recognizer(run):
    return Recognizer(model=run, device="cpu")


@pytest.mark.parametrize("name", GOOD)
def test_images_of_every_kind_have_their_face_classified(name, tmp_path, portraits, recognizer):
    portrait = portraits[3]
    GOOD[name](tmp_path / name, Image.fromarray(portrait[..., ::-1]))
    frame = read_frame(tmp_path / name)
    assert frame.dtype == np.uint8 and frame.shape == portrait.shape and frame.flags.c_contiguous
    expected = portrait
    if name.startswith(("grey", "sixteen")):
        expected = np.repeat(np.asarray(Image.fromarray(portrait[..., ::-1]).convert("L"))[..., None], 3, axis=-1)
    assert np.abs(frame.astype(int) - expected).mean() < 6
    (face,) = recognizer.detect_emotion_for_single_frame(frame)
    assert face["emo_label"] in CLASSES


@pytest.mark.parametrize("name", BAD)
def test_files_that_are_no_images_are_named(name, tmp_path):
    content, said = BAD[name]
    (tmp_path / name).write_bytes(content)
    with pytest.raises(InputError) as caught:
        read_frame(str(tmp_path / name))
    assert str(caught.value) == f"{tmp_path / name}: {said}"


def test_half_a_jpeg_a_folder_and_nothing_are_named(tmp_path, portraits):
    Image.fromarray(portraits[0]).save(tmp_path / "whole.jpg")
    (tmp_path / "half.jpg").write_bytes((tmp_path / "whole.jpg").read_bytes()[:1500])
    for path, said in (
        (tmp_path / "half.jpg", "not a readable image"),
        (tmp_path, "a folder"),
        (tmp_path / "none.jpg", "no such file"),
    ):
        with pytest.raises(InputError, match=f"^{path}: {said}, expected an image$"):
            read_frame(path)


def test_one_pixel(tmp_path, recognizer):
    Image.fromarray(np.full((1, 1, 3), 7, np.uint8)).save(tmp_path / "pixel.png")
    frame = read_frame(tmp_path / "pixel.png")
    assert frame.shape == (1, 1, 3) and (frame == 7).all()
    assert recognizer.detect_emotion_for_single_frame(frame) == []
    assert recognizer.detect_emotion_for_single_face_image(frame)[0] in CLASSES
    assert recognizer.draw(frame, []) is frame


def test_a_hundred_million_pixels(tmp_path, recognizer):
    """Pillow would warn; nothing is said, and a face-less picture of this size has no faces."""
    Image.new("L", (10_000, 10_000), 90).save(tmp_path / "large.png", compress_level=1)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        started = time.perf_counter()
        frame = read_frame(tmp_path / "large.png")
        assert recognizer.detect_emotion_for_single_frame(frame) == []
    assert frame.shape == (10_000, 10_000, 3) and time.perf_counter() - started < 120


def test_a_bomb_is_not_set_off(tmp_path):
    """A small file that would unfold to a gigabyte."""
    path = tmp_path / "bomb.png"
    Image.new("1", (19_000, 19_000)).save(path)
    assert path.stat().st_size < 200_000
    with pytest.raises(InputError, match=r"bomb.png: more than 178 million pixels, expected fewer"):
        read_frame(path)
