"""Sources larger than the network's 48 pixels: where masks are drawn, and how large they come out."""

import numpy as np
import pytest
from PIL import Image

from fer_lib.errors import InputError
from fer_lib.guidance import make_guidance, network_inputs, render_guidance
from fer_lib.guidance.binary import draw_parts, draw_sized
from fer_lib.guidance.size import resize, scale_points

from .kinds import DRAWN

LANDMARK_KINDS = ["binary", "dilated", "patches", "shuffled", "soft", "weighted"]


@pytest.fixture
def large(scattered):
    """Four faces of 120 × 96 pixels (height × width), the last not found, and images to go with them."""
    points = scattered(4) * np.array([2, 2.5], np.float32)
    points[3] = np.nan
    return np.random.default_rng(2).integers(0, 256, (4, 120, 96), dtype=np.uint8), points


def test_resized_as_pillow_does_by_default(large):
    images, _ = large
    slowly = np.stack([np.asarray(Image.fromarray(image).resize((48, 48))) for image in images])
    assert np.array_equal(resize(images, (48, 48)), slowly)
    assert resize(images, (120, 96)) is images


def test_points_move_with_the_pixels_they_are_in():
    corners = np.array([[-0.5, -0.5], [95.5, 119.5], [47.5, 59.5]])  # of an image 96 wide, 120 high; and its centre
    assert np.allclose(scale_points(corners, (120, 96), (48, 48)), [[-0.5, -0.5], [47.5, 47.5], [23.5, 23.5]])


def test_native_masks_are_drawn_large_and_shrunk_as_published(large):
    images, points = large
    drawn = draw_parts(points[:3], 120, 96)
    slowly = np.stack([np.asarray(Image.fromarray(mask).resize((48, 48), Image.BICUBIC)) for mask in drawn])
    masks = render_guidance("binary", images, points, size=48)
    assert np.array_equal(masks[:3], slowly) and (masks[3] == 255).all()
    assert len(np.unique(masks[:3])) > 10, "soft edges"


def test_a_canvas_of_48_is_drawn_from_scaled_points(large):
    images, points = large
    masks = render_guidance("binary", images, points, size=48, canvas=48)
    assert np.array_equal(masks[:3], draw_parts(scale_points(points[:3], (120, 96), (48, 48)), 48, 48))
    assert set(np.unique(masks)) == {0, 255}


@pytest.mark.parametrize("kind", LANDMARK_KINDS)
def test_the_canvas_shows_in_every_kind_drawn_from_landmarks(kind, large):
    images, points = large
    native, small = (render_guidance(kind, images, points, size=48, canvas=canvas) for canvas in ("native", 48))
    assert native.shape == small.shape == (4, 48, 48) and not np.array_equal(native, small)


@pytest.mark.parametrize("kind", DRAWN)
def test_the_canvas_is_the_same_for_images_of_48_pixels(kind, images, points):
    native, small = (render_guidance(kind, images, points, canvas=canvas) for canvas in ("native", 48))
    assert np.array_equal(native, small)


def test_the_jaw_line_is_faint_when_shrunk_and_bright_when_drawn_small(large):
    """What the two published corpora differ in."""
    _, points = large
    native, small = (draw_sized(points[:1] * 4, (480, 384), (48, 48), canvas)[0] for canvas in ("native", 48))
    chin = np.rint(scale_points(points[0, 8] * 4, (480, 384), (48, 48))).astype(int)
    around = np.s_[max(0, chin[1] - 1) : chin[1] + 2, chin[0] - 1 : chin[0] + 2]
    assert small[around].max() == 255 and 0 < native[around].max() < 200


def test_a_shrunk_soft_mask_is_thresholded_after_shrinking(large):
    images, points = large
    binary, soft = (render_guidance(kind, images, points, size=48) for kind in ("binary", "soft"))
    assert np.array_equal(soft, np.where(binary >= 38, 255, 127))


def test_products_are_made_at_the_networks_size(large):
    images, points = large
    for kind, mask in (("patches", "binary"), ("weighted", "soft")):
        masks = render_guidance(mask, images, points, size=48).astype(int)
        assert np.array_equal(render_guidance(kind, images, points, size=48), resize(images, (48, 48)) * masks // 255)


@pytest.mark.parametrize("kind", DRAWN)
def test_without_a_size_maps_are_as_large_as_the_images(kind, large):
    images, points = large
    assert render_guidance(kind, images, points).shape == images.shape
    assert render_guidance(kind, images, points, size=60).shape == (4, 60, 60)


def test_networks_get_images_and_maps_of_48_pixels(store, large, tmp_path):
    images, points = large
    faces = store(images, points)
    for kind in DRAWN:
        image, localization = network_inputs(kind, faces, tmp_path, landmarks="dataset")
        assert image.shape == (4, 48, 48) and (localization is None or localization.shape == (4, 48, 48))
        expected = render_guidance(kind, images, points, size=48)
        found = image if localization is None or kind in ("patches", "weighted") else localization
        assert np.array_equal(found, expected)
        if localization is not None and kind not in ("patches", "weighted"):
            assert np.array_equal(image, resize(images, (48, 48)))


def test_each_size_and_canvas_has_a_file_of_its_own(store, large, tmp_path):
    faces = store(*large)
    for size in (None, 48):
        for canvas in ("native", 48):
            maps = make_guidance("soft", faces, tmp_path, landmarks="dataset", size=size, canvas=canvas)
            assert np.array_equal(maps, render_guidance("soft", *large, size=size, canvas=canvas))
    assert len(list((tmp_path / "guidance" / "tiny").glob("soft*.npy"))) == 4


def test_images_of_48_pixels_share_the_standard_file(faces, tmp_path):
    for options in ({}, {"size": 48}, {"canvas": 48}, {"canvas": 48, "size": 48}):
        make_guidance("noise", faces, tmp_path, **options)
        make_guidance("soft", faces, tmp_path, landmarks="dataset", **options)
    assert len(list((tmp_path / "guidance" / "tiny").glob("[!.]*.npy"))) == 2


@pytest.mark.parametrize(
    ("options", "sentence"),
    [({"canvas": 64}, "canvas is 64, expected one of native, 48"), ({"size": 0}, "size is 0, expected a whole number")],
)
def test_a_canvas_or_size_that_cannot_be_meant_is_told(options, sentence, faces, tmp_path):
    with pytest.raises(InputError, match=sentence):
        make_guidance("noise", faces, tmp_path, **options)
