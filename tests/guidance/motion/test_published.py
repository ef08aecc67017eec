"""The published layout read back, and masks of other people borrowed."""

import numpy as np
import pytest
from PIL import Image

from fer_lib.datasets.ckplus_files import CLASSES as CKPLUS
from fer_lib.errors import InputError
from fer_lib.guidance.motion import make_motion_masks

from .conftest import eyes_at


@pytest.fixture
def place(put):
    """``place(name, classes, published_fold)``: a set of two pictures a class, with masks of CK+ and MMI beside it."""

    def at(name="ckplus", classes=("surprise", "anger"), folds=(0, 1, 0, 1)):
        faces, data = put(
            np.zeros((4, 40, 40), np.uint8),
            np.tile(eyes_at((12, 15), (28, 15)), (4, 1, 1)),
            [0, 0, 1, 1],
            classes,
            name,
            published_fold=np.array(folds),
        )
        for of, folder, side in (("ckplus", "CKPlus", 70), ("mmi", "MMI", 81)):
            for fold in range(2):
                where = data / "raw" / of / folder / "imgs_res" / str(fold)
                where.mkdir(parents=True)
                for k in range(7 if of == "ckplus" else 6):
                    Image.fromarray(np.full((side, side), 20 * fold + k, np.uint8)).save(where / f"{k}.png")
        return faces, data

    return at


def test_published_masks_by_fold_and_name(place):
    faces, data = place()
    motion = make_motion_masks(faces, np.array([0, 1, 0, 1]), faces.classes, data, source="published")
    assert motion.masks.shape == (2, 2, 70, 70)
    assert motion.masks[:, :, 0, 0].tolist() == [[6, 0], [26, 20]]  # surprise is 6, anger 0
    assert (motion.folder / "1" / "anger.png").is_file() and motion.card["parameters"]["source"] == "published"
    (data / "raw/ckplus/CKPlus/imgs_res/1/0.png").write_bytes(
        (data / "raw/ckplus/CKPlus/imgs_res/1/3.png").read_bytes()
    )
    again = make_motion_masks(faces, np.array([0, 1, 0, 1]), faces.classes, data, source="published")
    assert again.folder != motion.folder and again.masks[1, 1, 0, 0] == 23


def test_another_size_is_resized(place):
    faces, data = place("mmi", ("happy", "fear"))
    motion = make_motion_masks(faces, np.array([0, 1, 0, 1]), faces.classes, data, source="published", size=64)
    assert motion.masks.shape == (2, 2, 64, 64) and motion.masks[:, :, 5, 5].tolist() == [[3, 2], [23, 22]]


def test_borrowed_masks_are_those_of_the_fold_of_the_same_number(place):
    faces, data = place("jaffe", ("neutral", "sad"), folds=(-1, -1, -1, -1))
    motion = make_motion_masks(faces, np.array([-1, -1, 1, 0]), ("sad",), data, source="borrowed")
    sad = CKPLUS.index("sad")
    assert motion.masks[:, 0, 0, 0].tolist() == [sad, 20 + sad]
    assert motion.card["parameters"]["borrowed_from"] == "ckplus"
    other = make_motion_masks(faces, np.array([-1, -1, 1, 0]), ("sad",), data, source="borrowed", borrowed_from="mmi")
    assert other.masks[0, 0, 0, 0] == 4 and other.folder != motion.folder


def test_published_masks_of_other_folds_would_show_tested_people(place):
    faces, data = place()
    folds = np.array([1, 1, 0, 0])
    with pytest.raises(InputError, match="ckplus: published masks belong to the published folds"):
        make_motion_masks(faces, folds, faces.classes, data, source="published")
    with pytest.raises(InputError, match="ckplus: would borrow its own masks, expected source='published'"):
        make_motion_masks(faces, folds, faces.classes, data, source="borrowed")


def test_what_is_not_published(place):
    faces, data = place(folds=(0, 2, 0, 2))
    with pytest.raises(InputError, match=r"imgs_res/2/6.png: no such file, expected FMPN's mask"):
        make_motion_masks(faces, np.array([0, 2, 0, 2]), faces.classes, data, source="published")
    faces, data = place("jaffe", ("bored", "sad"))
    for source, sentence in (("published", "no published masks of 'jaffe'"), ("borrowed", "for class 'bored'")):
        with pytest.raises(InputError, match=sentence):
            make_motion_masks(faces, np.array([0, 1, 0, 1]), faces.classes, data, source=source)


@pytest.mark.parametrize(
    "option", [{"normalizer": "minmax"}, {"photometric": True}, {"blur": 1.0}, {"left_out": np.ones(4, bool)}], ids=str
)
def test_options_that_published_masks_cannot_have(place, option):
    faces, data = place()
    with pytest.raises(InputError, match=f"{next(iter(option))} with source='published': published masks are taken"):
        make_motion_masks(faces, np.array([0, 1, 0, 1]), faces.classes, data, source="published", **option)
