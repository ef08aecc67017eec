"""AffectNet and RAF-DB."""

import numpy as np
from PIL import Image

from fer_lib.datasets import load_dataset
from fer_lib.datasets.affectnet_lists import COLUMNS

from . import Place, case

RAW = "data/raw/affectnet"
HEADER = ",".join(COLUMNS) + "\n"
GOOD = "12/a.jpg,1,2,50,60,,1,0.5,0.2\n"


def picture(place: Place, name: str) -> None:
    path = place.root / name
    path.parent.mkdir(parents=True, exist_ok=True)
    Image.fromarray(np.full((20, 20), 7, np.uint8)).save(path)


def lists(name: str, training: str | bytes, validation: str | None = HEADER + GOOD, images: bool = True, **options):
    """A case with these lists, and the one image they name."""

    @case(name)
    def arrange(place):
        place.write(f"{RAW}/training.csv", training)
        if validation is not None:
            place.write(f"{RAW}/validation.csv", validation)
        if images:
            picture(place, f"{RAW}/Manually_Annotated_Images/12/a.jpg")
        return lambda: load_dataset("affectnet", **options)


@case("affectnet-missing")
def _(place):
    return lambda: load_dataset("affectnet")


lists("affectnet-release", HEADER + GOOD, release="arrays")
lists("affectnet-half", HEADER + GOOD, validation=None)
lists("affectnet-images", HEADER + GOOD, images=False)
lists("affectnet-column", HEADER.replace("valence", "mood") + GOOD)
lists("affectnet-short-row", HEADER + GOOD + "12/b.jpg,1,2,50\n")
lists("affectnet-word", HEADER + GOOD.replace("0.5", "high"))
lists("affectnet-expression", HEADER + GOOD.replace(",1,0.5", ",11,0.5"))
lists("affectnet-landmarks", HEADER + GOOD.replace(",,", ",1;2;3,"))
lists("affectnet-not-text", b"\xff\xfe\x00\x01")
lists("affectnet-unreadable", HEADER + GOOD + GOOD.replace("a.jpg", "b.jpg"))
lists("affectnet-share", HEADER + GOOD, max_unreadable=2)


@case("affectnet-array-missing")
def _(place):
    (place.root / RAW / "train_set/annotations").mkdir(parents=True)
    np.save(place.root / RAW / "train_set/annotations/7_exp.npy", 1)
    return lambda: load_dataset("affectnet")


def partition(name: str, lines: str | None):
    """A case with this list of RAF-DB and no images."""

    @case(name)
    def arrange(place):
        if lines is not None:
            place.write("data/raw/rafdb/EmoLabel/list_patition_label.txt", lines)
        return lambda: load_dataset("rafdb")


partition("rafdb-missing", None)
partition("rafdb-class", "train_00001.jpg 5\ntrain_00002.jpg 8\n")
partition("rafdb-part", "valid_00001.jpg 5\n")
partition("rafdb-twice", "train_00001.jpg 5\ntrain_00001.jpg 4\n")
partition("rafdb-image", "train_00001.jpg 5\n")
