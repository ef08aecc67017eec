"""Ours against a map in a file."""

import numpy as np
import pytest
from PIL import Image

from fer_lib.errors import InputError
from fer_lib.guidance.msinet.maps import saliency_maps
from fer_lib.guidance.msinet.reference import check_reference


@pytest.fixture
def files(tmp_path):
    """A picture in colour, the place of its map, and what makes an image of an array there."""

    def store(name, array):
        Image.fromarray(array).save(tmp_path / name, quality=100)  # of a JPEG file
        return tmp_path / name

    picture = np.random.default_rng(0).integers(0, 256, (12, 20, 3), dtype=np.uint8).repeat(4, 0).repeat(4, 1)
    return store("picture.png", picture), picture, store


def test_the_networks_own_map_passes(network, files):
    path, picture, store = files
    maps, _ = saliency_maps(network, picture[None])
    assert check_reference(network, path, store("map.png", maps[0])) == {
        "correlation": pytest.approx(1),
        "difference": 0,
    }
    found = check_reference(network, path, store("map.jpeg", maps[0]))
    assert found["correlation"] > 0.999 and 0 < found["difference"] < 0.005, "stored as the authors store it"


@pytest.mark.parametrize("wrong", ["other", "brighter"])
def test_a_map_that_correlates_less_or_differs_more_is_refused(network, files, wrong):
    path, picture, store = files
    ours = saliency_maps(network, picture[None])[0][0]
    shown = {"other": np.roll(ours, 3, axis=1), "brighter": (ours // 2 + 100).astype(np.uint8)}[wrong]
    with pytest.raises(InputError, match="expected more than 0.999 and less than 0.005: other weights, another canvas"):
        check_reference(network, path, store("map.png", shown))


def test_the_canvas_is_the_one_asked_for(network, files):
    path, picture, store = files
    wide = store("map.png", saliency_maps(network, picture[None], (24, 40))[0][0])
    assert check_reference(network, path, wide, (24, 40))["difference"] == 0
    with pytest.raises(InputError, match="with our map at 240 × 320 and differs"):
        check_reference(network, path, wide)


def test_a_map_of_another_size_and_one_without_content(network, files):
    path, _, store = files
    with pytest.raises(InputError, match="48 × 48 pixels, expected 48 × 80 as in"):
        check_reference(network, path, store("map.png", np.zeros((48, 48), np.uint8)))
    with pytest.raises(InputError, match="it or our map is uniform"):
        check_reference(network, path, store("map.png", np.zeros((48, 80), np.uint8)))
    with pytest.raises(InputError, match="no such file, expected an image"):
        check_reference(network, path, path.with_name("none.png"))
