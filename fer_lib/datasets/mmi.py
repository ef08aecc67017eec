"""MMI Facial Expression Database (Pantic et al., "Web-Based Database for Facial Expression Analysis", ICME 2005): the
part of it that Chen et al. use ("Facial Motion Prior Networks", FMPN, VCIP 2019).

624 images: three frames at the peak of each of 208 sequences; 31 people, six expressions, ten published folds.

What is read are frames, upright, under the names that FMPN's lists give them. The publisher's videos
(``Sessions/224/S002-106.avi``) are not read: some lie on their side, some show front and profile at once, and how FMPN
counted, turned and cut their frames is not published.
"""

import re
from pathlib import Path

import numpy as np
import pandas as pd

from ..errors import InputError, require
from .duplicates import exact_groups
from .faceset import FaceSet
from .fmpn_folds import fmpn_folds
from .grouping import joined_groups, split_groups
from .identity import identity_disjoint, identity_sentence
from .image_files import CHANNELS, RESIZES, read_images
from .mmi_labels import CLASSES, read_emotions
from .named_files import named_images
from .near_duplicates import near_groups
from .option_checks import check_choice, check_whole
from .public_counts import class_sizes, has_public_counts
from .raw_files import raw_digest
from .registry import register_dataset
from .splits import SPLITS, dealt_split, first_fold_split

FOLDER, IMAGES = "MMI", "imgs"
NAME = re.compile(r"(?P<sequence>(?P<subject>S\d{3})_\d{3})_(?P<frame>\d{3})")
EXAMPLE = "S001_100_040"
VALIDATION_SHARE, TEST_SHARE = 0.1, 0.2
PUBLIC = {
    "images": 624, "sequences": 208, "subjects": 31, **dict(zip(CLASSES, (99, 96, 84, 126, 96, 123), strict=True))
}  # fmt: skip


@register_dataset("mmi")
def build(
    raw: Path,
    *,
    size: int = 48,
    channels: str = "grey",
    resize: str = "crop",
    split: str = "paper",
    seed: int = 2020,
) -> FaceSet:
    """Read MMI as FMPN lays it out: frames ``MMI/imgs/S001_100_040.png``, emotions and lists in ``MMI/*.csv``.

    Args:
        size: side of the stored images in pixels, 8…1024.
        channels: "grey" or "rgb".
        resize: how frames become square: "crop" (their middle), "pad" or "stretch".
        split: "paper" tests FMPN's first fold (number 0) and validates on a tenth of the other people's images;
            "subject" deals 70, 10 and 20 % of the images to train, validation and test. No person is in two parts of
            either.
        seed: of the split.

    Returns:
        FaceSet with images uint8 (N, size, size[, 3]) in the order of their names, which are ``sample_id``; classes in
        FMPN's order 0…5. Further columns ``sequence``, ``frame``, ``published_fold`` (the list that tests the image),
        ``duplicate_group`` and ``near_duplicate_group``, which holds whole sequences of one person.

    Raises:
        InputError: an option out of range; no images; a file with an unusual name; labels or lists that are missing or
            wrong; a sequence without an emotion or in no list.

    Warns:
        UserWarning: images, sequences, subjects or classes do not have the counts of FMPN's lists.
    """
    check_choice("mmi", "channels", channels, CHANNELS)
    check_choice("mmi", "resize", resize, RESIZES)
    check_choice("mmi", "split", split, SPLITS)
    check_whole("mmi", "size", size, 8, 1024)
    check_whole("mmi", "seed", seed, 0, 2**32 - 1)
    root = Path(raw) / FOLDER
    require(root.is_dir(), f"{root}: no such folder, expected FMPN's lists and the folder {IMAGES}; see data/README.md")
    table = named_images(root / IMAGES, NAME, f"{EXAMPLE}.png")
    subjects, sequences = table["subject"], table["sequence"]
    emotions = read_emotions(root)
    for sequence in sequences[~sequences.isin(emotions.keys())].head(1):
        raise InputError(f"{root}: sequence {sequence} has images but no emotion, expected it in the labels")
    labels = sequences.map(emotions).to_numpy(np.int64)
    folds = fmpn_folds(root, sequences, NAME, EXAMPLE)
    found = {"images": len(table), "sequences": sequences.nunique(), "subjects": subjects.nunique()}
    public = has_public_counts(str(root), found | class_sizes(labels, CLASSES), PUBLIC)
    if split == "paper":
        parts = first_fold_split("mmi", labels, subjects, folds, VALIDATION_SHARE, seed)
    else:
        parts = dealt_split("mmi", labels, subjects, VALIDATION_SHARE, TEST_SHARE, seed)
    images = read_images(table["path"].tolist(), size, channels, resize, "reading MMI")
    exact = exact_groups(images)
    alike = split_groups(near_groups(images, exact), subjects)
    samples = pd.DataFrame(
        {
            "sample_id": table["sample_id"],
            "label": labels,
            "subject": subjects,
            "split": parts,
            "source": "mmi",
            "sequence": sequences,
            "frame": table["frame"].astype(np.int64),
            "published_fold": folds,
            "duplicate_group": exact,
            # consecutive frames are nearly one photograph, however much the face has moved between them
            "near_duplicate_group": joined_groups(alike, sequences),
        }
    )
    card = {
        "raw_files": {FOLDER: raw_digest(root)},
        "public_counts": public,
        "published_folds": f"FMPN's lists test_ids_0.csv … test_ids_9.csv in data/raw/mmi/{FOLDER}",
        "faces": {"cut": None},
        "identity_disjoint": identity_disjoint(subjects, parts),
    }
    print(f"MMI, split {split!r}: {identity_sentence(subjects, parts)}")
    return FaceSet("mmi", images, samples, CLASSES, card=card)
