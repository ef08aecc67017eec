"""Face Research Lab London Set (DeBruine & Jones, 2017; doi:10.6084/m9.figshare.5047666.v5).

Colour photographs of 102 adults from the front, each with a neutral and with a smiling face.

The pictures are centred between the eyes from left to right, and not from top to bottom: the head is lower in the
smiling one for 101 people (copies of 256 × 256 pixels, by dlib's landmarks), so that the height of the eyes alone tells
the two classes apart in 83 % of the images. A network that is meant to see the smile needs crops that follow the face
(:mod:`fer_lib.faces.crops`, :mod:`fer_lib.faces.similarity`).
"""

import re
from pathlib import Path

import numpy as np
import pandas as pd

from ..errors import require
from .duplicates import exact_groups
from .faceset import FaceSet
from .grouping import split_groups
from .identity import identity_disjoint, identity_sentence
from .image_files import CHANNELS, read_images
from .named_files import named_images, unpacked
from .near_duplicates import near_groups
from .option_checks import check_choice, check_part, check_whole
from .public_counts import class_sizes, has_public_counts
from .raw_files import raw_digest
from .registry import register_dataset
from .splits import dealt_split

CLASSES = ("happy", "neutral")
SHOWN = {"happiness": "happy", "neutral": "neutral"}
NAME = re.compile(rf"(?P<subject>\d{{3}})_(?P<shown>{'|'.join(SHOWN)})")
EXAMPLE = "001_neutral.jpg"
#: The publisher's folders of frontal views, the class of each, and the number that ends the names in it.
FOLDERS = {"neutral_front": ("neutral", "03"), "smiling_front": ("happy", "08")}
PACKED = ("london_faces", "Face_Research_Lab_London_Set")
#: Top, left, height and width of the face as shares of the picture. In this square brows, eyes, mouth and chin (medians
#: of dlib's landmarks) are within 1.2 pixels of where they are in the 48 × 48 faces of FER-2013; single heads sit
#: higher or lower, with a standard deviation of 3.5 pixels.
CENTRAL = (0.30, 0.29, 0.42, 0.42)
VALIDATION_SHARE, TEST_SHARE = 0.1, 0.2
PUBLIC = {"images": 204, "subjects": 102, "happy": 102, "neutral": 102}


@register_dataset("london")
def build(
    raw: Path, *, size: int = 48, channels: str = "grey", crop: tuple | None = CENTRAL, seed: int = 2020
) -> FaceSet:
    """Read the London set: ``001_neutral.jpg`` and ``001_happiness.jpg``, or the publisher's folders
    ``neutral_front`` (``001_03.jpg``) and ``smiling_front`` (``001_08.jpg``), which are read where they are there.

    Args:
        size: side of the stored images in pixels, 8…1024.
        channels: "grey" or "rgb".
        crop: top, left, height and width of the part that is kept, as shares of the picture; the same for all
            pictures, which leaves the faces at the heights that tell the classes apart. None keeps pictures whole.
        seed: of the split, which deals 70, 10 and 20 % of the images to train, validation and test, no person to two.

    Returns:
        FaceSet with images uint8 (N, size, size[, 3]), ordered by subject, the smile first. ``sample_id`` is the file's
        name without its ending; further columns ``duplicate_group`` and ``near_duplicate_group`` (never of two people).

    Raises:
        InputError: an option out of range; no pictures; a file with an unusual name; one of the two folders alone.

    Warns:
        UserWarning: images, subjects or classes do not have the public counts.
    """
    raw = Path(raw)
    check_choice("london", "channels", channels, CHANNELS)
    check_part("london", "crop", crop)
    check_whole("london", "size", size, 8, 1024)
    check_whole("london", "seed", seed, 0, 2**32 - 1)
    root = unpacked(raw, *PACKED)
    table, used = _listed(root)
    labels, subjects = table["shown"].map(CLASSES.index).to_numpy(np.int64), table["subject"]
    found = {"images": len(table), "subjects": subjects.nunique(), **class_sizes(labels, CLASSES)}
    public = has_public_counts(str(root), found, PUBLIC)
    parts = dealt_split("london", labels, subjects, VALIDATION_SHARE, TEST_SHARE, seed)
    images = read_images(table["path"].tolist(), size, channels, label="reading the London faces", part=crop)
    exact = exact_groups(images)
    samples = pd.DataFrame(
        {
            "sample_id": table["sample_id"],
            "label": labels,
            "subject": subjects,
            "split": parts,
            "source": "london",
            "duplicate_group": exact,
            "near_duplicate_group": split_groups(near_groups(images, exact), subjects),
        }
    )
    card = {
        "raw_files": {path.relative_to(raw).as_posix(): raw_digest(path) for path in used},
        "public_counts": public,
        "faces": {"cut": None if crop is None else "one fixed part of every picture, no detector"},
        "identity_disjoint": identity_disjoint(subjects, parts),
    }
    print(f"London faces: {identity_sentence(subjects, parts)}")
    return FaceSet("london", images, samples, CLASSES, card=card)


def _listed(root: Path) -> tuple[pd.DataFrame, list[Path]]:
    """``path, sample_id, subject, shown`` (the class) of every picture, and the folders that hold them."""
    folders = [root / name for name in FOLDERS]
    if not any(folder.is_dir() for folder in folders):
        named = named_images(root, NAME, EXAMPLE)
        return _by_subject(named.assign(shown=named["shown"].map(SHOWN))), [root]
    tables = []
    for folder, (shown, number) in zip(folders, FOLDERS.values(), strict=True):
        require(folder.is_dir(), f"{folder}: no such folder, expected {' and '.join(FOLDERS)}")
        name = re.compile(rf"(?P<subject>\d{{3}})_{number}")
        tables.append(named_images(folder, name, f"001_{number}.jpg").assign(shown=shown))
    return _by_subject(pd.concat(tables)), folders


def _by_subject(table: pd.DataFrame) -> pd.DataFrame:
    return table.sort_values(["subject", "shown"], ignore_index=True)
