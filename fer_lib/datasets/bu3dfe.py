"""BU-3DFE (Yin et al., "A 3D Facial Expression Database For Facial Behavior Research", FG 2006).

100 people (56 women, 44 men) as 3D models: a neutral face, and six expressions at four intensities. What is read is the
frontal picture that comes with every model, 2,500 in all; the models and their textures ``…_F3D.bmp``, each a mosaic
of two side views, are not.
"""

import re
from pathlib import Path

import numpy as np
import pandas as pd

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
from .splits import SPLITS, dealt_split, first_fold_split

CODES = {
    "NE": "neutral", "HA": "happy", "SU": "surprise", "SA": "sad", "AN": "angry", "DI": "disgust", "FE": "fear",
}  # fmt: skip
CLASSES = tuple(CODES.values())  # FERAtt's order
WOMEN, MEN = 56, 44
NAME = re.compile(
    r"(?P<subject>F00(?:0[1-9]|[1-4]\d|5[0-6])|M00(?:0[1-9]|[1-3]\d|4[0-4]))"
    r"_(?P<code>NE(?=00)|(?:AN|DI|FE|HA|SA|SU)(?=0[1-4]))(?P<intensity>\d\d)(?P<ethnicity>[A-Z]{2})_F2D"
)
EXAMPLE = "F0001_AN01WH_F2D.bmp"
PACKED = "BU_3DFE"
INTENSITIES = (1, 2, 3, 4)
PER_FOLD = 10  # people
VALIDATION_SHARE, TEST_SHARE = 0.1, 0.2
PUBLIC = {"images": 2500, "subjects": WOMEN + MEN, "neutral": 100, **dict.fromkeys(CLASSES[1:], 400)}


@register_dataset("bu3dfe")
def build(
    raw: Path,
    *,
    intensities: tuple = INTENSITIES,
    size: int = 48,
    channels: str = "grey",
    resize: str = "crop",
    split: str = "paper",
    seed: int = 2020,
) -> FaceSet:
    """Read the frontal pictures of BU-3DFE, files such as ``F0001/F0001_AN01WH_F2D.bmp``.

    Args:
        intensities: which of 1 (low) … 4 (highest) are kept; neutral faces have none and are always kept.
        size: side of the stored images in pixels, 8…1024.
        channels: "grey" or "rgb".
        resize: how pictures that are not square become so: "crop" (their middle), "pad" or "stretch".
        split: "paper" tests the first ten people, the first fold of FERAtt, and validates on a tenth of the others'
            images; "subject" deals 70, 10 and 20 % of the images to train, validation and test. No person is in two
            parts of either.
        seed: of the split.

    Returns:
        FaceSet with images uint8 (N, size, size[, 3]), ordered by file name; ``sample_id`` is that name without its
        ending. Further columns ``intensity`` (int64 0…4, 0 neutral), ``sex`` ("female", "male"), ``ethnicity`` (the
        publisher's two letters), ``duplicate_group``, ``near_duplicate_group`` (never of two people) and
        ``published_fold``: FERAtt tests ten people at a time in order of identity, here of names F0001 … M0044.

    Raises:
        InputError: an option out of range; no pictures; a file with an unusual name.

    Warns:
        UserWarning: images, subjects or classes do not have the public counts.
    """
    raw = Path(raw)
    check_several("bu3dfe", "intensities", intensities, INTENSITIES)
    check_choice("bu3dfe", "channels", channels, CHANNELS)
    check_choice("bu3dfe", "resize", resize, RESIZES)
    check_choice("bu3dfe", "split", split, SPLITS)
    check_whole("bu3dfe", "size", size, 8, 1024)
    check_whole("bu3dfe", "seed", seed, 0, 2**32 - 1)
    root = unpacked(raw, PACKED)
    table = named_images(root, NAME, EXAMPLE, ending="_F2D")
    table["label"] = table["code"].map(list(CODES).index).astype(np.int64)
    found = {"images": len(table), "subjects": table["subject"].nunique(), **class_sizes(table["label"], CLASSES)}
    public = has_public_counts(str(root), found, PUBLIC)
    table["intensity"] = table["intensity"].astype(np.int64)
    table = table[table["intensity"].isin([0, *intensities])].reset_index(drop=True)
    labels, subjects = table["label"].to_numpy(), table["subject"]
    folds = _folds(subjects)
    if split == "paper":
        parts = first_fold_split("bu3dfe", labels, subjects, folds, VALIDATION_SHARE, seed)
    else:
        parts = dealt_split("bu3dfe", labels, subjects, VALIDATION_SHARE, TEST_SHARE, seed)
    images = read_images(table["path"].tolist(), size, channels, resize, "reading BU-3DFE")
    exact = exact_groups(images)
    samples = pd.DataFrame(
        {
            "sample_id": table["sample_id"],
            "label": labels,
            "subject": subjects,
            "split": parts,
            "source": "bu3dfe",
            "intensity": table["intensity"],
            "sex": subjects.str[0].map({"F": "female", "M": "male"}),
            "ethnicity": table["ethnicity"],
            "published_fold": folds,
            "duplicate_group": exact,
            "near_duplicate_group": split_groups(near_groups(images, exact), subjects),
        }
    )
    card = {
        "raw_files": {root.relative_to(raw).as_posix(): raw_digest(root)},
        "public_counts": public,
        "published_folds": "ten people a fold in order of names, which needs all hundred",
        "faces": {"cut": None},
        "identity_disjoint": identity_disjoint(subjects, parts),
    }
    print(f"BU-3DFE, split {split!r}: {identity_sentence(subjects, parts)}")
    return FaceSet("bu3dfe", images, samples, CLASSES, card=card)


def _folds(subjects: pd.Series) -> np.ndarray:
    """int64 (N,) 0…9 by the person alone, so that a part of the set has the folds of the whole."""
    place = subjects.str[1:].astype(np.int64) - 1 + np.where(subjects.str[0] == "M", WOMEN, 0)
    return (place // PER_FOLD).to_numpy()
