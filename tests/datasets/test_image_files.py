"""Images of every usual kind, and one sentence for each that cannot be read."""

import numpy as np
import pytest
from PIL import Image

from fer_lib.datasets.image_files import SUFFIXES, read_image, read_images
from fer_lib.errors import InputError


def ramp(height=48, width=48):
    """uint8, dark on the left, a bright bar at the top."""
    image = np.tile(np.linspace(0, 200, width).astype(np.uint8), (height, 1))
    image[: height // 4] = 255
    return image


def test_a_grey_image_of_the_right_size_is_not_touched(tmp_path):
    image = np.random.default_rng(0).integers(0, 256, (48, 48), dtype=np.uint8)
    for suffix in (".png", ".bmp", ".tif", ".tiff"):
        Image.fromarray(image).save(tmp_path / f"a{suffix}")
        assert np.array_equal(read_image(tmp_path / f"a{suffix}", 48), image)


@pytest.mark.parametrize("suffix", SUFFIXES)
@pytest.mark.parametrize("mode", ["L", "RGB"])
def test_every_format_and_any_size(tmp_path, suffix, mode):
    Image.fromarray(ramp(96, 96)).convert(mode).save(
        tmp_path / f"a{suffix}", **({"quality": 95} if suffix == ".webp" else {})
    )
    found = read_image(tmp_path / f"a{suffix}", 48)
    assert found.dtype == np.uint8 and found.shape == (48, 48)
    assert np.abs(found.astype(int) - ramp()).mean() < 4


def test_modes(tmp_path):
    grey = ramp()
    colour = Image.fromarray(grey).convert("RGB")
    kinds = {
        "16 bit": Image.fromarray(grey.astype(np.uint16) * 257),
        "32 bit": Image.fromarray(grey.astype(np.int32) * 257),
        "palette": Image.fromarray(grey).convert("P"),
        "RGBA": colour.convert("RGBA"),
        "grey and alpha": Image.fromarray(grey).convert("LA"),
    }
    for name, image in kinds.items():
        path = tmp_path / f"{name}.{'tif' if name == '32 bit' else 'png'}"
        image.save(path)
        assert np.abs(read_image(path, 48).astype(int) - grey).max() <= 1, name
    colour.convert("CMYK").save(tmp_path / "cmyk.tif")
    assert np.abs(read_image(tmp_path / "cmyk.tif", 48).astype(int) - grey).max() <= 2
    Image.fromarray(grey > 100).save(tmp_path / "bits.png")
    assert np.array_equal(read_image(tmp_path / "bits.png", 48), (grey > 100) * np.uint8(255))


def test_transparency_lies_over_white(tmp_path):
    image = Image.fromarray(np.zeros((48, 48, 4), np.uint8))
    image.save(tmp_path / "clear.png")
    assert (read_image(tmp_path / "clear.png", 48) == 255).all()
    palette = Image.fromarray(np.zeros((48, 48), np.uint8)).convert("P")
    palette.save(tmp_path / "palette.png", transparency=0)
    assert (read_image(tmp_path / "palette.png", 48) == 255).all()


def test_exif_orientation_is_applied(tmp_path):
    exif = Image.Exif()
    exif[0x0112] = 6  # the camera was turned; upright is a quarter turn clockwise
    Image.fromarray(ramp()).save(tmp_path / "turned.png", exif=exif)
    assert np.array_equal(read_image(tmp_path / "turned.png", 48), np.rot90(ramp(), -1))


def test_colour(tmp_path):
    image = np.zeros((48, 48, 3), np.uint8)
    image[..., 0] = 200
    Image.fromarray(image).save(tmp_path / "red.png")
    assert np.array_equal(read_image(tmp_path / "red.png", 48, "rgb"), image)
    assert np.array_equal(np.unique(read_image(tmp_path / "red.png", 48)), [60])
    Image.fromarray(ramp()).save(tmp_path / "grey.png")
    assert read_image(tmp_path / "grey.png", 24, "rgb").shape == (24, 24, 3)


def test_three_ways_to_a_square(tmp_path):
    wide = np.full((20, 40), 100, np.uint8)
    wide[:, :10], wide[:, 30:] = 50, 200
    Image.fromarray(wide).save(tmp_path / "wide.png")
    stretched, padded, cropped = (
        read_image(tmp_path / "wide.png", 20, "grey", way) for way in ("stretch", "pad", "crop")
    )
    assert stretched[10, 0] == 50 and stretched[10, -1] == 200
    assert (padded[:4] == 0).all() and (padded[-4:] == 0).all() and padded[10, 0] == 50
    assert (cropped[:, 1:-1] == 100).all()


BAD = {
    "empty.png": (b"", "empty file, expected an image"),
    "text.jpg": (b"not an image at all", "not a readable image, expected an image"),
    "short.png": (b"\x89PNG\r\n\x1a\n" + bytes(30), "not a readable image, expected an image"),
}


@pytest.mark.parametrize(("name", "content", "sentence"), [(n, c, s) for n, (c, s) in BAD.items()], ids=BAD)
def test_what_cannot_be_read_is_named(tmp_path, name, content, sentence):
    (tmp_path / name).write_bytes(content)
    with pytest.raises(InputError) as caught:
        read_images([tmp_path / name], 48)
    assert str(caught.value) == f"{tmp_path / name}: {sentence}"


def test_a_truncated_image_and_unknown_ranges_are_named(tmp_path):
    noise = np.random.default_rng(0).integers(0, 256, (64, 64), dtype=np.uint8)
    Image.fromarray(noise).save(tmp_path / "whole.jpg")
    (tmp_path / "half.jpg").write_bytes((tmp_path / "whole.jpg").read_bytes()[:1000])
    with pytest.raises(InputError, match="half.jpg: not a readable image"):
        read_image(tmp_path / "half.jpg", 48)
    Image.fromarray(np.full((8, 8), 0.5, np.float32)).save(tmp_path / "float.tif")
    with pytest.raises(InputError, match="float.tif: floating-point pixels of no known range, expected 8 or 16 bits"):
        read_image(tmp_path / "float.tif", 48)
    Image.fromarray(np.full((8, 8), 70000, np.int32)).save(tmp_path / "wide.tif")
    with pytest.raises(InputError, match="wide.tif: pixels from 70000 to 70000, expected 8 or 16 bits"):
        read_image(tmp_path / "wide.tif", 48)


def test_a_part_is_kept_in_place_of_the_whole(tmp_path):
    image = np.random.default_rng(0).integers(0, 256, (40, 80), dtype=np.uint8)
    Image.fromarray(image).save(tmp_path / "a.png")
    kept = read_image(tmp_path / "a.png", 20, part=(0.25, 0.5, 0.5, 0.25))
    assert np.array_equal(kept, image[10:30, 40:60])
    half = read_image(tmp_path / "a.png", 8, part=[0.1, 0.2, 0.4, 0.2])  # means of 2 × 2 and what lies beside them
    means = image[4:20, 16:32].reshape(8, 2, 8, 2).mean(axis=(1, 3))
    assert np.corrcoef(half.ravel(), means.ravel())[0, 1] > 0.8
    assert read_image(tmp_path / "a.png", 8, part=(0.7, 0.7, 0.1 + 0.2, 0.1 + 0.2)).shape == (
        8,
        8,
    )  # 1 but for rounding
    assert np.array_equal(read_images([tmp_path / "a.png"], 20, part=(0.25, 0.5, 0.5, 0.25)), [kept])


def test_many_files_in_order(tmp_path, monkeypatch):
    monkeypatch.setattr("fer_lib.datasets.image_files.CHUNK", 7)
    paths = [tmp_path / f"{value}.png" for value in range(30)]
    for value, path in enumerate(paths):
        Image.fromarray(np.full((10, 12), value, np.uint8)).save(path)
    images = read_images(paths, 8)
    assert images.shape == (30, 8, 8) and np.array_equal(images[:, 0, 0], np.arange(30))
    assert read_images(paths[:2], 8, "rgb").shape == (2, 8, 8, 3)
