"""Extended Cohn-Kanade (Lucey et al., "The Extended Cohn-Kanade Dataset (CK+)", CVPR Workshops 2010).

593 sequences of 123 people from a neutral face to the peak of an expression; 327 of them, of 118 people, carry one of
seven emotions. It is handed on as the publisher's folders, and as ``CK+48``: the last three frames of those 327, cut to
48 × 48 grey pixels.
"""

from pathlib import Path

import numpy as np
import pandas as pd

from ..errors import InputError, require
from .ckplus_files import (
    CLASSES,
    EMOTIONS,
    EXAMPLE,
    IMAGES,
    NAME,
    NEUTRAL,
    cut_faces,
    found_folder,
    labelled_sequences,
    last_frames,
)
from .duplicates import exact_groups
from .faceset import FaceSet
from .fmpn_folds import fmpn_folds
from .grouping import joined_groups, split_groups
from .identity import identity_disjoint, identity_sentence
from .image_files import RESIZES, read_images
from .near_duplicates import near_groups
from .option_checks import check_choice, check_flag, check_whole
from .public_counts import class_sizes, has_public_counts
from .raw_files import raw_digest
from .registry import register_dataset
from .splits import SPLITS, dealt_split

CUT = "CK+48"
LISTS = "CKPlus"
LAYOUTS = (CUT, "original")
VALIDATION_SHARE, TEST_SHARE = 0.1, 0.2
PUBLIC = {"sequences": 327, "subjects": 118, **dict(zip(CLASSES, (45, 18, 59, 25, 69, 28, 83), strict=True))}


@register_dataset("ckplus")
def build(
    raw: Path,
    *,
    layout: str = "auto",
    frames: int = 3,
    neutral: bool = False,
    contempt: bool = True,
    size: int = 48,
    resize: str = "crop",
    split: str = "paper",
    seed: int = 2020,
) -> FaceSet:
    """Read Extended Cohn-Kanade, as ``CK+48/<class>/*.png`` or as the publisher's folders of sequences.

    Args:
        layout: "CK+48", "original" (``cohn-kanade-images/S010/004/*.png``, ``Emotion/S010/004/*_emotion.txt``), or
            "auto": the first of these that is there.
        frames: how many frames of a sequence, counted from its end, show its emotion. The paper takes 1.
        neutral: whether the first frame of every sequence is taken too, as neutral; "CK+48" does not hold it.
        contempt: False leaves that class out.
        size: side of the stored images in pixels, 8…1024.
        resize: how the frames of 640 × 490 pixels become square: "crop" (their middle), "pad" or "stretch".
        split: "paper" deals 70, 10 and 20 % of the sequences to train, validation and test, so that a person may be
            in all three; "subject" deals people.
        seed: of the split.

    Returns:
        FaceSet with images uint8 (N, size, size), grey, ordered by sequence and frame; classes in the publisher's
        order. ``sample_id`` is the file's name; further columns ``sequence``, ``frame``, ``published_fold`` (the
        FMPN list in ``raw/CKPlus`` that tests the sequence, −1 without lists), ``duplicate_group`` and
        ``near_duplicate_group``, which holds whole sequences of one person.

    Raises:
        InputError: an option out of range; nothing is there; a file with an unusual name or content.

    Warns:
        UserWarning: sequences, subjects or classes do not have the public counts.
    """
    raw = Path(raw)
    check_choice("ckplus", "layout", layout, ("auto", *LAYOUTS))
    check_choice("ckplus", "resize", resize, RESIZES)
    check_choice("ckplus", "split", split, SPLITS)
    check_whole("ckplus", "frames", frames, 1, 60)
    check_whole("ckplus", "size", size, 8, 1024)
    check_whole("ckplus", "seed", seed, 0, 2**32 - 1)
    for option, value in (("neutral", neutral), ("contempt", contempt)):
        check_flag("ckplus", option, value)
    layout, better = _choose(raw, layout)
    table, card = _listed(raw, layout, frames, neutral)
    card["raw_files"] |= dict.fromkeys(better)
    if not contempt:
        table = table[table["expression"] != "contempt"].reset_index(drop=True)
    classes = tuple(name for name in CLASSES if contempt or name != "contempt") + ((NEUTRAL,) if neutral else ())
    labels = pd.Index(classes).get_indexer(table["expression"])
    together = table["subject" if split == "subject" else "sequence"].to_numpy()
    parts = dealt_split("ckplus", labels, together, VALIDATION_SHARE, TEST_SHARE, seed)
    folds = _published(raw, table["sequence"], card)
    images = read_images(table["path"].tolist(), size, resize=resize, label="reading CK+")
    exact = exact_groups(images)
    alike = split_groups(near_groups(images, exact), table["subject"])
    samples = pd.DataFrame(
        {
            "sample_id": [path.stem for path in table["path"]],
            "label": labels.astype(np.int64),
            "subject": table["subject"],
            "split": parts,
            "source": "ckplus",
            "sequence": table["sequence"],
            "frame": table["frame"],
            "published_fold": folds,
            "duplicate_group": exact,
            # consecutive frames are nearly one photograph, however much the face has moved between them
            "near_duplicate_group": joined_groups(alike, table["sequence"]),
        }
    )
    card["identity_disjoint"] = identity_disjoint(samples["subject"], parts)
    print(f"CK+ ({layout}), split {split!r}: {identity_sentence(samples['subject'], parts)}")
    return FaceSet("ckplus", images, samples, classes, card=card)


def _choose(raw: Path, layout: str) -> tuple[str, list[str]]:
    """The layout to read, and what would be read instead if it were there."""
    first = {CUT: raw / CUT, "original": found_folder(raw, IMAGES)}
    there = [name for name, folder in first.items() if folder.is_dir()]
    if layout != "auto":
        require(
            layout in there,
            f"{first[layout]}: no such folder, but layout={layout!r} was asked for; see data/README.md",
        )
        return layout, []
    require(bool(there), f"{raw}: neither {CUT} nor {IMAGES}, expected one of these folders; see data/README.md")
    if len(there) > 1:
        print(f"CK+: {' and '.join(there)} are there; {there[0]} is used (the option layout chooses)")
    return there[0], [] if there[0] == CUT else [CUT]


def _listed(raw: Path, layout: str, frames: int, neutral: bool) -> tuple[pd.DataFrame, dict]:
    """The images to read, and what the card says about them."""
    if layout == CUT:
        if neutral:
            raise InputError(f"{raw / CUT}: holds no neutral frames; neutral needs layout='original'")
        where, used = raw / CUT, [CUT]
        table, unlabelled = cut_faces(where), 0
    else:
        where, emotions = found_folder(raw, IMAGES), found_folder(raw, EMOTIONS)
        require(emotions.is_dir(), f"{emotions}: no such folder, expected the emotion of every labelled sequence")
        used = [where.relative_to(raw).as_posix(), emotions.relative_to(raw).as_posix()]
        table, unlabelled = labelled_sequences(where, emotions)
    whole = table.drop_duplicates("sequence")
    sizes = class_sizes(pd.Index(CLASSES).get_indexer(whole["expression"]), CLASSES)
    found = {"sequences": len(whole), "subjects": whole["subject"].nunique(), **sizes}
    card = {
        "layout": layout,
        "raw_files": {name: raw_digest(raw / name) for name in used},
        "left_out": {"sequences without an emotion": unlabelled},
        "public_counts": has_public_counts(str(where), found, PUBLIC),
        "faces": {"cut": "by whoever made CK+48" if layout == CUT else None},
    }
    return last_frames(table, frames, neutral, where), card


def _published(raw: Path, sequences: pd.Series, card: dict) -> np.ndarray:
    """int64 (N,): FMPN's fold of every image, −1 where the lists are not there."""
    folder = raw / LISTS
    card["published_folds"] = f"FMPN's lists test_ids_0.csv … test_ids_9.csv in data/raw/{raw.name}/{LISTS}"
    card["raw_files"][LISTS] = raw_digest(folder) if folder.is_dir() else None
    if not folder.is_dir():
        return np.full(len(sequences), -1, np.int64)
    return fmpn_folds(folder, sequences, NAME, EXAMPLE)
