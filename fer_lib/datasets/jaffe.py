"""Japanese Female Facial Expression (Lyons et al., "Coding Facial Expressions with Gabor Wavelets", FG 1998).

213 grey pictures of 256 × 256 pixels: ten women, seven expressions, two to four pictures of each; with the mean ratings
of 60 viewers. doi:10.5281/zenodo.3451524.
"""

import re
from pathlib import Path

import numpy as np
import pandas as pd

from ..errors import InputError, require
from .duplicates import exact_groups
from .faceset import FaceSet
from .grouping import split_groups
from .identity import identity_disjoint, identity_sentence
from .image_files import is_image, read_images
from .jaffe_ratings import COLUMNS, read_ratings
from .near_duplicates import near_groups
from .option_checks import check_choice, check_part, check_whole
from .public_counts import class_sizes, has_public_counts
from .raw_files import raw_digest
from .registry import register_dataset
from .splits import SPLITS, counted_split, dealt_split

CODES = {
    "AN": "angry", "DI": "disgust", "FE": "fear", "HA": "happy", "SA": "sad", "SU": "surprise", "NE": "neutral",
}  # fmt: skip
CLASSES = tuple(CODES.values())
NAME = re.compile(rf"(([A-Z]{{2}})\.({'|'.join(CODES)})\d+)\.\d+")
RATINGS = "ratings.txt"
#: Top, left, height and width of the face as shares of the picture. The women sat in one place: half of the 213 faces
#: that HOG finds lie in one and the same box. In this square brows, eyes and chin (medians of dlib's landmarks) are
#: within a pixel of where they are in the 48 × 48 faces of FER-2013.
CENTRAL = (0.25, 0.171875, 0.65625, 0.65625)
VALIDATION_SHARE, TEST_SHARE = 23 / 213, 70 / 213  # the paper's
PUBLIC = {"images": 213, "subjects": 10, **dict(zip(CLASSES, (30, 29, 32, 31, 31, 30, 30), strict=True))}


@register_dataset("jaffe")
def build(
    raw: Path,
    *,
    size: int = 48,
    crop: tuple | None = CENTRAL,
    split: str = "paper",
    test_per_class: int = 10,
    validation: int = 23,
    seed: int = 2020,
) -> FaceSet:
    """Read JAFFE, files such as ``KA.AN1.39.tiff``, and ``ratings.txt`` where it is there.

    Args:
        size: side of the stored images in pixels, 8…1024.
        crop: top, left, height and width of the part that is kept, as shares of the picture; the same for all
            pictures. None keeps them whole. Crops that follow each face: :mod:`fer_lib.faces.crops`.
        split: "paper" tests `test_per_class` images of every class and validates on `validation` images of the rest,
            so that a person may be in all parts; "subject" deals people, with about the paper's shares.
        test_per_class, validation: images; they matter to "paper" alone.
        seed: of the split.

    Returns:
        FaceSet with images uint8 (N, size, size), grey, ordered by file name. ``sample_id`` is that name without its
        ending; further columns the six mean ratings ``rating_happy`` … (float32 1…5, NaN where there is none),
        ``duplicate_group`` and ``near_duplicate_group`` (never of two people).

    Raises:
        InputError: an option out of range; no pictures; a file with an unusual name; ratings that cannot be read.

    Warns:
        UserWarning: images, subjects or classes do not have the public counts.
    """
    raw = Path(raw)
    check_choice("jaffe", "split", split, SPLITS)
    for option, value, least, most in (
        ("size", size, 8, 1024),
        ("test_per_class", test_per_class, 1, 10**6),
        ("validation", validation, 1, 10**6),
        ("seed", seed, 0, 2**32 - 1),
    ):
        check_whole("jaffe", option, value, least, most)
    check_part("jaffe", "crop", crop)
    files, root = _pictures(raw)
    known = [_parsed(path) for path in files]
    labels = np.array([CLASSES.index(name) for _, _, name in known], np.int64)
    subjects = np.array([subject for _, subject, _ in known])
    found = {"images": len(files), "subjects": len(set(subjects)), **class_sizes(labels, CLASSES)}
    public = has_public_counts(str(root), found, PUBLIC)
    if split == "paper":
        parts = counted_split("jaffe", labels, CLASSES, test_per_class, validation, seed)
    else:
        parts = dealt_split("jaffe", labels, subjects, VALIDATION_SHARE, TEST_SHARE, seed)
    ratings = read_ratings(root / RATINGS) if (root / RATINGS).is_file() else pd.DataFrame(columns=list(COLUMNS))
    mine = ratings.reindex([picture for picture, _, _ in known]).astype(np.float32).reset_index(drop=True)
    images = read_images(files, size, label="reading JAFFE", part=crop)
    exact = exact_groups(images)
    samples = pd.DataFrame(
        {
            "sample_id": [path.stem for path in files],
            "label": labels,
            "subject": subjects,
            "split": parts,
            "source": "jaffe",
            "duplicate_group": exact,
            "near_duplicate_group": split_groups(near_groups(images, exact), subjects),
        }
    )
    card = {
        "raw_files": {root.relative_to(raw).as_posix(): raw_digest(root)},
        "public_counts": public,
        "faces": {"cut": None if crop is None else "one fixed part of every picture, no detector"},
        "images_without_ratings": int(mine.isna().any(axis=1).sum()),
        "identity_disjoint": identity_disjoint(subjects, parts),
    }
    print(f"JAFFE, split {split!r}: {identity_sentence(subjects, parts)}")
    return FaceSet("jaffe", images, pd.concat([samples, mine], axis=1), CLASSES, card=card)


def _pictures(raw: Path) -> tuple[list[Path], Path]:
    """The files and the folder that holds them: `raw`, or the folder in it that the archive unpacks to."""
    for root in (raw, raw / "jaffe", raw / "jaffedbase"):
        files = sorted(path for path in root.glob("[!.]*") if is_image(path))
        if files:
            return files, root
    raise InputError(f"{raw}: no pictures, expected files such as KA.AN1.39.tiff; see data/README.md")


def _parsed(path: Path) -> tuple[str, str, str]:
    """Picture as the ratings name it (``KA.AN1``), subject, class."""
    match = NAME.fullmatch(path.stem)
    require(match is not None, f"{path}: expected a name such as KA.AN1.39.tiff (subject, expression, number)")
    return match[1], match[2], CODES[match[3]]
