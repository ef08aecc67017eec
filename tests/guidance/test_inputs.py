import numpy as np
import pytest

from fer_lib.faces import to_grey
from fer_lib.guidance import make_guidance, network_inputs

from .kinds import DRAWN

REPLACED = {"patches": "binary", "weighted": "soft"}


@pytest.mark.parametrize("kind", sorted(set(DRAWN) - {"none", *REPLACED}))
def test_masks_go_to_the_localization_network(kind, faces, tmp_path):
    image, localization = network_inputs(kind, faces, tmp_path, landmarks="dataset")
    assert np.array_equal(image, faces.images)
    assert np.array_equal(localization, make_guidance(kind, faces, tmp_path, landmarks="dataset"))


@pytest.mark.parametrize(("kind", "mask"), REPLACED.items())
def test_products_replace_the_image_and_are_located_by_their_mask(kind, mask, faces, tmp_path):
    image, localization = network_inputs(kind, faces, tmp_path, landmarks="dataset", no_face_fill="black")
    assert np.array_equal(image, make_guidance(kind, faces, tmp_path, landmarks="dataset", no_face_fill="black"))
    assert np.array_equal(localization, make_guidance(mask, faces, tmp_path, landmarks="dataset", no_face_fill="black"))


def test_none_leaves_the_localization_network_to_the_image(faces, tmp_path):
    image, localization = network_inputs("none", faces, tmp_path)
    assert np.array_equal(image, faces.images) and localization is None


def test_rgb_sets_become_grey(store, points, tmp_path):
    rgb = np.random.default_rng(0).integers(0, 256, (6, 48, 48, 3), dtype=np.uint8)
    faces = store(rgb, points)
    for kind in ("none", "soft", "weighted"):
        image, localization = network_inputs(kind, faces.subset(np.array([1, 4])), tmp_path, landmarks="dataset")
        assert image.shape == (2, 48, 48) and (localization is None or localization.shape == (2, 48, 48))
    assert np.array_equal(network_inputs("none", faces, tmp_path)[0], to_grey(rgb))
