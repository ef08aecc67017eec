import numpy as np
import pytest
import torch
from PIL import Image

from fer_lib.errors import InputError
from fer_lib.guidance.msinet import fit
from fer_lib.training.saliency.folders import Fixations


def test_pictures_and_their_maps_are_fitted_alike(folder):
    files = Fixations(folder, "train", (16, 16))
    assert len(files) == 6
    for number, (picture, seen) in enumerate(files):
        raw = np.asarray(Image.open(folder / "images" / "train" / f"{number}.jpg"), np.float32)
        assert torch.equal(picture, fit(torch.from_numpy(raw).permute(2, 0, 1)[None], (16, 16))[0])
        assert seen.shape == (1, 16, 16) and (picture[:, :2] == 126).all() and (seen[:, :2] == 0).all()
        # bright where people looked
        assert picture.mean(0)[seen[0] > 150].min() > 126


def test_names_pair_files_whatever_their_order_and_format(folder):
    (folder / "maps" / "train" / "1.png").rename(folder / "maps" / "train" / "1.PNG")
    assert all(picture.stem == seen.stem for picture, seen in Fixations(folder, "train", (16, 16)).files)


def test_a_fingerprint_knows_its_files(folder):
    before = Fixations(folder, "train", (16, 16)).fingerprint()
    assert before == Fixations(folder, "train", (24, 32)).fingerprint()
    Image.new("L", (32, 24), 9).save(folder / "maps" / "train" / "0.png")
    assert Fixations(folder, "train", (16, 16)).fingerprint() != before


def test_a_part_that_is_not_there(folder):
    with pytest.raises(
        InputError, match="images/test: no such folder, expected images/test and maps/test with files of"
    ):
        Fixations(folder, "test", (16, 16))


def test_an_empty_part(folder):
    (folder / "images" / "test").mkdir()
    with pytest.raises(InputError, match="images/test: no images, expected images/test and maps/test"):
        Fixations(folder, "test", (16, 16))


@pytest.mark.parametrize(
    ("gone", "place"), [("maps/train/3.png", "maps/train"), ("images/train/3.jpg", "images/train")]
)
def test_a_file_without_the_other(folder, gone, place):
    (folder / gone).unlink()
    with pytest.raises(InputError, match=rf"{place}: nothing for 3\.\w+, expected"):
        Fixations(folder, "train", (16, 16))


def test_maps_that_cannot_be_meant(folder):
    files, path = Fixations(folder, "train", (16, 16)), folder / "maps" / "train" / "0.png"
    Image.new("L", (32, 24)).save(path)
    with pytest.raises(InputError, match="0.png: black throughout, expected brightness where people looked"):
        files[0]
    Image.new("L", (24, 24), 9).save(path)
    with pytest.raises(InputError, match="0.png: 24 × 24 pixels, expected 24 × 32 as 0.jpg"):
        files[0]
    path.write_bytes(b"no picture")
    with pytest.raises(InputError, match="0.png: not a readable image"):
        files[0]
