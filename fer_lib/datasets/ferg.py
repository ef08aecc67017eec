"""Facial Expression Research Group database (Aneja et al., "Modeling Stylized Character Expressions via Deep Learning",
ACCV 2016).

55,767 rendered faces of 256 × 256 pixels in colour: six characters, seven expressions. The frames of one character in
one expression are moments of animations, so an image split tests on faces that training has all but seen.
"""

from pathlib import Path

import numpy as np
import pandas as pd

from ..errors import require
from ..registry import nearest
from .duplicates import exact_groups
from .faceset import FaceSet
from .grouping import joined_groups
from .identity import identity_disjoint, identity_sentence
from .image_files import CHANNELS, is_image, read_images
from .labels import canonical
from .option_checks import check_choice, check_whole
from .public_counts import has_public_counts
from .raw_files import raw_digest
from .registry import register_dataset
from .splits import SPLITS, counted_split, dealt_split

#: In the publisher's (alphabetical) order: anger, disgust, fear, joy, neutral, sadness, surprise.
CLASSES = ("angry", "disgust", "fear", "happy", "neutral", "sad", "surprise")
PACKED = "FERG_DB_256"  # the folder that the archive unpacks to
PUBLIC = {"images": 55_767, "characters": 6}
VALIDATION_SHARE, TEST_SHARE = 14_000 / 55_767, 7_000 / 55_767  # the paper's


@register_dataset("ferg")
def build(
    raw: Path,
    *,
    size: int = 48,
    channels: str = "grey",
    split: str = "paper",
    test_per_class: int = 1000,
    validation: int = 14_000,
    seed: int = 2020,
) -> FaceSet:
    """Read FERG, files such as ``aia/aia_anger/aia_anger_1.png``.

    Args:
        size: side of the stored images in pixels, 8…256. The renderings show little but the head and are not cut.
        channels: "grey" or "rgb".
        split: "paper" tests `test_per_class` images of every class and validates on `validation` images of the rest,
            so that every character is in all parts; "subject" deals characters, with about the paper's shares.
        test_per_class, validation: images; they matter to "paper" alone.
        seed: of the split.

    Returns:
        FaceSet ordered by path, with images uint8 (N, size, size[, 3]). ``sample_id`` is the file's name without its
        ending, ``subject`` the character, ``duplicate_group`` equal for equal pixels; ``near_duplicate_group`` holds
        all images of a character in one expression, since the frames of an animation are all alike.

    Raises:
        InputError: an option out of range; no folders of characters; a folder that is no class; no images.

    Warns:
        UserWarning: images or characters do not have the public counts.
    """
    raw = Path(raw)
    check_choice("ferg", "channels", channels, CHANNELS)
    check_choice("ferg", "split", split, SPLITS)
    for option, value, least, most in (
        ("size", size, 8, 256),
        ("test_per_class", test_per_class, 1, 10**6),
        ("validation", validation, 1, 10**6),
        ("seed", seed, 0, 2**32 - 1),
    ):
        check_whole("ferg", option, value, least, most)
    root = raw / PACKED if (raw / PACKED).is_dir() else raw
    files, characters, labels = _listing(root)
    public = has_public_counts(str(root), {"images": len(files), "characters": len(set(characters))}, PUBLIC)
    if split == "paper":
        parts = counted_split("ferg", labels, CLASSES, test_per_class, validation, seed)
    else:
        parts = dealt_split("ferg", labels, characters, VALIDATION_SHARE, TEST_SHARE, seed)
    images = read_images(files, size, channels, label="reading FERG")
    exact = exact_groups(images)
    samples = pd.DataFrame(
        {
            "sample_id": [path.stem for path in files],
            "label": labels,
            "subject": characters,
            "split": parts,
            "source": "ferg",
            "duplicate_group": exact,
            "near_duplicate_group": joined_groups([path.parent.name for path in files], exact),
        }
    )
    card = {
        "raw_files": {root.relative_to(raw).as_posix(): raw_digest(root)},
        "public_counts": public,
        "faces": {"cut": "rendered heads that fill the picture"},
        "identity_disjoint": identity_disjoint(characters, parts),
    }
    print(f"FERG, split {split!r}: {identity_sentence(characters, parts)}")
    return FaceSet("ferg", images, samples, CLASSES, card=card)


def _listing(root: Path) -> tuple[list[Path], np.ndarray, np.ndarray]:
    """Files, their characters str (N,) and labels int64 (N,)."""
    files, characters, labels = [], [], []
    for character in _folders(root):
        for folder in _folders(character):
            given = folder.name.removeprefix(f"{character.name}_")
            name = canonical(given)
            require(
                given != folder.name and name in CLASSES,
                f"{folder}: no expression of {character.name}, expected a folder such as {character.name}_anger "
                f"(known: {', '.join(CLASSES)}){nearest(name, CLASSES)}",
            )
            found = sorted((path for path in folder.glob("[!.]*") if is_image(path)), key=_number)
            files += found
            characters += [character.name] * len(found)
            labels += [CLASSES.index(name)] * len(found)
    require(bool(files), f"{root}: no images, expected <character>/<character>_<expression>/*.png; see data/README.md")
    return files, np.array(characters), np.array(labels, np.int64)


def _folders(root: Path) -> list[Path]:
    return sorted(path for path in root.glob("[!._]*") if path.is_dir())


def _number(path: Path) -> tuple[int, str]:
    """``aia_anger_2`` before ``aia_anger_10``."""
    last = path.stem.rsplit("_", 1)[-1]
    return (int(last) if last.isascii() and last.isdigit() else 0), path.name
