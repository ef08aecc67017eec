"""CK+, JAFFE and FERG: sets whose file names tell who and what."""

from fer_lib.datasets import load_dataset
from fer_lib.datasets.folds import make_folds
from fer_lib.datasets.labels import label_space
from fer_lib.faces.crops import load_faces

from . import case, faces_of
from .releases import picture

CUT = "data/raw/ckplus/CK+48"
FRAME = "S010_004_00000017"
EMOTION = f"data/raw/ckplus/Emotion/S010/004/{FRAME}_emotion.txt"


def ckplus(name: str, *pictures: str, files: dict[str, str] | None = None, **options):
    """A case with these images in data/raw/ckplus and these files anywhere."""

    @case(name)
    def arrange(place):
        for shade, path in enumerate(pictures):
            picture(place, f"data/raw/ckplus/{path}", shade)
        for path, content in (files or {}).items():
            place.write(path, content)
        return lambda: load_dataset("ckplus", **options)


ORIGINAL = f"cohn-kanade-images/S010/004/{FRAME}.png"
THREE = [f"CK+48/fear/S0{k}0_001_{frame:08d}.png" for k in (1, 2, 3) for frame in (1, 2, 3)]
ckplus("ckplus-missing")
ckplus("ckplus-layout", layout="CK48")
ckplus("ckplus-layout-not-there", THREE[0], layout="original")
ckplus("ckplus-class", "CK+48/happyness/S010_004_00000017.png")
ckplus("ckplus-name", "CK+48/happy/S010-17.png")
ckplus("ckplus-two-classes", f"CK+48/happy/{FRAME}.png", "CK+48/fear/S010_004_00000016.png")
ckplus("ckplus-frames", *THREE, frames=5)
ckplus("ckplus-neutral", *THREE, neutral=True)
ckplus("ckplus-no-emotions", ORIGINAL)
ckplus("ckplus-emotion", ORIGINAL, files={EMOTION: "   9.0000000e+00\n"})
ckplus("ckplus-no-frames", "cohn-kanade-images/S010/005/S010_005_00000001.png", files={EMOTION: "3.0\n"})
ckplus("ckplus-few-subjects", THREE[0], THREE[3], frames=1, split="subject")
LISTS = {f"data/raw/ckplus/CKPlus/test_ids_{k}.csv": "" for k in range(10)}
FIRST = "data/raw/ckplus/CKPlus/test_ids_0.csv"
ckplus("ckplus-list-missing", *THREE, files={FIRST: ""})
ckplus("ckplus-list-line", *THREE, files={**LISTS, FIRST: "S010\n"})
ckplus("ckplus-list-without", *THREE, files=LISTS)


@case("ckplus-folds-missing")
def _(place):
    for shade, path in enumerate(THREE):
        picture(place, f"data/raw/ckplus/{path}", shade)
    faces = load_dataset("ckplus")
    return lambda: make_folds("published", faces, 10)


@case("ckplus-folds-number")
def _(place):
    faces = faces_of([0, 1] * 5, published_fold=range(10))
    return lambda: make_folds("published", faces, 5)


def jaffe(name: str, *pictures: str, ratings: str | None = None, **options):
    """A case with these pictures, and these ratings, in data/raw/jaffe."""

    @case(name)
    def arrange(place):
        for shade, path in enumerate(pictures):
            picture(place, f"data/raw/jaffe/{path}", shade)
        if ratings is not None:
            place.write("data/raw/jaffe/ratings.txt", ratings)
        return lambda: load_dataset("jaffe", **options)


WOMEN = [f"{woman}.AN{k}.{k}.tiff" for woman in ("KA", "KL", "KM") for k in (1, 2)]
jaffe("jaffe-missing")
jaffe("jaffe-name", "KA.AN1.39.tiff", "angry.tiff")
jaffe("jaffe-crop", crop=(0.5, 0, 0.6, 1))
jaffe("jaffe-split", split="subjects")
jaffe("jaffe-few", *WOMEN)
jaffe("jaffe-validation", *WOMEN, test_per_class=2, validation=9)
jaffe("jaffe-rating", *WOMEN, split="subject", ratings="1 2.87 2.52 2.10 1.97 1.97 7 KA-AN1\n")
jaffe("jaffe-ratings-cut-off", *WOMEN, split="subject", ratings="1 2.87 2.52 KA-AN1\n")


def ferg(name: str, *pictures: str, **options):
    """A case with these images in data/raw/ferg."""

    @case(name)
    def arrange(place):
        for shade, path in enumerate(pictures):
            picture(place, f"data/raw/ferg/{path}", shade)
        return lambda: load_dataset("ferg", **options)


ferg("ferg-missing")
ferg("ferg-expression", "aia/aia_angr/aia_angr_1.png")
ferg("ferg-size", size=512)


@case("expression-unknown")
def _(place):
    return lambda: label_space("expression6")(faces_of([0, 1], classes=("happy", "pensive")))


@case("expression-without")
def _(place):
    six = ("angry", "disgust", "fear", "happy", "sad", "surprise")
    return lambda: label_space("expression7")(faces_of(range(6), classes=six))


@case("crop-cut-already")
def _(place):
    for shade, path in enumerate(THREE):
        picture(place, f"data/raw/ckplus/{path}", shade)
    load_dataset("ckplus", size=256, resize="pad")
    return lambda: load_faces("ckplus", face_margin=0.15)


@case("crop-margin")
def _(place):
    return lambda: load_faces("jaffe", face_margin=5)


@case("crop-one-size")
def _(place):
    return lambda: load_faces("fer2013", face_margin=0.15)
