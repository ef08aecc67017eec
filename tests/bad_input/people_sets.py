"""MMI, BU-3DFE, KDEF and the London set: sets of posed expressions whose file names tell who is seen."""

from fer_lib.datasets import load_dataset

from . import Place, case
from .releases import picture

TABLE = "data/raw/mmi/MMI/emotion_labels.csv"
FRAMES = [f"data/raw/mmi/MMI/imgs/S00{k}_100_040.png" for k in (1, 2, 3)]
LABELS = "sequence,emotion\nS001_100,0\nS002_100,0\nS003_100,1\n"
LISTS = {f"data/raw/mmi/MMI/test_ids_{k}.csv": "" for k in range(10)}
LISTED = {**LISTS, "data/raw/mmi/MMI/test_ids_1.csv": "S001_100_040.png\nS002_100_040.png\nS003_100_040.png\n"}


def people(name: str, data_set: str, *pictures: str, files: dict[str, str | bytes] | None = None, **options):
    """A case with pictures of the given paths, brighter from one to the next, and these files."""

    @case(name)
    def arrange(place: Place):
        for shade, path in enumerate(pictures):
            picture(place, path, 60 + shade)
        for path, content in (files or {}).items():
            place.write(path, content)
        return lambda: load_dataset(data_set, **options)


people("mmi-missing", "mmi")
people("mmi-no-frames", "mmi", files={TABLE: LABELS})
people("mmi-name", "mmi", "data/raw/mmi/MMI/imgs/S002-106_00040.png")
people("mmi-no-labels", "mmi", *FRAMES)
people("mmi-pickle", "mmi", *FRAMES, files={TABLE.replace("csv", "pkl"): b"\x80\x02cposix\nsystem\nq\x00."})
people("mmi-emotion", "mmi", *FRAMES, files={TABLE: "sequence,emotion\nS001_100,6\n"})
people("mmi-without-emotion", "mmi", *FRAMES, files={TABLE: "sequence,emotion\nS001_100,0\n"})
people("mmi-list-missing", "mmi", *FRAMES, files={TABLE: LABELS})
people("mmi-list-without", "mmi", *FRAMES, files={TABLE: LABELS, **LISTS})
people("mmi-first-fold", "mmi", *FRAMES, files={TABLE: LABELS, **LISTED})

NEUTRAL = "data/raw/bu3dfe/F0001/F0001_NE00WH_F2D.bmp"
people("bu3dfe-missing", "bu3dfe")
people("bu3dfe-name", "bu3dfe", NEUTRAL.replace("F0001_", "F0099_"))
people("bu3dfe-twice", "bu3dfe", NEUTRAL, NEUTRAL.replace("bmp", "png"))
people("bu3dfe-intensities", "bu3dfe", NEUTRAL, intensities=[5])

STRAIGHT = [f"data/raw/kdef/KDEF/A{who}/A{who}ANS.JPG" for who in ("F01", "F02", "M01")]
people("kdef-missing", "kdef")
people("kdef-name", "kdef", STRAIGHT[0].replace("ANS", "ANX"))
people("kdef-angles", "kdef", STRAIGHT[0], angles="S")
people("kdef-no-angle", "kdef", *STRAIGHT, angles=["FL"])
people("kdef-few", "kdef", *STRAIGHT[:2])


LONDON = [f"data/raw/london/00{k}_{shown}.jpg" for k in (1, 2) for shown in ("happiness", "neutral")]
people("london-missing", "london")
people("london-name", "london", LONDON[0].replace("happiness", "happy"))
people("london-crop", "london", *LONDON, crop=[0.3, 0.3, 0.4])
people("london-few", "london", *LONDON)
people("london-one-folder", "london", "data/raw/london/neutral_front/001_03.jpg")
people("london-view", "london", "data/raw/london/neutral_front/001_08.jpg", "data/raw/london/smiling_front/001_08.jpg")


@case("kdef-black")
def _(place):
    for path in STRAIGHT:
        picture(place, path, 0)
    return lambda: load_dataset("kdef")
