"""Raw files and fold files."""

import numpy as np

from fer_lib.datasets import load_dataset
from fer_lib.datasets.published_folds import align_published_folds, read_published_folds, write_published_folds

from . import case, faces_of

CSV = "data/raw/fer2013/fer2013.csv"
HEADER = "emotion,pixels,Usage\n"
SEVENS = " ".join(["7"] * 2304)
GOOD = f"3,{SEVENS},Training\n"
FOLDS = "emotion;path;in_set;fold\n"


def csv(name: str, content: str | bytes | None):
    """A case with this fer2013.csv, or with none."""

    @case(name)
    def arrange(place):
        if content is not None:
            place.write(CSV, content)
        return lambda: load_dataset("fer2013")


csv("csv-missing", None)
csv("csv-empty", b"")
csv("csv-not-text", b"PK\x03\x04\x14\x00\x08")
csv("csv-header", "label,pixels,Usage\n" + GOOD)
csv("csv-no-rows", HEADER)
csv("csv-short-row", HEADER + GOOD * 17 + GOOD.replace(SEVENS, SEVENS[2:]))
csv("csv-pixel", HEADER + GOOD + GOOD.replace("7 7", "7 256", 1))
csv("csv-pixel-word", HEADER + GOOD.replace("7 7", "x 7", 1))
csv("csv-usage", HEADER + GOOD.replace("Training", "PublcTest"))
csv("csv-emotion", HEADER + GOOD * 4 + GOOD.replace("3,", "7,", 1))
csv("csv-cut-off", HEADER + GOOD + GOOD[:300])


def fold_file(name: str, content: str | bytes | None):
    """A case that reads this folds.csv."""

    @case(name)
    def arrange(place):
        if content is not None:
            place.write("folds.csv", content)
        return lambda: read_published_folds("folds.csv")


fold_file("folds-missing", None)
fold_file("folds-not-text", b"\xff\xfe\x00")
fold_file("folds-header", "emotion;path;in_set\n0;0.png;Training\n")
fold_file("folds-short-row", FOLDS + "0;0.png;Training;1\n1;1.png\n")
fold_file("folds-word", FOLDS + "0;0.png;Training;one\n")
fold_file("folds-emotion", FOLDS + "sad;0.png;Training;1\n")
fold_file("folds-path-twice", FOLDS + "0;0.png;Training;1\n1;1.png;Training;0\n0;0.png;Training;2\n")


@case("folds-image-without")
def _(place):
    place.write("folds.csv", FOLDS + "0;0.png;train;0\n")
    return lambda: align_published_folds(faces_of([0, 1]), read_published_folds("folds.csv"))


@case("folds-of-more-images")
def _(place):
    place.write("folds.csv", FOLDS + "0;0.png;train;0\n1;1.png;train;1\n")
    return lambda: align_published_folds(faces_of([0]), read_published_folds("folds.csv"))


@case("folds-other-label")
def _(place):
    place.write("folds.csv", FOLDS + "0;0.png;train;0\n1;1.png;train;1\n")
    return lambda: align_published_folds(faces_of([0, 2]), read_published_folds("folds.csv"))


@case("folds-too-few")
def _(place):
    return lambda: write_published_folds("folds.csv", faces_of([0, 1, 2]), np.array([0, 1]))
