import numpy as np
import pytest

from fer_lib.errors import InputError
from fer_lib.faces import REGIONS
from fer_lib.guidance import make_guidance, render_guidance
from fer_lib.guidance.landmark_map import PARTS, part_heat

KIND = "saliency_landmark"


def heat_slowly(points, height, width, sigma):
    """One Gaussian after the other, in double precision."""
    ys, xs = np.mgrid[:height, :width]
    heat = np.zeros((height, width))
    for part in ("right_brow", "left_brow", "right_eye", "left_eye", "nose", "mouth"):
        group = points[REGIONS[part]].astype(float)
        for x, y in group:
            heat += np.exp(-((xs - x) ** 2 + (ys - y) ** 2) / (2 * sigma**2)) / len(group)
    return heat


@pytest.mark.parametrize("sigma", [2.5, 1, 4.0])
def test_heat_twin(sigma, images, points):
    maps = render_guidance(KIND, images, points, sigma=sigma)
    for row in (0, 1, 3, 4):
        slowly = heat_slowly(points[row], 48, 48, sigma)
        expected = 255 * (slowly - slowly.min()) / np.ptp(slowly)
        assert np.abs(expected - maps[row]).max() <= 0.6
        assert maps[row].min() == 0 and maps[row].max() == 255


def test_every_part_weighs_the_same():
    """51 points are given, so no part and no point is missing; one far outside adds nothing."""
    far = np.full((7, 68, 2), -1e4, np.float32)
    for row, part in enumerate(PARTS):
        far[row, REGIONS[part]] = 24
    far[6, REGIONS["jaw"]] = 24
    heat = part_heat(far, (48, 48), 2.5).numpy()
    assert np.allclose(heat[:6].max((1, 2)), 1) and (heat[6] == 0).all()
    assert sum(REGIONS[part].stop - REGIONS[part].start for part in PARTS) == 51


def test_nothing_but_landmarks_decides_it(images, points):
    moved = points.copy()
    moved[:, REGIONS["jaw"]] += 5
    assert np.array_equal(render_guidance(KIND, images, points), render_guidance(KIND, 255 - images, moved))


def test_sigma_grows_with_the_map(images, points):
    """Pixels of a map of 48, so that the picture is the same at any size."""
    small, large = (render_guidance(KIND, images[:2], points[:2], size=size).astype(int) for size in (48, 144))
    assert np.abs(large[:, 1::3, 1::3] - small).max() <= 8  # the highest pixel need not be hit at both sizes
    sized = np.random.default_rng(0).integers(0, 256, (2, 96, 96), dtype=np.uint8)
    twice = (points[:2] + 0.5) * 2 - 0.5
    assert np.abs(render_guidance(KIND, sized, twice, size=48).astype(int) - small).max() <= 1


@pytest.mark.parametrize(("fill", "value"), [("white", 255), ("black", 0), ("drop", 255)])
def test_images_without_a_face_get_the_fill(fill, value, images, points):
    maps = render_guidance(KIND, images, points, no_face_fill=fill)
    assert (maps[[2, 5]] == value).all() and np.ptp(maps[0]) == 255


@pytest.mark.parametrize("sigma", [0.1, 48])
def test_the_narrowest_and_the_widest_are_finite(sigma, images, points):
    whole = np.rint(points)  # a Gaussian's centre on a pixel
    maps = render_guidance(KIND, images, whole, sigma=sigma)
    assert (maps[[0, 1, 3, 4]].reshape(4, -1).max(1) == 255).all()


def test_a_face_outside_of_the_image_is_uniform(images, points):
    maps = render_guidance(KIND, images[:1], points[:1] + 500)
    assert (maps == 128).all()


def test_the_store_counts_what_is_uniform_and_keeps_one_file_per_sigma(faces, tmp_path, capsys):
    usual = make_guidance(KIND, faces, tmp_path, landmarks="dataset")
    wide = make_guidance(KIND, faces, tmp_path, landmarks="dataset", sigma=4.0)
    assert not np.array_equal(usual, wide)
    assert capsys.readouterr().out.count("6 maps, 2 images without a face (white), 2 uniform maps") == 2
    assert len(list((tmp_path / "guidance" / "tiny").glob(f"{KIND}*.npy"))) == 2


@pytest.mark.parametrize("sigma", [0, 0.05, -1.0, 49, "2", None, True, float("nan"), float("inf")])
def test_a_sigma_that_cannot_be_meant_is_told(sigma, images, points):
    with pytest.raises(InputError, match="sigma is .*, expected pixels from 0.1 to 48"):
        render_guidance(KIND, images, points, sigma=sigma)
