import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.ndimage import gaussian_filter

from fer_lib.errors import InputError
from fer_lib.guidance import make_guidance, render_guidance
from fer_lib.guidance.controls import derangement, shuffled_donors


@given(count=st.integers(2, 300), seed=st.integers(0, 2**32))
def test_shuffled_is_a_derangement(count, seed):
    donors = derangement(count, seed)
    assert sorted(donors) == list(range(count))
    assert all(donor != own for own, donor in enumerate(donors)), "no image keeps its own"


def test_shuffled_is_the_soft_mask_of_the_donor(images, points):
    soft, shuffled = (render_guidance(kind, images, points) for kind in ("soft", "shuffled"))
    donors = derangement(6, 2020)
    for own, donor in enumerate(donors):
        assert np.array_equal(shuffled[own], soft[donor])


def test_shuffled_is_seeded(images, points):
    first, again, other = (render_guidance("shuffled", images, points, seed=seed) for seed in (1, 1, 2))
    assert np.array_equal(first, again) and not np.array_equal(first, other)


def test_shuffled_with_drop_gives_images_with_a_face_masks_with_a_face(images, points):
    known = np.isfinite(points).all((1, 2))
    donors = shuffled_donors(known, no_face_fill="drop", seed=3)
    assert known[donors[known]].all() and (donors != np.arange(6))[known].all()
    maps = render_guidance("shuffled", images, points, no_face_fill="drop")
    assert (maps[known] == 127).any((1, 2)).all() and (maps[~known] == 255).all()


def test_a_single_image_cannot_be_shuffled(images, points):
    with pytest.raises(InputError, match="at least two images, got 1"):
        render_guidance("shuffled", images[:1], points[:1])


def test_shuffled_of_a_subset_comes_from_the_whole_set(faces, tmp_path):
    whole = make_guidance("shuffled", faces, tmp_path, landmarks="dataset")
    part = make_guidance("shuffled", faces.subset(np.array([4, 1])), tmp_path, landmarks="dataset")
    assert np.array_equal(part, whole[[4, 1]])


def test_noise_twin(images):
    """As documented, image by image, with SciPy's filter."""
    maps = render_guidance("noise", images, seed=5)
    for row, found in enumerate(maps):
        raw = np.random.default_rng([5, row]).standard_normal((48, 48), dtype=np.float32)
        blurred = gaussian_filter(raw.astype(np.float64), 2.0, mode="wrap", truncate=3)
        slowly = (blurred - blurred.min()) / np.ptp(blurred) * 255
        assert np.abs(slowly - found).max() <= 0.51
        assert found.min() == 0 and found.max() == 255


def test_noise_is_independent_of_the_images_and_seeded(images):
    maps = render_guidance("noise", images)
    assert np.array_equal(maps, render_guidance("noise", 255 - images))
    assert not np.array_equal(maps, render_guidance("noise", images, seed=1))
    assert len({image.tobytes() for image in maps}) == len(images), "every image gets another map"


def test_noise_of_an_image_does_not_depend_on_its_batch(monkeypatch, images):
    whole = render_guidance("noise", images)
    monkeypatch.setattr("fer_lib.guidance.render.PIXELS", 48 * 48 * 2)
    assert np.array_equal(render_guidance("noise", images), whole)
