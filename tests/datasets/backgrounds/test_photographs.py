"""Backgrounds from a folder: all that are images, the middle of each, or some of them."""

import numpy as np
import pytest
from PIL import Image

from fer_lib.datasets.backgrounds import photographs
from fer_lib.errors import InputError


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """Nine pictures of one grey each, in two folders; wide ones with white ends."""
    root = tmp_path_factory.mktemp("photographs")
    (root / "more").mkdir()
    (root / "notes.txt").write_text("none")
    for k in range(9):
        pixels = np.full((20, 40), 10 * k, np.uint8)
        pixels[:, :5] = pixels[:, -5:] = 255
        Image.fromarray(pixels).convert("RGB").save(root / ("more" if k > 5 else "") / f"{k}.png")
    return root


def test_all_are_covered_and_cut_in_their_middle(folder):
    found = photographs(folder, 20)
    assert found.shape == (9, 20, 20) and found.dtype == np.uint8
    assert np.array_equal(found, np.broadcast_to(np.arange(0, 90, 10)[:, None, None], found.shape))


def test_some_are_drawn_once_each(folder):
    found = photographs(folder, 8, at_most=4, seed=1)[:, 0, 0]
    assert len(set(found)) == 4 and (np.diff(found) > 0).all()
    assert np.array_equal(photographs(folder, 8, at_most=4, seed=1)[:, 0, 0], found)
    assert any(not np.array_equal(photographs(folder, 8, at_most=4, seed=s)[:, 0, 0], found) for s in (2, 3, 4))
    assert len(photographs(folder, 8, at_most=50)) == 9


def test_folders_without_photographs_are_refused(tmp_path):
    with pytest.raises(InputError, match="missing: no such folder, expected one with photographs"):
        photographs(tmp_path / "missing", 20)
    with pytest.raises(InputError, match="no images, expected files ending in .png"):
        photographs(tmp_path, 20)
    with pytest.raises(InputError, match="size 4, expected 8…2048"):
        photographs(tmp_path, 4)
    with pytest.raises(InputError, match="at most 0 photographs, expected at least 1"):
        photographs(tmp_path, 20, at_most=0)
