"""Karolinska Directed Emotional Faces (Lundqvist, Flykt, Öhman, 1998; www.kdef.se).

4,900 colour photographs of 562 × 762 pixels: 35 women and 35 men, seven expressions, five angles, two sessions.
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
from .image_files import CHANNELS, RESIZES, read_images
from .named_files import named_images, unpacked
from .near_duplicates import near_groups
from .option_checks import check_choice, check_several, check_whole
from .public_counts import class_sizes, has_public_counts
from .raw_files import raw_digest
from .registry import register_dataset
from .splits import dealt_split

CODES = {
    "AF": "fear", "AN": "angry", "DI": "disgust", "HA": "happy", "NE": "neutral", "SA": "sad", "SU": "surprise",
}  # fmt: skip
CLASSES = tuple(CODES.values())  # the publisher's (alphabetical) order: afraid, angry, disgusted, …
SESSIONS = ("A", "B")
ANGLES = ("FL", "HL", "S", "HR", "FR")
NAME = re.compile(
    r"(?P<session>[AB])(?P<subject>[FM](?:0[1-9]|[12]\d|3[0-5]))"
    rf"(?P<code>{'|'.join(CODES)})(?P<angle>{'|'.join(ANGLES)})"
)
EXAMPLE = "AF01ANS.JPG"
PACKED = ("KDEF_and_AKDEF/KDEF", "KDEF")
#: Two files are distributed under names that tell neither expression nor angle; in the folders of both one picture is
#: missing, and it is this one.
MISNAMED = {"AF31V": "AF31SAHL", "AM31H": "AM31SUHR"}
DARK = 10  # mean grey of 255; some pictures of the side views are distributed black
VALIDATION_SHARE, TEST_SHARE = 0.1, 0.2
PUBLIC = {"images": 4900, "subjects": 70, **dict.fromkeys(CLASSES, 700)}


@register_dataset("kdef")
def build(
    raw: Path,
    *,
    angles: tuple = ("S",),
    sessions: tuple = SESSIONS,
    size: int = 48,
    channels: str = "grey",
    resize: str = "crop",
    seed: int = 2020,
) -> FaceSet:
    """Read KDEF, files such as ``KDEF/AF01/AF01ANS.JPG``.

    Args:
        angles: which of "FL", "HL" (full and half left profile), "S" (straight), "HR", "FR" are kept.
        sessions: which of "A", "B" are kept.
        size: side of the stored images in pixels, 8…1024.
        channels: "grey" or "rgb".
        resize: how the pictures become square: "crop" (their middle, where the faces are), "pad" or "stretch".
        seed: of the split, which deals 70, 10 and 20 % of the images to train, validation and test, no person to two.

    Returns:
        FaceSet with images uint8 (N, size, size[, 3]), ordered by file name; ``sample_id`` is that name without its
        ending. Further columns ``session``, ``angle``, ``sex`` ("female", "male"), ``duplicate_group`` and
        ``near_duplicate_group`` (never of two people). Pictures that are black are left out and counted in the card.

    Raises:
        InputError: an option out of range; no pictures; a file with an unusual name, other than the two that are known
            to be distributed so.

    Warns:
        UserWarning: images, subjects or classes do not have the public counts.
    """
    raw = Path(raw)
    check_several("kdef", "angles", angles, ANGLES)
    check_several("kdef", "sessions", sessions, SESSIONS)
    check_choice("kdef", "channels", channels, CHANNELS)
    check_choice("kdef", "resize", resize, RESIZES)
    check_whole("kdef", "size", size, 8, 1024)
    check_whole("kdef", "seed", seed, 0, 2**32 - 1)
    root = unpacked(raw, *PACKED)
    table = named_images(root, NAME, EXAMPLE, read_as=MISNAMED)
    table["label"] = table["code"].map(list(CODES).index).astype(np.int64)
    found = {"images": len(table), "subjects": table["subject"].nunique(), **class_sizes(table["label"], CLASSES)}
    public = has_public_counts(str(root), found, PUBLIC)
    table = table[table["angle"].isin(angles) & table["session"].isin(sessions)].reset_index(drop=True)
    require(len(table) > 0, f"{root}: no picture of angles {list(angles)} in sessions {list(sessions)}")
    parts = dealt_split("kdef", table["label"], table["subject"], VALIDATION_SHARE, TEST_SHARE, seed)
    images = read_images(table["path"].tolist(), size, channels, resize, "reading KDEF")
    seen = images.reshape(len(images), -1).mean(axis=1) >= DARK
    require(bool(seen.any()), f"{root}: all {len(seen)} pictures are black, expected faces")
    table, parts, images = table[seen].reset_index(drop=True), parts[seen], images[seen]
    if not seen.all():
        print(f"KDEF: {(~seen).sum()} pictures are black and left out")
    subjects, exact = table["subject"], exact_groups(images)
    samples = pd.DataFrame(
        {
            "sample_id": table["sample_id"],
            "label": table["label"],
            "subject": subjects,
            "split": parts,
            "source": "kdef",
            "session": table["session"],
            "angle": table["angle"],
            "sex": subjects.str[0].map({"F": "female", "M": "male"}),
            "duplicate_group": exact,
            "near_duplicate_group": split_groups(near_groups(images, exact), subjects),
        }
    )
    card = {
        "raw_files": {root.relative_to(raw).as_posix(): raw_digest(root)},
        "left_out": {"black pictures": int((~seen).sum())},
        "public_counts": public,
        "faces": {"cut": None},
        "identity_disjoint": identity_disjoint(subjects, parts),
    }
    print(f"KDEF: {identity_sentence(subjects, parts)}")
    return FaceSet("kdef", images, samples, CLASSES, card=card)
