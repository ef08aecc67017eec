"""FER-2013 in its other forms, FER+ labels, and folders of one's own images."""

import os

import numpy as np
from PIL import Image

from fer_lib.datasets import load_dataset
from fer_lib.datasets.ferplus import read_votes, votes_of

from . import Place, case, faces_of

VOTES = "data/raw/ferplus/fer2013new.csv"
HEADER = "Usage,Image name,neutral,happiness,surprise,sadness,anger,disgust,fear,contempt,unknown,NF\n"
GOOD = "Training,fer0000000.png,4,0,0,1,3,2,0,0,0,0\n"
ROWS = 35887


def picture(place: Place, name: str, shade: int = 7) -> None:
    path = place.root / name
    path.parent.mkdir(parents=True, exist_ok=True)
    Image.fromarray(np.full((20, 20), shade, np.uint8)).save(path)


@case("release-unknown")
def _(place):
    return lambda: load_dataset("fer2013", release="train")


@case("release-not-there")
def _(place):
    place.write("data/raw/fer2013/train.csv", "emotion,pixels\n")
    return lambda: load_dataset("fer2013", release="icml_face_data.csv")


@case("release-folder-class")
def _(place):
    picture(place, "data/raw/fer2013/train/angri/1.png")
    return lambda: load_dataset("fer2013")


@case("release-folder-empty")
def _(place):
    (place.root / "data/raw/fer2013/train/happy").mkdir(parents=True)
    return lambda: load_dataset("fer2013")


def votes(name: str, content: str | bytes | None):
    """A case that reads this file of FER+ labels."""

    @case(name)
    def arrange(place):
        if content is not None:
            place.write(VOTES, content)
        return lambda: read_votes(VOTES)


votes("votes-missing", None)
votes("votes-not-a-table", b"\xff\xfe\x00\x01")
votes("votes-header", HEADER.replace("NF", "no face") + GOOD)
votes("votes-columns", HEADER + GOOD.replace(",4,", ",4,0,") * ROWS)
votes("votes-rows", HEADER + GOOD * 3)
votes("votes-word", HEADER + GOOD * (ROWS - 1) + GOOD.replace(",4,", ",four,"))
votes("votes-too-many", HEADER + GOOD.replace(",4,", ",9,") + GOOD * (ROWS - 1))


@case("votes-other-set")
def _(place):
    place.write(VOTES, HEADER + GOOD * ROWS)
    return lambda: votes_of(faces_of([0, 1]))


def folder(name: str, *pictures: str, **options):
    """A case with these files in data/raw/folder, loaded with these options."""

    @case(name)
    def arrange(place):
        for shade, path in enumerate(pictures):
            picture(place, f"data/raw/folder/{path}", shade)
        return lambda: load_dataset("folder", **options)


folder("folder-missing")
folder("folder-elsewhere", "happy/1.png", path="../mine")
folder("folder-size", size=4)
folder("folder-resize", "happy/1.png", resize="strech")
folder("folder-no-classes", "1.png")
folder("folder-parts-and-classes", "train/happy/1.png", "sad/1.png")
folder("folder-part-empty", "train/1.png")
folder("folder-no-subject", "happy/KA.HA1.png", "happy/1.png", subjects=r"[A-Z]{2}")
folder("folder-expression", "happy/1.png", subjects="(")
folder("folder-subjects-missing", "happy/1.png", subjects="who.csv")


@case("folder-class-empty")
def _(place):
    picture(place, "data/raw/folder/happy/1.png")
    place.write("data/raw/folder/sad/notes.txt", "to do")
    return lambda: load_dataset("folder")


@case("folder-image-damaged")
def _(place):
    picture(place, "data/raw/folder/happy/1.png")
    place.write("data/raw/folder/happy/2.png", b"\x89PNG\r\n\x1a\nhalf")
    return lambda: load_dataset("folder")


@case("folder-image-empty")
def _(place):
    picture(place, "data/raw/folder/happy/1.png")
    place.write("data/raw/folder/happy/2.png", b"")
    return lambda: load_dataset("folder")


@case("folder-image-name")
def _(place):
    picture(place, os.fsdecode(b"data/raw/folder/happy/\xff.png"))
    return lambda: load_dataset("folder")


def subjects(name: str, content: str):
    """A case with one image and this table of subjects."""

    @case(name)
    def arrange(place):
        picture(place, "data/raw/folder/happy/1.png")
        place.write("data/raw/folder/who.csv", content)
        return lambda: load_dataset("folder", subjects="who.csv")


subjects("folder-subjects-header", "image,person\nhappy/1.png,anna\n")
subjects("folder-subjects-columns", "file,subject\nhappy/1.png,anna,1\n")
subjects("folder-subjects-twice", "file,subject\nhappy/1.png,anna\nhappy/1.png,berta\n")
subjects("folder-subjects-without", "file,subject\nhappy/2.png,anna\n")
